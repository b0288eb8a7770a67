//! Change by region: tables over many subjects for the regions of the AAL atlas, and for the lobes that they form.

use crate::measures::per_direction::PerDirection;
use crate::statistics::mean_sd;
use anyhow::Result;
use serde::Serialize;
use shared::explain::{
    Atlas, Direction, Hemisphere, Lobe, RegionLabels, RegionPart, RegionSum, ncc_in_mask, percent_of_density,
};

/// Smallest number of values for a rank correlation.
const FEWEST_RANKED: usize = 4;

/// `static/atlas/`, compiled into the program; origin and licences in the NOTICE.md there.
const ATLAS: &[u8] = include_bytes!("../../../static/atlas/aal_2mm.nii.gz");
const TABLE: &str = include_str!("../../../static/atlas/aal.tsv");

/// Unpacks the built-in atlas.
///
/// # Errors
/// A file is damaged: only possible where the program was built from a damaged folder.
pub fn atlas() -> Result<Atlas> {
    Ok(Atlas::from_bytes(ATLAS, TABLE)?)
}

/// Change of grey-matter density in one region.
#[derive(Clone, Debug, Serialize)]
pub struct RegionChange {
    /// The atlas's name, such as `Frontal_Sup_L`.
    pub region: String,
    /// In words, such as "Superior frontal gyrus, left".
    pub readable: String,
    pub lobe: Lobe,
    pub hemisphere: Hemisphere,
    /// Voxels of the model's grid inside its mask, and their volume.
    pub voxels: usize,
    pub volume_ml: f64,
    /// Share of the region inside grid and mask, 0..1: the row refers to that part only.
    pub part_of_region: f64,
    /// Young subjects translated to old; `None` without any.
    pub young_to_old: Option<RegionStat>,
    /// Old subjects translated to young; `None` without any.
    pub old_to_young: Option<RegionStat>,
    /// Plain group difference, mean of the old − mean of the young, in density; no model.
    pub group_difference: Option<f64>,
    /// The same in % of the young; `None` if there is hardly any grey matter.
    pub group_difference_percent: Option<f64>,
    /// By that percentage: 1 is the largest loss with age.
    pub group_difference_rank: Option<usize>,
}

/// Change of grey-matter density in one lobe, compared with published rates of ageing ([`PUBLISHED_SOURCE`]).
#[derive(Clone, Debug, Serialize)]
pub struct LobeChange {
    pub lobe: Lobe,
    /// Regions of the lobe in the table.
    pub regions: usize,
    pub volume_ml: f64,
    /// Young subjects translated to old; `None` without any.
    pub young_to_old: Option<RegionStat>,
    /// Old subjects translated to young; `None` without any.
    pub old_to_young: Option<RegionStat>,
    /// Plain group difference, mean of the old − mean of the young, in density; no model.
    pub group_difference: Option<f64>,
    /// The same in % of the young; `None` if there is hardly any grey matter.
    pub group_difference_percent: Option<f64>,
    /// By that percentage: 1 is the largest loss with age.
    pub group_difference_rank: Option<usize>,
    /// Cortical thickness, old against young, in % of the young.
    pub published_thickness_percent: Option<f64>,
    /// Grey-matter volume in % per year at 50 years.
    pub published_volume_percent_per_year: Option<f64>,
}

/// Change of one part of the brain over the subjects of one direction.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RegionStat {
    /// Mean over subjects of the part's mean change, in density (0..1).
    pub mean: f64,
    /// Standard deviation between subjects (n − 1); `None` for a single one.
    pub sd: Option<f64>,
    /// 100 · sum of the change / sum of the original; `None` if there is hardly any grey matter.
    pub percent: Option<f64>,
    /// By percentage: 1 is the largest loss young → old, the largest gain old → young. Equal values share a rank.
    pub rank: Option<usize>,
}

/// The regions by rank young → old: the largest loss in % first. `per_subject` has what [`RegionLabels::sums`] gave for
/// each subject, young ones translated to old and old ones to young.
pub fn region_table(labels: &RegionLabels, per_subject: &[(Direction, Vec<RegionSum>)]) -> Vec<RegionChange> {
    let voxels: Vec<usize> = labels.parts.iter().map(|part| part.voxels.len()).collect();
    let rows = labels.parts.iter().zip(changes(&voxels, per_subject));
    let mut table: Vec<RegionChange> = rows
        .map(|(RegionPart { region, voxels, part_of_region }, change)| RegionChange {
            region: region.name.clone(),
            readable: region.readable.clone(),
            lobe: region.lobe,
            hemisphere: region.hemisphere,
            voxels: voxels.len(),
            volume_ml: voxels.len() as f64 * labels.voxel_ml,
            part_of_region: *part_of_region,
            young_to_old: change.young_to_old,
            old_to_young: change.old_to_young,
            group_difference: change.group_difference,
            group_difference_percent: change.group_difference_percent,
            group_difference_rank: change.group_difference_rank,
        })
        .collect();
    let last_without = |rank: Option<usize>| rank.unwrap_or(usize::MAX);
    table.sort_by_key(|row| {
        let aged = row.young_to_old.as_ref().and_then(|stat| stat.rank);
        (last_without(aged), last_without(row.group_difference_rank))
    });
    table
}

