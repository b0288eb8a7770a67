//! The template of the preparation, compiled into the program.

use anyhow::Result;
use shared::prepare::t1::Template;

/// `Template::FILES` of `static/template/`, in its order; origin and licences in the NOTICE.md there.
const FILES: [&[u8]; 5] = [
    include_bytes!("../../../static/template/heads20_4mm_tissues.nii.gz"),
    include_bytes!("../../../static/template/icbm152_2mm_t1.nii.gz"),
    include_bytes!("../../../static/template/icbm152_2mm_gm.nii.gz"),
    include_bytes!("../../../static/template/icbm152_2mm_wm.nii.gz"),
    include_bytes!("../../../static/template/icbm152_2mm_csf.nii.gz"),
];

/// Unpacks the built-in template.
///
/// # Errors
/// A file is damaged: only possible where the program was built from a damaged folder.
pub fn load() -> Result<Template> {
    Ok(Template::from_files(FILES)?)
}
