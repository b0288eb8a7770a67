//! The preparation of T1 images, on the one head that the repository holds, moved.

mod standard;

use shared::explain::ncc_in_mask;
use shared::prepare::fit_to_grid;
use shared::prepare::t1::{
    Content, Kind, Options, Prepared, Progress, Silent, Step, T1Error, Template, prepare_t1, qc_picture,
};
use shared::volume::{Affine, Grid, Volume, resample};
use standard::{colin27, template, to_the_end};
use std::ops::ControlFlow;

/// Turns and shifts a head a little, stretches it, and scans it with voxels of 1.5 × 1.5 × 2.5 mm.
fn moved_head() -> (Volume, Affine) {
    scanned_from([-100.0, -155.0, -65.0])
}

/// The same with the first voxel's centre at `origin_mm`.
fn scanned_from(origin_mm: [f64; 3]) -> (Volume, Affine) {
    let (sin, cos) = 0.2f64.sin_cos();
    let moved_from_mni = Affine([[1.05 * cos, -sin, 0.0, 12.0], [sin, 0.95 * cos, 0.0, -20.0], [0.0, 0.05, 1.0, 15.0]]);
    let moved_from_voxel = Affine::from_spacing_origin([1.5, 1.5, 2.5], origin_mm);
    let mni_from_voxel = moved_from_mni.inverse().unwrap().compose(&moved_from_voxel);
    let mut image = resample(&colin27(), &Grid { shape: [150, 170, 80], mni_from_voxel });
    image.world_from_voxel = moved_from_voxel;
    image.data.iter_mut().for_each(|value| *value *= 800.0);
    (image, moved_from_mni)
}

fn prepare(
    image: &Volume,
    template: &Template,
    options: Options,
    progress: &mut impl Progress,
) -> Result<Prepared, T1Error> {
    to_the_end(prepare_t1("head.nii", image, template, options, progress))
}

#[test]
fn a_moved_head_is_brought_back() {
    let template = template();
    let (image, moved_from_mni) = moved_head();
    let prepared = prepare(&image, &template, Options::default(), &mut Silent).unwrap();

    assert!(prepared.quality.passed && prepared.quality.score > 0.0, "{:?}", prepared.quality);
    // The template's head and its average brain do not lie quite alike: a few millimetres remain.
    let there_and_back = prepared.mni_from_world.compose(&moved_from_mni);
    for point in [[0.0, 2.0, -4.0], [0.0, -25.0, 70.0], [-60.0, -20.0, 0.0], [60.0, -20.0, 0.0], [0.0, -95.0, 0.0]] {
        let found = there_and_back.apply(point);
        let distance = (0..3).map(|axis| (found[axis] - point[axis]).powi(2)).sum::<f64>().sqrt();
        assert!(distance < 5.0, "{point:?} came back {distance:.1} mm away");
    }
    assert_eq!(prepared.gm.shape, template.gm.shape);
    for index in 0..prepared.gm.data.len() {
        let sum = prepared.gm.data[index] + prepared.wm.data[index] + prepared.csf.data[index];
        assert!((0.0..1.001).contains(&sum), "probabilities sum to {sum}");
    }
    // What comes out is what models take.
    let grid =
        Grid { shape: [80, 96, 10], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [-78.0, -112.0, 4.0]) };
    fit_to_grid("gm.nii", &prepared.gm, &grid).unwrap();
    let picture = qc_picture(&prepared, &template);
    assert_eq!(picture.rgba.len(), 4 * picture.width * picture.height);
    assert!(picture.rgba.chunks(4).filter(|pixel| pixel[..3] != [0; 3]).count() > 50_000);
}

#[test]
fn a_scan_that_begins_half_a_voxel_farther_on_gives_the_same_map() {
    let template = template();
    let map =
        |(image, _): (Volume, Affine)| prepare(&image, &template, Options::default(), &mut Silent).unwrap().gm.data;
    let (one, other) = (map(moved_head()), map(scanned_from([-99.25, -154.25, -63.75])));
    let either: Vec<bool> = std::iter::zip(&one, &other).map(|(a, b)| *a > 0.0 || *b > 0.0).collect();
    let r = ncc_in_mask(&one, &other, &either).unwrap();
    assert!(r > 0.995, "{r}");
}

#[test]
fn modulation_keeps_the_amount_of_tissue() {
    let template = template();
    let (image, _) = moved_head();
    let plain = prepare(&image, &template, Options::default(), &mut Silent).unwrap();
    let modulated = prepare(&image, &template, Options { modulated: true, ..Options::default() }, &mut Silent).unwrap();
    let ratio = modulated.gm.data.iter().sum::<f32>() / plain.gm.data.iter().sum::<f32>();
    let own_volume = plain.mni_from_world.inverse().unwrap().determinant() as f32;
    assert!((ratio - own_volume).abs() < 1e-3, "{ratio} instead of {own_volume}");
}

