//! Tests of the tables of regions and lobes.

use super::*;
use shared::explain::Region;

fn part(name: &str, lobe: Lobe, voxels: &[usize]) -> RegionPart {
    let (name, readable) = (name.to_owned(), name.to_lowercase());
    let region = Region { label: 1, name, readable, lobe, hemisphere: Hemisphere::Left };
    RegionPart { region, voxels: voxels.to_vec(), part_of_region: 0.5 }
}

/// Two voxels each of two frontal regions and of the insula, in volumes of seven voxels.
fn labels() -> RegionLabels {
    let parts =
        vec![part("A", Lobe::Frontal, &[0, 1]), part("B", Lobe::Frontal, &[2, 3]), part("C", Lobe::Insula, &[5, 6])];
    RegionLabels { parts, voxel_ml: 0.008 }
}

/// Two young and two old subjects; the voxel 4 lies in no region.
fn subjects(labels: &RegionLabels) -> Vec<(Direction, Vec<RegionSum>)> {
    [
        (Direction::YoungToOld, [0.8, 0.8, 0.5, 0.5, 1.0, 1.0, 1.0], [-0.1, -0.1, 0.0, 0.0, 9.0, -0.3, -0.1]),
        (Direction::YoungToOld, [1.0, 0.6, 0.5, 0.5, 1.0, 0.6, 0.6], [-0.2, -0.2, 0.0, 0.1, 9.0, -0.2, -0.2]),
        (Direction::OldToYoung, [0.7, 0.7, 0.4, 0.4, 1.0, 0.6, 0.6], [0.1, 0.1, 0.2, 0.0, 9.0, 0.0, 0.0]),
        (Direction::OldToYoung, [0.7, 0.7, 0.4, 0.4, 1.0, 0.6, 0.6], [0.1, 0.1, 0.0, 0.0, 9.0, 0.0, 0.0]),
    ]
    .map(|(direction, original, difference)| (direction, labels.sums(&original, &difference)))
    .to_vec()
}

fn near(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() < 1e-5)
}

#[test]
fn the_table_of_four_subjects_worked_out_by_hand() {
    let labels = labels();
    let table = region_table(&labels, &subjects(&labels));
    let order: Vec<&str> = table.iter().map(|row| row.region.as_str()).collect();
    assert_eq!(order, ["C", "A", "B"], "the largest loss comes first");
    let [c, a, b] = table.as_slice() else { unreachable!() };
    assert!((c.voxels, c.part_of_region) == (2, 0.5) && near(Some(c.volume_ml), 0.016));

    // A: means −0.1 and −0.2 of 0.8; SD |−0.1 + 0.2| / √2.
    let aged = a.young_to_old.as_ref().unwrap();
    assert!(near(Some(aged.mean), -0.15) && near(aged.sd, 0.1 / 2.0_f64.sqrt()), "{aged:?}");
    assert!(near(aged.percent, -18.75) && aged.rank == Some(2), "{aged:?}");
    // C: −0.8 of 3.2 in all.
    assert!(near(c.young_to_old.as_ref().unwrap().percent, -25.0));
    assert_eq!(c.young_to_old.as_ref().unwrap().rank, Some(1));
    // B gains: 0.1 of 2.0, the last of all.
    assert!(near(b.young_to_old.as_ref().unwrap().percent, 5.0));

    // Back: A 0.4 of 2.8, B 0.2 of 1.6, C nothing.
    let ranks = [a, b, c].map(|row| row.old_to_young.as_ref().unwrap().rank);
    assert_eq!(ranks, [Some(1), Some(2), Some(3)]);
    assert!(near(b.old_to_young.as_ref().unwrap().percent, 12.5));

    // Without a model: A 0.7 − 0.8, B 0.4 − 0.5, C 0.6 − 0.8.
    assert!(near(a.group_difference, -0.1) && near(a.group_difference_percent, -12.5));
    assert!(near(b.group_difference_percent, -20.0) && near(c.group_difference_percent, -25.0));
    assert_eq!([a, b, c].map(|row| row.group_difference_rank), [Some(3), Some(2), Some(1)]);
}

