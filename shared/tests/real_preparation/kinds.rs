//! The same head in other clothes: what people do to a scan before they hand it on, and what must come of it.

use crate::aside::half_a_voxel_aside;
use crate::data::Person;
use shared::volume::{Affine, Space, Volume, read_nifti, write_nifti_in};

/// What must come of a changed scan.
#[derive(Clone, Copy, PartialEq)]
pub enum Expected {
    /// The map of the untouched scan: at least this correlation.
    Same(f64),
    /// Prepared, whatever the map's correlation.
    Prepared,
    Refused,
}

/// Every kind, by name.
pub fn kinds(person: &Person) -> Vec<(&'static str, Volume, Expected)> {
    let t1 = &person.t1;
    let labels = person.labels.as_ref().expect("labels");
    let of = |change: &dyn Fn(usize, f32) -> f32| {
        t1.with_data(t1.data.iter().enumerate().map(|(index, value)| change(index, *value)).collect())
    };
    let count = t1.data.len() as f32;
    let mean = t1.data.iter().sum::<f32>() / count;
    let deviation = (t1.data.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count).sqrt();
    let top = t1.data.iter().copied().fold(0.0, f32::max);
    // Masks that end 4, 2 and 10 mm outside of the labels.
    let [brain, close, far] = [2, 1, 5].map(|rounds| dilated(labels, rounds));
    let inside: Vec<f32> = t1.data.iter().zip(&brain).filter(|(_, brain)| **brain).map(|(value, _)| *value).collect();
    let inner_mean = inside.iter().sum::<f32>() / inside.len() as f32;
    let world = |index: usize| {
        let [nx, ny, _] = t1.shape;
        t1.world_from_voxel.apply([index % nx, index / nx % ny, index / (nx * ny)].map(|index| index as f64))
    };
    let ends = |axis: usize| {
        (0..labels.data.len())
            .filter(|&index| labels.data[index] > 0.0)
            .map(|index| world(index)[axis])
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (front, below, right) = (ends(1).1, ends(2).0, ends(0).1);
    let mut moved = t1.clone();
    moved.world_from_voxel.0.iter_mut().zip([40.0, -60.0, 25.0]).for_each(|(row, shift)| row[3] += shift);
    vec![
        ("whole numbers", of(&|_, value| value.round()), Expected::Same(0.99)),
        ("times 1000", of(&|_, value| value * 1000.0), Expected::Same(0.99)),
        ("plus 5000", of(&|_, value| value + 5000.0), Expected::Same(0.99)),
        ("0 to 1", of(&|_, value| value / top), Expected::Same(0.99)),
        ("0 to 90, whole", of(&|_, value| (value / top * 90.0).round()), Expected::Same(0.97)),
        ("z-scored", of(&|_, value| (value - mean) / deviation), Expected::Same(0.99)),
        (
            "z-scored in the head",
            of(&|_, value| if value > 0.0 { (value - mean) / deviation } else { 0.0 }),
            Expected::Same(0.97),
        ),
        // Another image: what lies between the voxels is interpolated.
        ("half a voxel aside", half_a_voxel_aside(t1), Expected::Same(0.94)),
        ("other order of axes", through_a_file(&other_axes(t1)), Expected::Same(0.99)),
        ("moved", moved, Expected::Same(0.99)),
        // Without its skull a brain is registered by less: 0.98 in young people, 0.92 to 0.98 in old ones.
        ("stripped", of(&|index, value| if brain[index] { value } else { 0.0 }), Expected::Same(0.9)),
        (
            "stripped close to the brain",
            of(&|index, value| if close[index] { value } else { 0.0 }),
            Expected::Same(0.9),
        ),
        ("stripped far from the brain", of(&|index, value| if far[index] { value } else { 0.0 }), Expected::Same(0.9)),
        (
            "stripped, z-scored",
            of(&|index, value| if brain[index] { (value - inner_mean) / deviation } else { 0.0 }),
            Expected::Prepared,
        ),
        (
            "face removed",
            of(&|index, value| {
                let [_, y, z] = world(index);
                if y - front + 0.9 * (z - below) > 6.0 - 14.0 && z < below + 45.0 && y > front - 30.0 {
                    0.0
                } else {
                    value
                }
            }),
            Expected::Prepared,
        ),
        (
            "ends below the brain, in zeros",
            in_zeros(&of(&|index, value| if world(index)[2] < below - 4.0 { 0.0 } else { value })),
            Expected::Same(0.97),
        ),
        (
            "front of the brain blank",
            of(&|index, value| if world(index)[1] > front - 24.0 { 0.0 } else { value }),
            Expected::Refused,
        ),
        (
            "right of the brain blank",
            of(&|index, value| if world(index)[0] > right - 20.0 { 0.0 } else { value }),
            Expected::Refused,
        ),
        ("back to front", back_to_front(t1), Expected::Refused),
    ]
}

fn dilated(labels: &Volume, rounds: usize) -> Vec<bool> {
    let [nx, ny, _] = labels.shape;
    let mut inside: Vec<bool> = labels.data.iter().map(|label| *label > 0.0).collect();
    for _ in 0..rounds {
        let before = inside.clone();
        for index in nx * ny..before.len() - nx * ny {
            inside[index] =
                [1, nx, nx * ny].into_iter().any(|step| before[index - step] || before[index + step]) || before[index];
        }
    }
    inside
}

/// The axes z, x, y, the first backwards.
fn other_axes(t1: &Volume) -> Volume {
    let [nx, ny, nz] = t1.shape;
    let shape = [nz, nx, ny];
    let mut data = Vec::with_capacity(t1.data.len());
    for y in 0..ny {
        for x in 0..nx {
            data.extend((0..nz).map(|z| t1.data[((nz - 1 - z) * ny + y) * nx + x]));
        }
    }
    let old_from_new = Affine([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [-1.0, 0.0, 0.0, (nz - 1) as f64]]);
    Volume::new(shape, data, t1.world_from_voxel.compose(&old_from_new))
}

/// Written and read again, as a scan comes: the reader brings its axes into their order.
fn through_a_file(volume: &Volume) -> Volume {
    let bytes = write_nifti_in(volume, "", Space::Scanner);
    read_nifti("scan.nii", &bytes, None).unwrap().into_volume().unwrap()
}

/// In the middle of a cube of 288 mm.
fn in_zeros(t1: &Volume) -> Volume {
    const SIDE: usize = 144;
    let shape = [SIDE; 3];
    let first: [usize; 3] = std::array::from_fn(|axis| (SIDE - t1.shape[axis]) / 2);
    let mut data = vec![0.0; SIDE * SIDE * SIDE];
    let [nx, ny, _] = t1.shape;
    for (index, value) in t1.data.iter().enumerate() {
        let [x, y, z] = [index % nx + first[0], index / nx % ny + first[1], index / (nx * ny) + first[2]];
        data[(z * SIDE + y) * SIDE + x] = *value;
    }
    let shift = Affine::from_spacing_origin([1.0; 3], first.map(|index| -(index as f64)));
    Volume::new(shape, data, t1.world_from_voxel.compose(&shift))
}

/// The header says front where back is: turned by half a turn about the long axis of the head.
fn back_to_front(t1: &Volume) -> Volume {
    let turn = Affine([[-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
    Volume { world_from_voxel: turn.compose(&t1.world_from_voxel), ..t1.clone() }
}
