//! Recognises training subjects by their images: names can be changed, and two data sets may share them.
//!
//! A bundle carries a short salted hash of each training image on its grid: the same file is recognised, a map of the
//! same scan from another program is not. The salt is computed from all images, so that nobody can compute the hash of
//! a person's image for all bundles at once, nor without the data.

use crate::identity::subject_hash;
use crate::training::image::Image;
use serde::{Deserialize, Serialize};
use shared::bundle::{DataCard, sha256_hex};
use std::collections::BTreeSet;

/// Letters of a hash that are kept: among a million images two share one in 1 of 10⁷ cases.
const LETTERS: usize = 16;

/// Densities are rounded to such steps: their last digits do not count.
const STEPS: f32 = 100.0;

/// Training images.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenImages {
    pub salt: String,
    pub hashes: BTreeSet<String>,
}

impl SeenImages {
    /// Of images on the models' grid.
    pub fn of(images: &[&Image]) -> Self {
        let mut plain: Vec<String> = images.iter().map(|image| hash("", &image.values)).collect();
        plain.sort_unstable();
        let salt = sha256_hex(plain.concat().as_bytes())[..LETTERS].to_owned();
        let hashes = images.iter().map(|image| hash(&salt, &image.values)).collect();
        SeenImages { salt, hashes }
    }

    fn has(&self, values: &[f32]) -> bool {
        self.hashes.contains(&hash(&self.salt, values))
    }
}

fn hash(salt: &str, values: &[f32]) -> String {
    let mut bytes = salt.as_bytes().to_vec();
    bytes.extend(values.iter().map(|value| (value * STEPS).round() as u8));
    sha256_hex(&bytes)[..LETTERS].to_owned()
}

/// Training subjects, by whatever is known of them.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Shortened hashes of their identifiers.
    pub ids: BTreeSet<String>,
    /// Missing in runs and bundles of earlier versions; then the identifiers decide.
    pub images: Option<SeenImages>,
}

impl Seen {
    /// From a bundle.
    pub fn of_bundle(data: &DataCard) -> Self {
        let hashes: BTreeSet<String> = data.trained_on_images.iter().cloned().collect();
        Seen {
            ids: data.trained_on.iter().cloned().collect(),
            images: (!hashes.is_empty()).then(|| SeenImages { salt: data.image_salt.clone(), hashes }),
        }
    }

    /// Whether this image belongs to a training subject.
    pub fn knows(&self, image: &Image) -> bool {
        self.knows_map(&image.subject.id, &image.values)
    }

    /// The same of a map on the models' grid, and whose it is.
    pub fn knows_map(&self, id: &str, values: &[f32]) -> bool {
        match &self.images {
            Some(images) => images.has(values),
            None => self.ids.contains(&subject_hash(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::site_balance::tests::confounded;

    #[test]
    fn people_are_known_under_any_name_and_strangers_under_none() {
        let mut data = confounded();
        for (number, image) in data.images.iter_mut().enumerate() {
            image.values = (0..16).map(|index| ((number * 7 + index * 5) % 32) as f32 / 32.0).collect();
        }
        let (learned, others) = data.images.split_at(20);
        let images = SeenImages::of(&learned.iter().collect::<Vec<_>>());
        assert_eq!(images.hashes.len(), 20);
        let ids = learned.iter().map(|image| subject_hash(&image.subject.id)).collect();
        let seen = Seen { ids, images: Some(images.clone()) };
        let mut renamed = Image { subject: others[0].subject.clone(), values: learned[3].values.clone() };
        renamed.values.iter_mut().for_each(|value| *value += 1e-6);
        assert!(seen.knows(&renamed));
        let namesake = Image { subject: learned[3].subject.clone(), values: others[0].values.clone() };
        assert!(!seen.knows(&namesake));
        assert!(Seen { images: None, ..seen }.knows(&namesake));
        // Another data set has another salt.
        assert_ne!(SeenImages::of(&others.iter().collect::<Vec<_>>()).salt, images.salt);
    }
}
