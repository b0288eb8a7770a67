//! The preparation of T1 images on five labelled people, and on what is done to them. Needs the data beside the project
//! (`AGELENS_DATA`, default `../shared/data`); run by `make test-real`, or by name:
//!
//! ```text
//! cargo test --release -p shared --features parallel --test real_preparation -- --nocapture
//! AGELENS_PERTURBATIONS=200 cargo test --release -p shared --features parallel --test real_preparation perturbed -- --nocapture
//! ```

#[path = "../aside/mod.rs"]
mod aside;
mod data;
mod kinds;
mod perturbation;
#[path = "../random/mod.rs"]
mod random;
#[path = "../standard/mod.rs"]
mod standard;
mod strangers;

use data::{Person, people, prepare};
use perturbation::Perturbation;
use shared::explain::ncc_in_mask;
use shared::prepare::t1::Prepared;
use shared::volume::{Affine, Volume};
use standard::template;

/// Least mean overlap with the labels, and what ANTsPy reached on each volume in the same order of people
/// (`benches/preparation/compare.py`): brain mask, grey matter.
const MASK_BAR: f64 = 0.955;
const GM_BAR: f64 = 0.82;
const ANTS: [[f64; 2]; 5] = [[0.9363, 0.7700], [0.9447, 0.7764], [0.9508, 0.8077], [0.9480, 0.7857], [0.9207, 0.7585]];

