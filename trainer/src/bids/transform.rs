//! The affine as ITK and ANTs read it.
//!
//! ITK counts millimetres to the left and to the back where NIfTI counts to the right and to the front (LPS and RAS), and its
//! transform leads from points of the result to points of the image that is resampled: from MNI152 to the T1 image. So
//! `antsApplyTransforms -i T1w -r MNI -t FILE` brings the image to MNI152, as `from-T1w_to-MNI…_mode-image` says.

use shared::volume::Affine;

/// Text of an ITK transform file; `None` where the affine cannot be inverted.
pub fn itk_text(mni_from_world: &Affine) -> Option<String> {
    let [x, y, z] = in_lps(&mni_from_world.inverse()?).0;
    let matrix = [x, y, z].into_iter().flat_map(|row| [row[0], row[1], row[2]]);
    let parameters: Vec<String> = matrix.chain([x[3], y[3], z[3]]).map(|value| value.to_string()).collect();
    Some(format!(
        "#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\nParameters: {}\nFixedParameters: 0 0 0\n",
        parameters.join(" ")
    ))
}

/// The same map of places, both counted to the left and to the back.
fn in_lps(affine: &Affine) -> Affine {
    const FLIP: Affine = Affine([[-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
    FLIP.compose(affine).compose(&FLIP)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ITK does with the file: matrix row by row, then the offset (its centre is zero).
    fn applied(text: &str, point: [f64; 3]) -> [f64; 3] {
        let line = text.lines().find_map(|line| line.strip_prefix("Parameters: ")).expect("parameters");
        let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().expect("a number")).collect();
        assert_eq!(numbers.len(), 12);
        std::array::from_fn(|row| {
            (0..3).map(|column| numbers[3 * row + column] * point[column]).sum::<f64>() + numbers[9 + row]
        })
    }

    #[test]
    fn points_of_mni_are_led_to_the_image_in_itks_axes() {
        let mni_from_world = Affine([[1.1, 0.02, 0.0, 9.0], [-0.05, 0.9, 0.1, -14.0], [0.0, 0.03, 1.2, 21.0]]);
        let world = [12.0, -30.0, 45.0];
        let [x, y, z] = mni_from_world.apply(world);
        let text = itk_text(&mni_from_world).expect("it can be inverted");
        let found = applied(&text, [-x, -y, z]);
        for (found, expected) in found.into_iter().zip([-world[0], -world[1], world[2]]) {
            assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
        }
        assert!(text.starts_with("#Insight Transform File V1.0\n") && text.ends_with("FixedParameters: 0 0 0\n"));
        assert_eq!(itk_text(&Affine([[0.0; 4]; 3])), None);
    }
}
