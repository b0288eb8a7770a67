//! Files in addition to the report: mean maps as NIfTI, tables as CSV.

use crate::evaluation::report::ReportData;
use crate::failure::unusable;
use crate::files;
use crate::measures::group_test::Tested;
use crate::measures::measured::Measured;
use crate::measures::regions::{RegionChange, RegionStat};
use crate::measures::table1;
use anyhow::Result;
use shared::volume::{Volume, write_nifti_gz};
use std::path::Path;

/// Writes `maps/` and all tables into the folder of the report.
///
/// # Errors
/// A file cannot be written.
pub fn write(out: &Path, measured: &Measured, report: &ReportData) -> Result<()> {
    // Maps of an earlier report must not stand beside the tables of this one.
    for old in std::fs::read_dir(out.join("maps")).into_iter().flatten().flatten() {
        files::remove(&old.path())?;
    }
    maps(out, measured)?;
    files::write(&out.join("subjects.csv"), &subjects(measured)?)?;
    files::write(&out.join("table1.csv"), &table1::as_csv(&report.table1)?)?;
    files::write(&out.join("regions.csv"), &regions(&report.difference.regions)?)?;
    if let Some(calibration) = &report.calibration {
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(["subjects", "old", "mean_probability", "share_old", "wilson_low", "wilson_high"])?;
        for bin in &calibration.bins {
            let [low, high] = bin.interval.unwrap_or([0.0, 1.0]);
            let shares = [bin.mean_probability, bin.share_old, low, high].map(|value| format!("{value:.6}"));
            table.write_record([bin.subjects.to_string(), bin.old.to_string()].iter().chain(&shares))?;
        }
        files::write(&out.join("calibration.csv"), &table.into_inner()?)?;
    }
    Ok(())
}

/// `maps/ID_difference_DIRECTION.nii.gz` of every subject.
///
/// # Errors
/// A file cannot be written, or the maps of single people were not kept.
pub fn single_maps(out: &Path, measured: &Measured) -> Result<()> {
    if measured.people.len() != measured.subjects.len() {
        return Err(unusable(
            "--maps: the maps of all subjects together exceed 1 GiB, so they were not kept; evaluate a smaller cohort",
        ));
    }
    let Some(grid) = measured.maps.first().map(|means| &means.maps.original) else { return Ok(()) };
    for (subject, person) in measured.subjects.iter().zip(&measured.people) {
        let difference = grid.with_data(person.difference.clone());
        let name = format!("{}_difference_{}.nii.gz", subject.id, subject.direction.as_str());
        files::write(&out.join("maps").join(name), &write_nifti_gz(&difference, "AgeLens difference of one subject")?)?;
    }
    Ok(())
}

/// `maps/group_test_t.nii.gz`: t of old against young, negative where the old have less; `maps/group_test_p.nii.gz`: p, corrected for all
/// voxels.
///
/// # Errors
/// A file cannot be written.
pub fn test_maps(out: &Path, tested: &Tested, measured: &Measured) -> Result<()> {
    let Some(grid) = measured.maps.first().map(|means| &means.maps.original) else { return Ok(()) };
    for (name, values, about) in [
        ("group_test_t", &tested.t, "AgeLens t, old against young"),
        ("group_test_p", &tested.p, "AgeLens p, corrected for all voxels"),
    ] {
        let map = grid.with_data(values.clone());
        files::write(&out.join("maps").join(format!("{name}.nii.gz")), &write_nifti_gz(&map, about)?)?;
    }
    Ok(())
}

/// Mean maps, for any viewer.
fn maps(out: &Path, measured: &Measured) -> Result<()> {
    let write = |name: String, volume: &Volume| {
        files::write(&out.join("maps").join(&name), &write_nifti_gz(volume, "AgeLens group mean")?)
    };
    for means in &measured.maps {
        let direction = means.maps.direction.as_str();
        write(format!("mean_difference_{direction}.nii.gz"), &means.maps.difference)?;
        write(format!("mean_cam_{direction}.nii.gz"), &means.maps.cam)?;
    }
    match measured.group_difference() {
        Some(difference) => write("group_difference_old_minus_young.nii.gz".into(), &difference),
        None => Ok(()),
    }
}