/// The same for lobes, each the sum of its regions in the table; those without a region are left out.
pub fn lobe_summary(labels: &RegionLabels, per_subject: &[(Direction, Vec<RegionSum>)]) -> Vec<LobeChange> {
    let members = |lobe: Lobe| -> Vec<usize> {
        let parts = labels.parts.iter().enumerate();
        parts.filter(|(_, part)| part.region.lobe == lobe).map(|(index, _)| index).collect()
    };
    let lobes: Vec<(Lobe, Vec<usize>)> =
        Lobe::ALL.into_iter().map(|lobe| (lobe, members(lobe))).filter(|(_, members)| !members.is_empty()).collect();
    let voxels: Vec<usize> =
        lobes.iter().map(|(_, members)| members.iter().map(|&part| labels.parts[part].voxels.len()).sum()).collect();
    let add_up = |sums: &[RegionSum], members: &[usize]| {
        members.iter().filter_map(|&part| sums.get(part)).fold(RegionSum::default(), |total, sum| RegionSum {
            original: total.original + sum.original,
            difference: total.difference + sum.difference,
        })
    };
    let per_subject: Vec<(Direction, Vec<RegionSum>)> = per_subject
        .iter()
        .map(|(direction, sums)| (*direction, lobes.iter().map(|(_, members)| add_up(sums, members)).collect()))
        .collect();
    lobes
        .iter()
        .zip(&voxels)
        .zip(changes(&voxels, &per_subject))
        .map(|(((lobe, members), &voxels), change)| {
            let (thickness, volume) = published(*lobe).unzip();
            LobeChange {
                lobe: *lobe,
                regions: members.len(),
                volume_ml: voxels as f64 * labels.voxel_ml,
                young_to_old: change.young_to_old,
                old_to_young: change.old_to_young,
                group_difference: change.group_difference,
                group_difference_percent: change.group_difference_percent,
                group_difference_rank: change.group_difference_rank,
                published_thickness_percent: thickness,
                published_volume_percent_per_year: volume,
            }
        })
        .collect()
}

/// Where the published rates come from, for the line under the table of lobes.
pub const PUBLISHED_SOURCE: &str = "Published rates: cortical thickness of 248 people of 50 years and older against 244 \
    under 45 (FreeSurfer, IXI images; table of PCNtoolkit-demo, commit 81967c1), each lobe the mean of its \
    Desikan-Killiany regions; and yearly change of grey-matter volume at 50 years, from 291 people of 40 to 86 years \
    (DLMUSE, IXI images; table of NiChart_Project, commit 1a04acb). Both compare people of different age, not people \
    who aged. Other groups and other measures: compare the order, not the size.";

/// Thickness of the old against the young in %, and grey-matter volume in % per year at 50: see [`PUBLISHED_SOURCE`].
fn published(lobe: Lobe) -> Option<(f64, f64)> {
    match lobe {
        Lobe::Frontal => Some((-7.4, -0.47)),
        Lobe::Parietal => Some((-8.0, -0.39)),
        Lobe::Temporal => Some((-5.6, -0.37)),
        Lobe::Occipital => Some((-6.0, -0.17)),
        Lobe::Insula => Some((-6.7, -0.51)),
        Lobe::Cingulate => Some((-5.2, -0.37)),
        Lobe::MedialTemporal => Some((-2.6, -0.22)),
        // No cortex, and no composite of the tables with the same borders.
        Lobe::DeepGreyMatter | Lobe::Cerebellum => None,
    }
}

/// Whether the models rank the regions like the plain group difference: Spearman's correlation of both percentages over
/// the regions, −1..1. Positive is correct in both directions. `None` for fewer than four regions.
pub fn rank_agreement(table: &[RegionChange]) -> PerDirection<Option<f64>> {
    PerDirection::from_fn(|direction| {
        spearman(table.iter().map(|row| {
            let model = match direction {
                Direction::YoungToOld => row.young_to_old.as_ref()?.percent?,
                Direction::OldToYoung => -row.old_to_young.as_ref()?.percent?,
            };
            Some((model, row.group_difference_percent?))
        }))
    })
}