/// Stops at a step, and checks that the work only ever goes forward.
struct StopAt(Step, f32);

impl Progress for StopAt {
    async fn report(&mut self, step: Step, fraction: f32) -> ControlFlow<()> {
        assert!(fraction >= self.1 && fraction <= 1.0, "{fraction} after {}", self.1);
        self.1 = fraction;
        if step == self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn the_work_can_be_stopped_at_every_step() {
    let template = template();
    let (image, _) = moved_head();
    for step in Step::ALL {
        let result = prepare(&image, &template, Options::default(), &mut StopAt(step, 0.0));
        assert_eq!(result.err(), Some(T1Error::Cancelled), "{step:?}");
    }
}

#[test]
fn an_inverted_head_is_refused_by_the_quality_control_but_not_with_force() {
    let template = template();
    let (mut image, _) = moved_head();
    image.data.iter_mut().for_each(|value| *value = if *value > 1.0 { 800.0 - *value } else { 0.0 });
    let error = prepare(&image, &template, Options::default(), &mut Silent).unwrap_err();
    let T1Error::Quality { quality, .. } = &error else { panic!("{error}") };
    assert!(!quality.reasons.is_empty() && error.to_string().starts_with("head.nii: "));
    let forced = prepare(&image, &template, Options { force: true, ..Options::default() }, &mut Silent).unwrap();
    assert!(!forced.quality.passed);
}

#[test]
fn maps_and_images_from_0_to_1_are_told_apart() {
    let template = template();
    let changed =
        |volume: &Volume, of: fn(f32) -> f32| volume.with_data(volume.data.iter().map(|value| of(*value)).collect());
    for map in [&template.gm, &template.wm, &template.csf] {
        assert_eq!(Kind::of(map), Kind::GmMap);
    }
    for image in [&colin27(), &template.t1] {
        assert_eq!(Kind::of(image), Kind::T1);
        assert_eq!(Kind::of(&changed(image, |value| 90.0 * value)), Kind::T1);
        assert_eq!(Kind::of(&changed(image, |value| 3.0 * value - 2.0)), Kind::T1);
    }
}

/// Ten slices of the average brain, as a file of their own.
fn slab(first: usize) -> Volume {
    let Volume { shape: [nx, ny, _], data, world_from_voxel } = template().t1;
    let shift = Affine::from_spacing_origin([1.0; 3], [0.0, 0.0, first as f64]);
    let data = data[first * nx * ny..(first + 10) * nx * ny].to_vec();
    Volume::new([nx, ny, 10], data, world_from_voxel.compose(&shift))
}

#[test]
fn a_slab_in_mni_space_is_segmented_where_it_lies() {
    let template = template();
    let image = slab(38);
    let prepared = prepare(&image, &template, Options::default(), &mut Silent).unwrap();
    assert_eq!(prepared.found.content, Content::Slab);
    assert!(prepared.found.in_mni_space && prepared.quality.passed);
    assert_eq!(prepared.mni_from_world, Affine::IDENTITY);
    let plane = image.shape[0] * image.shape[1];
    let (inside, outside): (Vec<_>, Vec<_>) =
        prepared.gm.data.iter().enumerate().partition(|(index, _)| (38..48).contains(&(index / plane)));
    assert!(outside.iter().all(|(_, value)| **value == 0.0));
    // The average brain has about the average tissue, blurred.
    let expected: Vec<f32> = inside.iter().map(|(index, _)| template.gm.data[*index]).collect();
    let found: Vec<f32> = inside.iter().map(|(_, value)| **value).collect();
    let shares = [&expected, &found].map(|map| map.iter().sum::<f32>());
    assert!((0.8..1.25).contains(&(shares[1] / shares[0])), "{shares:?}");
    let agreeing = expected.iter().zip(&found).filter(|(a, b)| (**a > 0.5) == (**b > 0.5)).count();
    assert!(agreeing > expected.len() * 9 / 10, "{agreeing} of {}", expected.len());
}

#[test]
fn a_slab_that_lies_elsewhere_is_refused() {
    let template = template();
    let mut image = slab(38);
    image.world_from_voxel = Affine::from_spacing_origin([1.0; 3], [0.0, 0.0, 40.0]).compose(&image.world_from_voxel);
    let error = prepare(&image, &template, Options::default(), &mut Silent).unwrap_err().to_string();
    assert!(error.starts_with("head.nii: the image is 20 mm long") && error.contains("MNI152"), "{error}");
}
