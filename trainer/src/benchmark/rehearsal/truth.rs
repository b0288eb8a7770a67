//! What was put into the made heads, region by region, and how much of it a report found.

use crate::benchmark::rehearsal::people::Person;
use crate::failure::unusable;
use crate::files;
use crate::group::{Group, GroupLimits};
use crate::measures::regions::atlas;
use anyhow::Result;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::explain::{RegionLabels, ncc_in_mask};
use shared::heads::{HeadLabels, is_grey, with_atrophy};
use shared::volume::{Affine, Grid};
use std::collections::BTreeMap;
use std::path::Path;

/// Name of the table.
const FILE: &str = "truth_regions.csv";
/// Regions of which the report's grid holds less are not compared.
const LEAST_PART: f64 = 0.5;

/// Grey matter of a region in the made heads.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    region: String,
    /// Mean density over the region and the group, 0..1.
    young: f64,
    old: f64,
}

/// The known answer of all heads.
pub struct Truth(Vec<Row>);

impl Truth {
    /// Counts each person's grey matter in the standard brain, where the label map belongs.
    pub fn of(people: &[Person], heads: &[HeadLabels], mni_from_labels: &[Affine]) -> Result<Truth> {
        let grid = mni_grid();
        let labels = RegionLabels::new(&atlas()?, &grid, &vec![true; grid.voxel_count()]);
        let of_person = |person: &Person| -> Vec<f64> {
            let which = person.head(heads.len());
            let aged = with_atrophy(&heads[which], person.recipe.atrophy, person.recipe.seed);
            let mni_from_voxel = mni_from_labels[which].compose(&aged.world_from_voxel);
            let voxel_from_mni = mni_from_voxel.inverse().unwrap_or(Affine::IDENTITY);
            let [nx, ny, _] = grid.shape;
            let is_grey_at = |index: &usize| {
                let voxel = [index % nx, index / nx % ny, index / (nx * ny)].map(|place| place as f64);
                is_grey(aged.at(voxel_from_mni.apply(grid.mni_from_voxel.apply(voxel))))
            };
            let share =
                |voxels: &[usize]| voxels.iter().filter(|index| is_grey_at(index)).count() as f64 / voxels.len() as f64;
            labels.parts.iter().map(|part| share(&part.voxels)).collect()
        };
        let mean_of = |group: Group| -> Vec<f64> {
            let is_member = |person: &&Person| Group::of_age(person.age_years, GroupLimits::PUBLISHED) == group;
            let members: Vec<Vec<f64>> = people.par_iter().filter(is_member).map(of_person).collect();
            let sum = |region: usize| members.iter().map(|member| member[region]).sum::<f64>();
            (0..labels.parts.len()).map(|region| sum(region) / members.len().max(1) as f64).collect()
        };
        let (young, old) = (mean_of(Group::Young), mean_of(Group::Old));
        let row = |(part, (young, old)): (&shared::explain::RegionPart, (f64, f64))| Row {
            region: part.region.name.clone(),
            young,
            old,
        };
        Ok(Truth(labels.parts.iter().zip(young.into_iter().zip(old)).map(row).collect()))
    }

    pub fn write(&self, out: &Path) -> Result<()> {
        let mut table = csv::Writer::from_writer(Vec::new());
        for row in &self.0 {
            table.serialize(row)?;
        }
        files::write(&out.join(FILE), &table.into_inner()?)
    }
}

/// The standard brain at 2 mm.
fn mni_grid() -> Grid {
    Grid { shape: [91, 109, 91], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [-90.0, -126.0, -72.0]) }
}

/// How a report's regions stand to what was put in.
pub struct Compared {
    regions: usize,
    /// Change found for each unit of change put in, and the correlation over the regions: of the translation young → old, and of the plain
    /// difference of the held-out groups.
    drawn: [f64; 2],
    plain: [f64; 2],
}

#[derive(Deserialize)]
struct Reported {
    region: String,
    part_of_region: f64,
    young_to_old_mean: Option<f64>,
    group_difference: Option<f64>,
}

/// Holds `regions.csv` of a report against the table beside the heads.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: a table is missing, or they have no regions in common.
pub fn compare(heads: &Path, report: &Path) -> Result<Compared> {
    let truth: Vec<Row> = read(&heads.join(FILE))?;
    let known: BTreeMap<&str, f64> = truth.iter().map(|row| (row.region.as_str(), row.old - row.young)).collect();
    let about: Option<Value> =
        std::fs::read(report.join("report.json")).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if about.is_some_and(|about| !about["subjects"]["group_limits"].is_null()) {
        return Err(unusable(format!(
            "{}: its groups are not {}, whose truth {FILE} has; give a report of these groups",
            report.display(),
            GroupLimits::PUBLISHED
        )));
    }
    let path = report.join("regions.csv");
    let rows: Vec<Reported> = read(&path)?;
    let triples: Vec<[f64; 3]> = rows
        .iter()
        .filter(|row| row.part_of_region >= LEAST_PART)
        .filter_map(|row| Some([*known.get(row.region.as_str())?, row.young_to_old_mean?, row.group_difference?]))
        .collect();
    let of = |which: usize| {
        let sum = |product: fn(&[f64; 3], usize) -> f64| triples.iter().map(|row| product(row, which)).sum::<f64>();
        let slope = sum(|row, which| row[0] * row[which]) / sum(|row, _| row[0] * row[0]);
        let column = |which: usize| -> Vec<f32> { triples.iter().map(|row| row[which] as f32).collect() };
        Some([slope, ncc_in_mask(&column(0), &column(which), &vec![true; triples.len()])?])
    };
    match (of(1), of(2)) {
        (Some(drawn), Some(plain)) => Ok(Compared { regions: triples.len(), drawn, plain }),
        _ => Err(unusable(format!(
            "{}: too few regions to compare; was the report made of these heads?",
            path.display()
        ))),
    }
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<T>> {
    let bytes = files::read(path)?;
    let rows: Result<Vec<T>, csv::Error> = csv::Reader::from_reader(&bytes[..]).deserialize().collect();
    rows.map_err(|error| unusable(format!("{}: {error}; make it again", path.display())))
}

impl Compared {
    pub fn in_words(&self) -> String {
        let one = |name: &str, [slope, r]: [f64; 2]| format!("{name}: {slope:.2} for each unit put in, r {r:.2}");
        format!(
            "{} regions of synthetic heads\n{}\n{}",
            self.regions,
            one("drawn, young → old", self.drawn),
            one("plain difference of the held-out groups", self.plain)
        )
    }
}