/// Spearman's correlation over lobes of the published change of thickness with that of the model young → old, and with
/// the plain group difference. `None` for fewer than four lobes.
pub fn published_agreement(lobes: &[LobeChange]) -> [Option<f64>; 2] {
    let model =
        spearman(lobes.iter().map(|row| Some((row.young_to_old.as_ref()?.percent?, row.published_thickness_percent?))));
    let groups =
        spearman(lobes.iter().map(|row| Some((row.group_difference_percent?, row.published_thickness_percent?))));
    [model, groups]
}

/// What the rows of both tables have in common.
struct Change {
    young_to_old: Option<RegionStat>,
    old_to_young: Option<RegionStat>,
    group_difference: Option<f64>,
    group_difference_percent: Option<f64>,
    group_difference_rank: Option<usize>,
}

/// Changes of parts of the brain that have these numbers of voxels, and in each subject these sums.
fn changes(voxels: &[usize], per_subject: &[(Direction, Vec<RegionSum>)]) -> Vec<Change> {
    let of = |direction: Direction, part: usize| -> Vec<RegionSum> {
        let subjects = per_subject.iter().filter(|(translated, _)| *translated == direction);
        subjects.filter_map(|(_, sums)| sums.get(part).copied()).collect()
    };
    let mut changes: Vec<Change> = voxels
        .iter()
        .enumerate()
        .map(|(part, &voxels)| {
            let (young, old) = (of(Direction::YoungToOld, part), of(Direction::OldToYoung, part));
            let density = |subjects: &[RegionSum]| {
                let densities: Vec<f64> = subjects.iter().map(|sum| sum.original / voxels as f64).collect();
                mean_sd(&densities).map(|densities| densities.mean)
            };
            let groups = density(&young).zip(density(&old));
            Change {
                young_to_old: stat(&young, voxels),
                old_to_young: stat(&old, voxels),
                group_difference: groups.map(|(young, old)| old - young),
                group_difference_percent: groups.and_then(|(young, old)| percent_of_density(old - young, young)),
                group_difference_rank: None,
            }
        })
        .collect();
    let aged = ranks(changes.iter().map(|change| change.young_to_old.as_ref()?.percent));
    let rejuvenated = ranks(changes.iter().map(|change| change.old_to_young.as_ref()?.percent.map(|gain| -gain)));
    let groups = ranks(changes.iter().map(|change| change.group_difference_percent));
    for (part, change) in changes.iter_mut().enumerate() {
        if let Some(stat) = &mut change.young_to_old {
            stat.rank = aged[part];
        }
        if let Some(stat) = &mut change.old_to_young {
            stat.rank = rejuvenated[part];
        }
        change.group_difference_rank = groups[part];
    }
    changes
}

/// Mean, spread and percentage over subjects, still without a rank; `None` for no subject or if a sum is not finite.
fn stat(subjects: &[RegionSum], voxels: usize) -> Option<RegionStat> {
    let voxels = voxels as f64;
    let summary = mean_sd(&subjects.iter().map(|sum| sum.difference / voxels).collect::<Vec<_>>())?;
    let density = mean_sd(&subjects.iter().map(|sum| sum.original / voxels).collect::<Vec<_>>())?.mean;
    let percent = percent_of_density(summary.mean, density);
    Some(RegionStat { mean: summary.mean, sd: summary.sd, percent, rank: None })
}

/// Ranks from 1, the smallest value first; equal values share the smaller rank.
fn ranks(values: impl Iterator<Item = Option<f64>>) -> Vec<Option<usize>> {
    let values: Vec<Option<f64>> = values.collect();
    let smaller = |value: f64| values.iter().flatten().filter(|&&other| other < value).count();
    values.iter().map(|value| value.map(|value| 1 + smaller(value))).collect()
}

/// Spearman's rank correlation of the pairs there are; ties count with the mean of the ranks they span.
fn spearman(pairs: impl Iterator<Item = Option<(f64, f64)>>) -> Option<f64> {
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.flatten().unzip();
    if a.len() < FEWEST_RANKED {
        return None;
    }
    let mean_ranks = |values: &[f64]| -> Vec<f32> {
        let rank = |value: &f64| {
            let smaller = values.iter().filter(|other| *other < value).count();
            let equal = values.iter().filter(|other| *other == value).count();
            smaller as f32 + (equal as f32 + 1.0) / 2.0
        };
        values.iter().map(rank).collect()
    };
    ncc_in_mask(&mean_ranks(&a), &mean_ranks(&b), &vec![true; a.len()])
}

#[cfg(test)]
#[path = "regions_tests.rs"]
mod tests;