#[test]
fn brain_and_grey_matter_agree_with_the_labels() {
    let template = template();
    let (mut masks, mut greys) = (Vec::new(), Vec::new());
    for (person, [ants_mask, ants_gm]) in people().iter().zip(ANTS) {
        let started = std::time::Instant::now();
        let prepared = prepare(&person.t1, &template).unwrap_or_else(|error| panic!("{}: {error}", person.id));
        let seconds = started.elapsed().as_secs_f64();
        let [mask, gm] = overlaps(person, &prepared);
        println!(
            "{}: brain mask Dice {mask:.4} (ANTsPy {ants_mask:.4}), grey matter {gm:.4} ({ants_gm:.4}), {seconds:.2} s, score {:.2}",
            person.id, prepared.quality.score
        );
        for measure in &prepared.quality.measures {
            println!("    {} {:.3}", measure.name, measure.value);
        }
        assert!(mask > ants_mask && gm > ants_gm, "{}: below ANTsPy", person.id);
        masks.push(mask);
        greys.push(gm);
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    println!("mean: brain mask {:.4}, grey matter {:.4}", mean(&masks), mean(&greys));
    assert!(mean(&masks) >= MASK_BAR && mean(&greys) >= GM_BAR);
}

/// One table of all heads: five young ones with labels, old strangers with labels, young strangers in MNI space.
#[test]
fn strangers_are_prepared() {
    let template = template();
    let mut everyone = people();
    everyone.extend(data::strangers());
    let outcomes = strangers::prepare_all(&strangers::chosen(everyone), &template);
    let group = |letter: char| outcomes.iter().filter(move |outcome| outcome.id.starts_with(letter));
    for (letter, name) in [('I', "IXI"), ('A', "old"), ('B', "MNI")] {
        let passed = group(letter).filter(|outcome| outcome.passed).count();
        let [mask, grey] = strangers::mean_dice(group(letter));
        println!("{name}: {passed} of {} passed, brain mask {mask:.4}, grey matter {grey:.4}", group(letter).count());
    }
    let refused: Vec<&str> =
        outcomes.iter().filter(|outcome| !outcome.passed).map(|outcome| outcome.id.as_str()).collect();
    assert!(refused.is_empty(), "refused: {refused:?}");
}

/// What people do to scans changes nothing, or is refused.
#[test]
fn every_kind_of_scan_is_prepared_alike_or_refused() {
    let template = template();
    let mut wrong = Vec::new();
    let mut everyone = people();
    // Two old ones with wide sulci; all of them where heads are named.
    let all = std::env::var_os("AGELENS_HEADS").is_some();
    let old = |person: &Person| person.labels.is_some() && (all || ["A05", "A13"].contains(&person.id.as_str()));
    everyone.extend(data::strangers().into_iter().filter(old));
    for person in strangers::chosen(everyone) {
        let untouched = data::prepare_whatever(&person.t1, &template).unwrap();
        for (name, image, expected) in kinds::kinds(&person) {
            let result = data::prepare_whatever(&image, &template);
            let (passed, r, text) = match &result {
                Ok(prepared) => {
                    let everywhere = vec![true; untouched.gm.data.len()];
                    let r = ncc_in_mask(&prepared.gm.data, &untouched.gm.data, &everywhere).unwrap();
                    (
                        prepared.quality.passed,
                        r,
                        format!("{:?} {}", prepared.found, prepared.quality.reasons.join("; ")),
                    )
                }
                Err(error) => (false, 0.0, error.to_string()),
            };
            let right = match expected {
                kinds::Expected::Same(least) => passed && r >= least,
                kinds::Expected::Prepared => passed,
                kinds::Expected::Refused => !passed,
            };
            let mark = if right { "" } else { "WRONG " };
            println!("{} {name}: {mark}r {r:.4}, passed {passed} {text}", person.id);
            if let (true, Ok(prepared)) = (std::env::var_os("AGELENS_MEASURES").is_some(), &result) {
                let error_mm = landmark_error_mm(&prepared.mni_from_world, &untouched.mni_from_world);
                let scales = prepared.mni_from_world.inverse().unwrap().spacing_mm();
                let old = untouched.mni_from_world.inverse().unwrap().spacing_mm();
                println!(
                    "    {error_mm:.2} mm, Dice {:.3?}, scales {scales:.3?} was {old:.3?}",
                    overlaps(&person, prepared)
                );
                for measure in &prepared.quality.measures {
                    print!(" {}={:.3}", measure.name, measure.value);
                }
                println!();
            }
            if !right {
                wrong.push(format!("{} {name}", person.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn perturbed_heads_end_in_the_same_place_or_are_refused() {
    let count: u64 = std::env::var("AGELENS_PERTURBATIONS").map_or(40, |text| text.parse().expect("a number"));
    let template = template();
    let people = people();
    let untouched: Vec<Prepared> = people.iter().map(|person| prepare(&person.t1, &template).unwrap()).collect();
    let (mut right, mut refused_right, mut refused_wrong, mut errors_mm) = (0, 0, 0, Vec::new());
    let mut missed = Vec::new();
    for seed in 0..count {
        let index = seed as usize % people.len();
        let perturbation = Perturbation::draw(seed);
        let image = perturbation.apply(&people[index]);
        let mni_from_moved = |prepared: &Prepared| prepared.mni_from_world.compose(&perturbation.moved_from_world);
        match data::prepare_whatever(&image, &template) {
            Ok(prepared) => {
                let error_mm = landmark_error_mm(&mni_from_moved(&prepared), &untouched[index].mni_from_world);
                let reasons = prepared.quality.reasons.join("; ");
                println!("{seed} {perturbation}: {error_mm:.2} mm, score {:.2} {reasons}", prepared.quality.score);
                errors_mm.push(error_mm);
                match (error_mm <= 2.0, prepared.quality.passed) {
                    (true, true) => right += 1,
                    (true, false) => refused_right += 1,
                    (false, false) => refused_wrong += 1,
                    (false, true) => missed.push((seed, error_mm)),
                }
            }
            Err(error) => {
                println!("{seed} {perturbation}: {error}");
                refused_wrong += 1;
            }
        }
    }
    errors_mm.sort_by(f64::total_cmp);
    println!(
        "{count} perturbations: {right} within 2 mm and passed, {refused_right} within 2 mm but refused, {refused_wrong} beyond and \
         refused, {} beyond and passed {missed:?}; median {:.2} mm",
        missed.len(),
        errors_mm[errors_mm.len() / 2]
    );
    assert!(right as f64 >= 0.95 * count as f64, "only {right} of {count} within 2 mm");
    assert!(missed.is_empty(), "failures that the quality control let pass: {missed:?}");
}

#[test]
fn images_that_show_no_head_are_refused_by_reason() {
    let template = template();
    let person = &people()[0];
    let [nx, ny, nz] = person.t1.shape;
    let change = |of: &dyn Fn(usize, f32) -> f32| {
        person.t1.with_data(person.t1.data.iter().enumerate().map(|(index, value)| of(index, *value)).collect())
    };
    let top = person.t1.data.iter().copied().fold(0.0, f32::max);
    let hash = |index: usize| (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let wave = |index: usize| {
        let (x, y, z) = (index % nx, index / nx % ny, index / (nx * ny));
        let wave = |position: usize, count: usize| (position as f32 / count as f32 * 9.0).sin();
        500.0 + 400.0 * wave(x, nx) * wave(y, ny) * wave(z, nz)
    };
    let mut upside_down = person.t1.clone();
    upside_down.data.reverse();
    let cases: [(&str, Volume, &str); 7] = [
        ("noise", change(&|index, _| (hash(index) & 1023) as f32), "noise"),
        ("empty", change(&|_, _| 0.0), "empty"),
        ("inverted", change(&|_, value| if value > 0.0 { top - value } else { 0.0 }), "quality"),
        ("label map", person.labels.clone().unwrap(), "label map"),
        ("mask", change(&|_, value| f32::from(value > 300.0)), "flat patches"),
        ("waves", change(&|index, _| wave(index)), "quality"),
        ("upside down, mirrored", upside_down, "quality"),
    ];
    for (name, image, word) in cases {
        let error = match prepare(&image, &template) {
            Ok(prepared) => panic!("{name} passed: {:?}", prepared.quality),
            Err(error) => error.to_string(),
        };
        println!("{name}: {error}");
        assert!(error.contains(word), "{name}: {error}");
    }
}

#[test]
fn the_same_image_gives_the_same_maps() {
    let template = template();
    let person = &people()[2];
    let [first, second] = [0, 1].map(|_| prepare(&person.t1, &template).unwrap());
    assert_eq!(first.gm.data, second.gm.data);
    assert_eq!(first.mni_from_world, second.mni_from_world);
}

/// Dice overlap of brain mask and grey matter with the labels, which are taken to MNI space by the preparation's own
/// affine (nearest neighbour).
fn overlaps(person: &Person, prepared: &Prepared) -> [f64; 2] {
    let labels = person.labels.as_ref().expect("labels");
    let voxel_from_mni = prepared.mni_from_world.compose(&labels.world_from_voxel).inverse().unwrap();
    let voxel_from_map = voxel_from_mni.compose(&prepared.gm.world_from_voxel);
    let [nx, ny, _] = prepared.gm.shape;
    let label = |index: usize| {
        let voxel = voxel_from_map.apply([index % nx, index / nx % ny, index / (nx * ny)].map(|index| index as f64));
        let voxel = voxel.map(f64::round);
        let inside = (0..3).all(|axis| voxel[axis] >= 0.0 && voxel[axis] < labels.shape[axis] as f64);
        let [x, y, z] = voxel.map(|position| position as usize);
        if inside { labels.data[(z * labels.shape[1] + y) * labels.shape[0] + x] as u16 } else { 0 }
    };
    let labels: Vec<u16> = (0..prepared.gm.data.len()).map(label).collect();
    let dice = |map: &Volume, is_inside: &dyn Fn(u16) -> bool| {
        let (mut both, mut each) = (0, 0);
        for (value, label) in map.data.iter().zip(&labels) {
            let (a, b) = (*value >= 0.5, is_inside(*label));
            both += usize::from(a && b);
            each += usize::from(a) + usize::from(b);
        }
        2.0 * both as f64 / each as f64
    };
    [dice(&prepared.mask, &|label| label > 0), dice(&prepared.gm, &|label| person.grey_labels.contains(&label))]
}

/// Mean distance in MNI mm between where two transforms take landmarks of the brain.
fn landmark_error_mm(mni_from_world: &Affine, reference: &Affine) -> f64 {
    // Commissures, poles of the lobes, top, both insulas, cerebellum, brain stem.
    const LANDMARKS_MNI_MM: [[f64; 3]; 12] = [
        [0.0, 2.0, -4.0],
        [0.0, -25.0, -2.0],
        [0.0, 70.0, 0.0],
        [-28.0, -100.0, 0.0],
        [28.0, -100.0, 0.0],
        [-40.0, 18.0, -36.0],
        [40.0, 18.0, -36.0],
        [0.0, -25.0, 78.0],
        [-40.0, 0.0, 0.0],
        [40.0, 0.0, 0.0],
        [0.0, -60.0, -45.0],
        [0.0, -30.0, -40.0],
    ];
    let world_from_mni = reference.inverse().unwrap();
    let distance = |point: &[f64; 3]| {
        let found = mni_from_world.apply(world_from_mni.apply(*point));
        (0..3).map(|axis| (found[axis] - point[axis]).powi(2)).sum::<f64>().sqrt()
    };
    LANDMARKS_MNI_MM.iter().map(distance).sum::<f64>() / LANDMARKS_MNI_MM.len() as f64
}
