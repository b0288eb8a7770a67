//! Which axes of an NRRD file are those of space, and where they lie.

use super::lines::Lines;
use crate::volume::{Affine, VolumeError, Warning, spatial};

/// A single volume with its place.
pub(super) struct Placed {
    pub shape: [usize; 3],
    /// Voxel indices to RAS+ millimetres; can be inverted.
    pub world_from_voxel: Affine,
    pub warnings: Vec<Warning>,
}

/// Kinds of axes along which the numbers of one voxel lie, of those that the format names.
const KINDS_WITHIN_A_VOXEL: [&str; 24] = [
    "point",
    "vector",
    "covariant-vector",
    "normal",
    "scalar",
    "complex",
    "2-vector",
    "3-color",
    "RGB-color",
    "HSV-color",
    "XYZ-color",
    "4-color",
    "RGBA-color",
    "3-vector",
    "3-gradient",
    "3-normal",
    "4-vector",
    "quaternion",
    "2D-symmetric-matrix",
    "2D-masked-symmetric-matrix",
    "2D-matrix",
    "3D-symmetric-matrix",
    "3D-masked-symmetric-matrix",
    "3D-matrix",
];

/// Finds the three axes of space among axes of these lengths, and their place.
pub(super) fn place(lines: &Lines, sizes: &[usize]) -> Result<Placed, VolumeError> {
    let count = sizes.len();
    let directions = lines.vectors("space directions", count)?;
    let kinds = lines.words("kinds", count)?;
    let spacings = lines.numbers("spacings", count)?;

    let is_of_space = |axis: usize| match (&directions, &kinds) {
        (Some(directions), _) => directions[axis].is_some(),
        (None, Some(kinds)) => {
            ["domain", "space", "none", "???"].iter().any(|kind| kinds[axis].eq_ignore_ascii_case(kind))
        }
        (None, None) => true,
    };
    let of_space: Vec<usize> = (0..count).filter(|&axis| is_of_space(axis)).collect();
    let (axes, beyond) = match of_space.split_first_chunk::<3>() {
        Some((axes, beyond)) => (*axes, beyond),
        None => return Err(not_three_dimensional(lines, sizes)),
    };
    let others = (0..count).filter(|axis| !of_space.contains(axis)).chain(beyond.iter().copied());
    if let Some(axis) = others.into_iter().find(|&axis| sizes[axis] > 1) {
        let kind = kinds.as_ref().map(|kinds| kinds[axis]);
        let within_a_voxel = KINDS_WITHIN_A_VOXEL
            .into_iter()
            .find(|known| kind.is_some_and(|kind| kind.eq_ignore_ascii_case(known)))
            // What runs fastest and has no name.
            .or((axis < axes[0] && kind.is_none()).then_some("vector"));
        return Err(match within_a_voxel {
            Some(dtype) => VolumeError::UnsupportedDataType { name: lines.name.to_owned(), dtype },
            None => not_three_dimensional(lines, sizes),
        });
    }

    let shape = axes.map(|axis| sizes[axis]);
    let steps = directions.map(|directions| axes.map(|axis| directions[axis].clone().unwrap_or_default()));
    let mut warnings = Vec::new();
    if let (Some(signs), Some(steps)) = (signs_of_space(lines.get("space")?), &steps) {
        let stored = world_from_voxel(lines, signs, steps)?;
        if stored.inverse().is_some() {
            return Ok(Placed { shape, world_from_voxel: stored, warnings });
        }
        warnings.push(Warning::BadForm { form: "space directions" });
    }
    warnings.push(Warning::NoSpace);
    let length = |vector: &Vec<f64>| vector.iter().fold(0.0, |length: f64, part| length.hypot(*part));
    let stored_mm = match (&steps, spacings) {
        (Some(steps), _) => steps.each_ref().map(length),
        (None, Some(spacings)) => axes.map(|axis| spacings[axis]),
        (None, None) => [1.0; 3],
    };
    Ok(Placed { shape, world_from_voxel: spatial::guessed(stored_mm, shape), warnings })
}

fn not_three_dimensional(lines: &Lines, sizes: &[usize]) -> VolumeError {
    VolumeError::NotThreeDimensional { name: lines.name.to_owned(), dims: sizes.to_vec() }
}

/// What makes right, anterior and superior of a space's axes; `None` where the space does not say where they lie.
fn signs_of_space(space: Option<&str>) -> Option<[f64; 3]> {
    match space?.to_ascii_lowercase().as_str() {
        "right-anterior-superior" | "ras" => Some([1.0, 1.0, 1.0]),
        "left-anterior-superior" | "las" => Some([-1.0, 1.0, 1.0]),
        "left-posterior-superior" | "lps" => Some([-1.0, -1.0, 1.0]),
        _ => None,
    }
}

/// `steps`: of one voxel along each axis. The origin is the centre of the first voxel, 0 where the header has none.
fn world_from_voxel(lines: &Lines, signs: [f64; 3], steps: &[Vec<f64>; 3]) -> Result<Affine, VolumeError> {
    let bad = |field| lines.bad(field, lines.get(field).ok().flatten().unwrap_or_default());
    let mut matrix = [[0.0; 3]; 3];
    for (axis, step) in steps.iter().enumerate() {
        let step: &[f64; 3] = step.as_slice().try_into().map_err(|_| bad("space directions"))?;
        for world in 0..3 {
            matrix[world][axis] = signs[world] * step[world];
        }
    }
    let origin = match lines.vectors("space origin", 1)?.map(|vectors| vectors.into_iter().flatten().next()) {
        Some(Some(origin)) => origin.as_slice().try_into().map_err(|_| bad("space origin"))?,
        Some(None) | None => [0.0; 3],
    };
    Ok(Affine::from_parts(matrix, std::array::from_fn(|world| signs[world] * origin[world])))
}