#[test]
fn lobes_add_their_regions_up() {
    let labels = labels();
    let lobes = lobe_summary(&labels, &subjects(&labels));
    let [frontal, insula] = lobes.as_slice() else { panic!("{lobes:?}") };
    assert_eq!((frontal.lobe, frontal.regions, insula.regions), (Lobe::Frontal, 2, 1));
    assert!(near(Some(frontal.volume_ml), 0.032));
    // −0.5 of 5.2 over both regions and both young subjects.
    assert!(near(frontal.young_to_old.as_ref().unwrap().percent, -50.0 / 5.2));
    assert_eq!(insula.young_to_old.as_ref().unwrap().rank, Some(1));
    assert_eq!(frontal.published_thickness_percent, Some(-7.4));
    assert_eq!(published_agreement(&lobes), [None, None], "two lobes have no order worth telling");
}

#[test]
fn a_missing_group_and_missing_grey_matter_are_left_undefined() {
    let labels = labels();
    let young: Vec<_> = subjects(&labels).into_iter().take(1).collect();
    let table = region_table(&labels, &young);
    assert!(table.iter().all(|row| row.old_to_young.is_none() && row.group_difference.is_none()));
    assert!(table.iter().all(|row| row.young_to_old.as_ref().is_some_and(|stat| stat.sd.is_none())));
    let empty = vec![(Direction::YoungToOld, labels.sums(&[0.01; 7], &[-0.01; 7]))];
    let table = region_table(&labels, &empty);
    let stats = table.iter().filter_map(|row| row.young_to_old.as_ref());
    assert!(stats.clone().all(|stat| stat.percent.is_none() && stat.rank.is_none()) && stats.count() == 3);
    assert!(region_table(&labels, &[]).iter().all(|row| row.young_to_old.is_none()));
}

#[test]
fn rank_correlation_of_known_orders() {
    let pairs = |pairs: &[(f64, f64)]| spearman(pairs.iter().copied().map(Some));
    assert!(near(pairs(&[(1.0, 10.0), (2.0, 100.0), (3.0, 1000.0), (9.0, 1001.0)]), 1.0));
    assert!(near(pairs(&[(1.0, 4.0), (2.0, 3.0), (3.0, 2.0), (4.0, 1.0)]), -1.0));
    // Ranks 1, 2, 3, 4 and 2, 1, 4, 3: 1 − 6 · 4 / 60.
    assert!(near(pairs(&[(1.0, 2.0), (2.0, 1.0), (3.0, 4.0), (4.0, 3.0)]), 0.6));
    // Ranks 1.5, 1.5, 3, 4 and 1, 2, 3, 4: 4.5 / √(4.5 · 5).
    assert!(near(pairs(&[(1.0, 1.0), (1.0, 2.0), (3.0, 3.0), (4.0, 4.0)]), (4.5_f64 / 5.0).sqrt()));
    assert_eq!(pairs(&[(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]), None);
    assert_eq!(spearman([None, Some((1.0, 2.0))].into_iter()), None);
}

#[test]
fn models_that_follow_or_invert_the_groups_agree_or_disagree() {
    let row = |percent: f64, sign: f64| RegionChange {
        region: "A".into(),
        readable: "a".into(),
        lobe: Lobe::Frontal,
        hemisphere: Hemisphere::Left,
        voxels: 20,
        volume_ml: 0.16,
        part_of_region: 1.0,
        young_to_old: Some(RegionStat { percent: Some(sign * percent), ..RegionStat::default() }),
        old_to_young: Some(RegionStat { percent: Some(-sign * percent), ..RegionStat::default() }),
        group_difference: Some(0.0),
        group_difference_percent: Some(percent),
        group_difference_rank: None,
    };
    for sign in [1.0, -1.0] {
        let table: Vec<RegionChange> = [-9.0, -4.0, -3.0, 1.0].map(|percent| row(percent, sign)).to_vec();
        let agreement = rank_agreement(&table);
        assert!(near(agreement.young_to_old, sign) && near(agreement.old_to_young, sign), "{agreement:?}");
    }
}

#[test]
fn the_built_in_atlas_is_whole() {
    assert_eq!(atlas().unwrap().regions().len(), 116);
}
