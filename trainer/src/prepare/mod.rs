//! A raw T1-weighted image becomes grey-matter, white-matter and fluid maps in MNI152 space.
//!
//! The work itself is `shared::prepare::t1`; here are the files around it: the image read, the maps, the picture to look
//! at and `qc.json` written. Cohorts prepare their images with the same parts, so that a map is the same wherever it
//! was made.

mod each;
mod image;
mod label_maps;
mod once;
mod outputs;
mod record;
pub mod steps;
mod template;

pub use each::for_each;
pub use image::{Input, Outcome, prepare_image};
pub use label_maps::{read_labels, read_labels_or_template};
pub use once::{Ended, Place};
pub use outputs::{AFFINE, GM, map_files, remove_maps, write_images, write_maps};
pub use record::Record;
pub use template::load as load_template;
