//! What can be saved: names of files, the regions as CSV, all numbers as JSON.

use crate::inputs::stem;
use crate::maps::Maps;
use crate::regions::moments;
use serde_json::{Value, json};
use shared::bundle::{GroupName, Manifest, RegionCard};
use shared::explain::{Age, Direction, Familiarity, RegionDifference};

/// What an export speaks of.
pub struct Subject<'a> {
    /// Name of the file or of the sample.
    pub name: &'a str,
    pub manifest: &'a Manifest,
    /// First letters of the manifest's hash.
    pub version: &'a str,
    pub direction: Direction,
    pub probability_old_before: f32,
    pub probability_old_after: f32,
    /// The image is a mean over many, which is never judged.
    pub is_mean: bool,
    pub familiarity: Option<Familiarity>,
    pub age: Option<Age>,
    pub target_years: Option<u8>,
    pub regions: &'a [RegionDifference],
    pub maps: &'a Maps,
}

/// Name of a file to save: `agelens_NAME_WHAT.ENDING`, without anything that a file system might refuse.
pub fn file_name(subject: &str, what: &str, ending: &str) -> String {
    let mut safe: String = stem(subject)
        .chars()
        .map(|letter| if letter.is_alphanumeric() || "-_.".contains(letter) { letter } else { '-' })
        .collect();
    while safe.contains("--") {
        safe = safe.replace("--", "-");
    }
    format!("agelens_{}_{what}.{ending}", safe.trim_matches(['-', '.']))
}

/// One line a region, in the order of the atlas; names are the atlas's own and English, so that programs can read them.
pub fn regions_csv(regions: &[RegionDifference], group: &[RegionCard], direction: Direction) -> String {
    let mut text = String::from(
        "region,readable,lobe,hemisphere,voxels,volume_ml,part_of_region,mean_change,percent_change,\
         group_subjects,group_mean_percent,group_sd_percent\n",
    );
    let number = |value: Option<f64>| value.map(|value| format!("{value:.6}")).unwrap_or_default();
    for row in regions {
        let group = moments(group, row.region.label, direction);
        let fields = [
            row.region.name.clone(),
            format!("\"{}\"", row.region.readable.replace('"', "\"\"")),
            row.region.lobe.as_str().to_owned(),
            row.region.hemisphere.as_str().to_owned(),
            row.voxels.to_string(),
            number(Some(row.volume_ml)),
            number(Some(row.part_of_region)),
            number(Some(row.mean)),
            number(row.percent),
            group.map(|group| group.subjects.to_string()).unwrap_or_default(),
            number(group.and_then(|group| group.mean_percent)),
            number(group.and_then(|group| group.sd_percent)),
        ];
        text += &fields.join(",");
        text.push('\n');
    }
    text
}

/// All numbers of a result.
pub fn numbers_json(subject: &Subject) -> Value {
    let summary = subject.maps.summary();
    let extreme = |found: Option<(f32, [f64; 3])>| {
        found.map(|(change, at_mni_mm)| json!({ "change": change, "at_mni_mm": at_mni_mm }))
    };
    // Of a mean the classifier's numbers say little: their names say what they are of.
    let (before, after) = match subject.is_mean {
        true => ("probability_old_of_mean_before", "probability_old_of_mean_after"),
        false => ("probability_old_before", "probability_old_after"),
    };
    let judged = GroupName::told(subject.probability_old_before, subject.familiarity).filter(|_| !subject.is_mean);
    json!({
        "not_for_diagnosis": subject.manifest.not_for_diagnosis,
        "phantom": subject.manifest.phantom,
        "image": subject.name,
        "bundle": { "name": subject.manifest.name, "title": subject.manifest.title, "manifest_sha256_start": subject.version },
        "preparation_version": subject.manifest.preparation_version,
        "grid": subject.manifest.grid,
        "direction": subject.direction,
        "is_mean": subject.is_mean,
        before: subject.probability_old_before,
        after: subject.probability_old_after,
        "judged": judged,
        "familiarity": subject.familiarity,
        "age": subject.age,
        "target_age_years": subject.target_years,
        "change": {
            "unit": "grey-matter density, 0 to 1",
            "mean": summary.mean,
            "share_of_voxels_above_0.05": summary.changed_share,
            "largest_loss": extreme(summary.loss),
            "largest_gain": extreme(summary.gain),
        },
        "regions": subject.regions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::manifest;
    use shared::bundle::RegionMoments;
    use shared::explain::{Hemisphere, Lobe, Region};

    #[test]
    fn names_of_files_are_safe() {
        assert_eq!(file_name("sub-01_T1w.nii.gz", "difference", "nii"), "agelens_sub-01_T1w_difference.nii");
        assert_eq!(file_name("Mean of 80 young people", "cam", "nii"), "agelens_Mean-of-80-young-people_cam.nii");
        assert_eq!(file_name("../a:b", "x", "csv"), "agelens_a-b_x.csv");
    }

    #[test]
    fn a_mean_is_not_judged() {
        let manifest = manifest();
        let grid = shared::volume::Affine::from_spacing_origin([2.0; 3], [0.0; 3]);
        let volume = || shared::volume::Volume::new([2, 2, 2], vec![0.5; 8], grid);
        let maps = Maps::new(crate::maps::MAP_NAMES, std::array::from_fn(|_| volume())).unwrap();
        let told = |is_mean| {
            numbers_json(&Subject {
                name: "x",
                manifest: &manifest,
                version: "1a",
                direction: Direction::YoungToOld,
                probability_old_before: 0.25,
                probability_old_after: 0.75,
                is_mean,
                familiarity: None,
                age: None,
                target_years: None,
                regions: &[],
                maps: &maps,
            })
        };
        assert_eq!((&told(false)["judged"], &told(false)["probability_old_before"]), (&json!("young"), &json!(0.25)));
        let mean = told(true);
        assert_eq!((&mean["judged"], &mean["probability_old_of_mean_after"]), (&Value::Null, &json!(0.75)));
        assert!(mean.get("probability_old_before").is_none());
    }

    #[test]
    fn regions_are_lines_that_programs_can_read() {
        let region = Region {
            label: 7,
            name: "Insula_L".into(),
            readable: "Insula, left".into(),
            lobe: Lobe::Insula,
            hemisphere: Hemisphere::Left,
        };
        let row =
            RegionDifference { region, voxels: 10, volume_ml: 0.08, part_of_region: 0.5, mean: -0.1, percent: None };
        let moments = RegionMoments { subjects: 20, mean: 0.0, sd: None, mean_percent: Some(-5.0), sd_percent: None };
        let group = [RegionCard { label: 7, young_to_old: Some(moments), old_to_young: None }];
        let text = regions_csv(&[row], &group, Direction::YoungToOld);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "Insula_L,\"Insula, left\",insula,left,10,0.080000,0.500000,-0.100000,,20,-5.000000,");
        // The comma of the name is inside its quotes.
        assert_eq!(lines[0].split(',').count() + 1, lines[1].split(',').count());
    }
}
