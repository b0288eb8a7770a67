//! What each file says of itself: values, axes and units of what goes in, what was learned from, and what it is not for.

use super::messages::StringStringEntryProto;
use shared::bundle::{GroupLimits, Manifest};
use shared::explain::Ageing;

/// The card of the models of a bundle, for `metadata_props`; `manifest_sha256` says which bundle they are of.
pub fn card(manifest: &Manifest, manifest_sha256: &str, ageing: Option<&Ageing>) -> Vec<StringStringEntryProto> {
    let data = &manifest.data;
    let trained = |(group, count): (&String, &usize)| Some(format!("{count} {}", group.strip_prefix("train_")?));
    let learned: Vec<String> = data.subjects.iter().filter_map(trained).collect();
    let learned_from = if manifest.phantom { "phantoms (synthetic, no people)" } else { "people" };
    let [accuracy, least, most] = [
        manifest.performance.accuracy,
        manifest.performance.accuracy_interval[0],
        manifest.performance.accuracy_interval[1],
    ];
    let mut facts = vec![
        ("not_for_diagnosis", manifest.not_for_diagnosis.clone()),
        ("bundle", manifest.name.clone()),
        ("title", manifest.title.clone()),
        ("manifest_sha256", manifest_sha256.into()),
        ("trained_on", format!("{learned_from}: {} ({})", data.description, learned.join(", "))),
        ("accuracy", format!("{accuracy:.3} (95% interval {least:.3} to {most:.3}) on {} held out", manifest.performance.test_subjects)),
        ("acknowledgement", data.acknowledgement.clone()),
        ("citation", data.citation.clone()),
        ("license", data.license.clone()),
        ("preparation_version", manifest.preparation_version.clone()),
        ("input_units", "grey-matter density: the share of grey matter in each voxel, 0 to 1, unmodulated".into()),
        ("mean", "0".into()),
        ("scale", "1".into()),
        ("axis_order", "batch, channel, z, y, x; x from left to right, y from back to front, z from bottom to top (RAS+), in MNI152".into()),
        ("grid_shape_xyz", numbers(manifest.grid.shape.iter())),
        ("mni_mm_from_voxel_xyz", numbers(manifest.grid.mni_from_voxel.0.iter().flatten())),
    ];
    if !data.groups.are_published() {
        let GroupLimits { young_below_years, old_from_years } = data.groups;
        facts.push(("groups", format!("young: below {young_below_years} years; old: from {old_from_years} years")));
    }
    if let Some(step) = data.value_step {
        facts.push((
            "value_step",
            format!("{step}: changes are rounded to multiples of it by AgeLens after the model, not in it"),
        ));
    }
    if manifest.files.contains_key("grey_values") {
        facts.push((
            "grey_values",
            "the histogram (and the spectrum, where it was learned) of translations is matched by AgeLens after the model, not in it".into(),
        ));
    }
    if let Some(ageing) = ageing {
        let [youngest, oldest] = ageing.range_years().unwrap_or_default();
        facts.push(("age_unit", "years".into()));
        facts.push((
            "target_age_years",
            format!(
                "{youngest} to {oldest}; ages beyond are taken as the nearest; NaN is the mean of the group led to"
            ),
        ));
        facts.push(("age_interval_years", format!("{:.3}: nine of ten people lie within", ageing.interval_years)));
        facts.push(("age_mean_absolute_error_years", format!("{:.3}", ageing.mean_absolute_error_years)));
    }
    facts.into_iter().map(|(key, value)| StringStringEntryProto { key: key.into(), value }).collect()
}

fn numbers<T: ToString>(numbers: impl Iterator<Item = T>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<String>>().join(" ")
}
