//! Scans from anywhere: a preparation ends with maps or with a sentence; nothing panics, and none takes long.
//!
//! ```text
//! AGELENS_SCANS=1000 cargo test --release -p shared --no-default-features --features parallel --test hostile_scans
//! ```

mod hostile;
mod random;
mod standard;

use hostile::count;
use random::Random;
use shared::prepare::t1::{Options, Silent, prepare_t1};
use shared::volume::{Affine, Volume, read_nifti, write_nifti};
use standard::{colin27, template, to_the_end};
use std::time::{Duration, Instant};

/// Scans where the environment does not say how many.
const SCANS: u64 = 16;
/// The work of a whole head; a slow machine with other work has its share in it.
const LONGEST: Duration = Duration::from_secs(60);

/// What has the shape of a scan, and the values of anything.
fn scan(random: &mut Random) -> Volume {
    let shape: [usize; 3] = std::array::from_fn(|_| [1, 2, 3, 7, 16, 48, 80, 128][random.below(8)]);
    let spacing: [f64; 3] = std::array::from_fn(|_| [0.3, 1.0, 1.7, 2.0, 3.3, 6.0][random.below(6)]);
    let centre: [f64; 3] =
        std::array::from_fn(|axis| -0.5 * spacing[axis] * shape[axis] as f64 + 80.0 * (random.share() - 0.5));
    let mut world_from_voxel = Affine::from_spacing_origin(spacing, centre);
    if random.below(4) == 0 {
        // Sheared, or nearly flat.
        world_from_voxel.0[random.below(3)][random.below(3)] += 2.0 * (random.share() - 0.5);
    }
    let scale = [1.0, 90.0, 4096.0, 1e-20, 1e20, 3e38, -1.0][random.below(7)];
    let kind = random.below(6);
    let radius_mm = 30.0 + 90.0 * random.share();
    let [nx, ny, _] = shape;
    let data = (0..shape.iter().product())
        .map(|index| {
            let voxel = [index % nx, index / nx % ny, index / (nx * ny)].map(|at| at as f64);
            let from_middle: f64 =
                (0..3).map(|axis| ((voxel[axis] - shape[axis] as f64 / 2.0) * spacing[axis] / radius_mm).powi(2)).sum();
            let value = match kind {
                0 => random.share(),
                1 => 1.0,
                2 => f64::from(u8::from(random.below(5000) == 0)),
                3 => f64::from(u8::from(from_middle < 1.0)),
                // A head of a kind: skull, brain, ventricles, each with noise.
                4 => {
                    let shell = if from_middle > 1.0 {
                        0.02
                    } else if from_middle > 0.8 {
                        0.9
                    } else if from_middle > 0.7 {
                        0.1
                    } else {
                        0.6
                    };
                    shell * (1.0 + 0.1 * (random.share() - 0.5))
                }
                _ => (voxel[0] * 0.7).sin() * (voxel[1] * 0.4).cos(),
            };
            (value * scale) as f32
        })
        .collect();
    Volume::new(shape, data, world_from_voxel)
}

/// A head to which something was done that nobody does to a scan.
fn spoilt_head(head: &Volume, random: &mut Random) -> Volume {
    let mut spoilt = head.clone();
    let [nx, ny, nz] = head.shape;
    for _ in 0..=random.below(3) {
        match random.below(6) {
            0 => {
                // Blocks of noise, of nothing, or of one value.
                let corner = [random.below(nx), random.below(ny), random.below(nz)];
                let side = 5 + random.below(60);
                let kind = random.below(3);
                for (index, value) in spoilt.data.iter_mut().enumerate() {
                    let voxel = [index % nx, index / nx % ny, index / (nx * ny)];
                    if (0..3).all(|axis| (corner[axis]..corner[axis] + side).contains(&voxel[axis])) {
                        *value = [0.0, 5000.0, 5000.0 * random.share() as f32][kind];
                    }
                }
            }
            1 => {
                let power = [0.05, 0.3, 3.0, 20.0][random.below(4)];
                spoilt.data.iter_mut().for_each(|value| *value = value.abs().powf(power).min(3e38));
            }
            2 => spoilt.data.iter_mut().for_each(|value| *value *= 1.0 + 30.0 * (random.share() as f32 - 0.5)),
            3 => {
                let most = spoilt.data.iter().copied().fold(0.0, f32::max);
                spoilt.data.iter_mut().for_each(|value| *value = most - *value);
            }
            4 => {
                let (row, column) = (random.below(3), random.below(3));
                spoilt.world_from_voxel.0[row][column] += 3.0 * (random.share() - 0.5);
            }
            _ => spoilt.world_from_voxel.0[random.below(3)][3] += 400.0 * (random.share() - 0.5),
        }
    }
    spoilt
}

#[test]
fn every_scan_ends_with_maps_or_with_a_sentence() {
    let template = template();
    let head = colin27();
    let mut reasons = std::collections::BTreeMap::new();
    for seed in 0..count("AGELENS_SCANS", SCANS) {
        let mut random = Random(seed);
        // As it comes: through a file.
        let image = if seed % 2 == 0 { spoilt_head(&head, &mut random) } else { scan(&mut random) };
        let file = write_nifti(&image, "");
        let started = Instant::now();
        let outcome = match read_nifti("scan.nii", &file, None).and_then(shared::volume::NiftiImage::into_volume) {
            Ok(volume) => {
                let options = Options { modulated: random.below(2) == 0, force: random.below(2) == 0 };
                let prepared = to_the_end(prepare_t1("scan.nii", &volume, &template, options, &mut Silent));
                prepared
                    .map(|prepared| {
                        for map in [&prepared.gm, &prepared.wm, &prepared.csf] {
                            assert!(
                                map.data.iter().all(|value| value.is_finite() && *value >= 0.0),
                                "seed {seed}: no densities"
                            );
                        }
                        if prepared.quality.passed { "prepared" } else { "prepared by force" }.to_owned()
                    })
                    .map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        let said = outcome.unwrap_or_else(|message| {
            assert!(message.starts_with("scan.nii: ") && message.len() > 40, "seed {seed}: {message}");
            "refused".to_owned()
        });
        assert!(started.elapsed() < LONGEST, "seed {seed} took {:?}", started.elapsed());
        *reasons.entry(said).or_insert(0) += 1;
    }
    println!("{reasons:?}");
    assert!(reasons.len() > 1 && reasons.contains_key("refused"), "spoilt too much or too little: {reasons:?}");
}