/// One line per subject.
fn subjects(measured: &Measured) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for subject in &measured.subjects {
        table.serialize(subject)?;
    }
    Ok(table.into_inner()?)
}

/// One line per region: changes in grey-matter density and in % of it; undefined values are empty.
fn regions(rows: &[RegionChange]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let of_direction = |name: &str| ["mean", "sd", "percent", "rank"].map(|part| format!("{name}_{part}"));
    let about = ["region", "readable", "lobe", "hemisphere", "voxels", "volume_ml", "part_of_region"];
    let groups = ["group_difference", "group_difference_percent", "group_difference_rank"];
    let header = about
        .map(str::to_owned)
        .into_iter()
        .chain(of_direction("young_to_old"))
        .chain(of_direction("old_to_young"))
        .chain(groups.map(str::to_owned));
    table.write_record(header)?;
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.6}"));
    let whole = |value: Option<usize>| value.map_or_else(String::new, |value| value.to_string());
    let stat = |found: &Option<RegionStat>| {
        let found = found.as_ref();
        [
            number(found.map(|stat| stat.mean)),
            number(found.and_then(|stat| stat.sd)),
            number(found.and_then(|stat| stat.percent)),
            whole(found.and_then(|stat| stat.rank)),
        ]
    };
    for row in rows {
        let about = [
            row.region.clone(),
            row.readable.clone(),
            row.lobe.as_str().to_owned(),
            row.hemisphere.as_str().to_owned(),
            row.voxels.to_string(),
            format!("{:.3}", row.volume_ml),
            format!("{:.3}", row.part_of_region),
        ];
        let groups =
            [number(row.group_difference), number(row.group_difference_percent), whole(row.group_difference_rank)];
        let record = about.into_iter().chain(stat(&row.young_to_old)).chain(stat(&row.old_to_young)).chain(groups);
        table.write_record(record)?;
    }
    Ok(table.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::explain::{Hemisphere, Lobe};

    #[test]
    fn a_region_is_one_line_with_gaps_where_nothing_is_known() {
        let stat = RegionStat { mean: -0.02, percent: Some(-5.0), rank: Some(1), ..RegionStat::default() };
        let row = RegionChange {
            region: "Insula_L".to_owned(),
            readable: "Insula, left".to_owned(),
            lobe: Lobe::Insula,
            hemisphere: Hemisphere::Left,
            voxels: 40,
            volume_ml: 0.32,
            part_of_region: 0.5,
            young_to_old: Some(stat),
            old_to_young: None,
            group_difference: Some(-0.03),
            group_difference_percent: None,
            group_difference_rank: None,
        };
        let text = String::from_utf8(regions(&[row]).unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].split(',').count(), 18);
        assert_eq!(
            lines[1],
            "Insula_L,\"Insula, left\",insula,left,40,0.320,0.500,-0.020000,,-5.000000,1,,,,,-0.030000,,"
        );
    }

    #[test]
    fn subjects_whose_age_is_not_told_have_their_line_too() {
        use crate::group::Group;
        use crate::measures::measured::SubjectResult;
        use shared::explain::Direction;
        let told = SubjectResult {
            age_told_years: Some(31.5),
            ..SubjectResult::example("sub-1", Group::Young, Direction::YoungToOld)
        };
        let strange = SubjectResult::example("sub-2", Group::Old, Direction::OldToYoung);
        let rows = vec![told, strange];
        let measured =
            Measured { subjects: rows, maps: Vec::new(), mask: Vec::new(), people: Vec::new(), regional: None };
        let text = String::from_utf8(subjects(&measured).unwrap()).unwrap();
        let fields: Vec<usize> = text.lines().map(|line| line.split(',').count()).collect();
        assert!(fields.len() == 3 && fields.iter().all(|count| *count == fields[0]), "{text}");
    }
}
