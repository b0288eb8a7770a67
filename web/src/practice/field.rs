//! Fields over a slice: smooth random ones, and blurring. Those of phantoms are like them, but in three dimensions and with
//! exactly normal draws; these are made by the hundred while a visitor waits.

use rand::Rng;

/// Standard deviation of a cubic B-spline field per unit standard deviation of its coefficients: 0.692 along one axis, the
/// root of the basis's mean square.
const SPLINE_SD_PER_COEFFICIENT: f32 = 0.479;

/// Nearly normal, of mean 0 and standard deviation 1: the sum of four even draws, each of 16 bits. Near enough for made people,
/// and without the tables that exact draws would bring into the page.
pub fn normal(rng: &mut impl Rng) -> f32 {
    let bits = rng.next_u64();
    let sum: f32 = (0..4).map(|part| ((bits >> (16 * part)) & 0xffff) as f32 / 65535.0).sum();
    // Each has a variance of 1/12.
    (sum - 2.0) * 3f32.sqrt()
}

/// A smooth random field of `[width, height]` with this standard deviation: uniform cubic B-splines with normal
/// coefficients, one knot every `knot_pixels`.
pub fn random_smooth([width, height]: [usize; 2], knot_pixels: f32, sd: f32, rng: &mut impl Rng) -> Vec<f32> {
    let knots = |side: usize| (side as f32 / knot_pixels) as usize + 4;
    let (columns, rows) = (knots(width), knots(height));
    let scale = sd / SPLINE_SD_PER_COEFFICIENT;
    let coefficients: Vec<f32> = (0..columns * rows).map(|_| scale * normal(rng)).collect();
    let across = taps(width, knot_pixels);
    let down = taps(height, knot_pixels);
    let wide: Vec<f32> = (0..rows)
        .flat_map(|row| {
            let row = &coefficients[row * columns..];
            across.iter().map(move |(knot, weights)| (0..4).map(|k| weights[k] * row[knot + k]).sum())
        })
        .collect();
    let value = |(knot, weights): &(usize, [f32; 4]), x: usize| {
        (0..4).map(|k| weights[k] * wide[(knot + k) * width + x]).sum::<f32>()
    };
    down.iter().flat_map(|tap| (0..width).map(move |x| value(tap, x))).collect()
}

/// First of the four knots around each pixel, and their weights.
fn taps(count: usize, knot_pixels: f32) -> Vec<(usize, [f32; 4])> {
    (0..count)
        .map(|step| {
            let position = step as f32 / knot_pixels;
            let t = position.fract();
            let (square, cube) = (t * t, t * t * t);
            let rest = 1.0 - t;
            let weights = [
                rest * rest * rest / 6.0,
                (3.0 * cube - 6.0 * square + 4.0) / 6.0,
                (-3.0 * cube + 3.0 * square + 3.0 * t + 1.0) / 6.0,
                cube / 6.0,
            ];
            (position as usize, weights)
        })
        .collect()
}

/// Blurs by a Gaussian of `sigma` pixels; beyond the edge there is nothing.
pub fn blurred(values: &[f32], [width, height]: [usize; 2], sigma: f32) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as usize;
    let weight = |step: usize| (-0.5 * (step as f32 / sigma).powi(2)).exp();
    let total = weight(0) + 2.0 * (1..=reach).map(weight).sum::<f32>();
    let kernel: Vec<f32> = (0..=reach).map(|step| weight(step) / total).collect();
    let across = along(values, &kernel, [width, height], 1);
    along(&across, &kernel, [width, height], width)
}

/// The same along rows (`stride` 1) or columns (`stride` width).
fn along(values: &[f32], kernel: &[f32], [width, height]: [usize; 2], stride: usize) -> Vec<f32> {
    let mut sums: Vec<f32> = values.iter().map(|value| kernel[0] * value).collect();
    for (step, weight) in kernel.iter().enumerate().skip(1) {
        for row in 0..height {
            for column in 0..width {
                let index = row * width + column;
                let (place, end) = if stride == 1 { (column, width) } else { (row, height) };
                let mut sum = 0.0;
                if place >= step {
                    sum += values[index - step * stride];
                }
                if place + step < end {
                    sum += values[index + step * stride];
                }
                sums[index] += weight * sum;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::Xoshiro256PlusPlus;

    #[test]
    fn draws_are_spread_as_normal_ones() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let draws: Vec<f32> = (0..40_000).map(|_| normal(&mut rng)).collect();
        let mean = draws.iter().sum::<f32>() / draws.len() as f32;
        let variance = draws.iter().map(|draw| draw * draw).sum::<f32>() / draws.len() as f32;
        let within = draws.iter().filter(|draw| draw.abs() < 1.0).count() as f32 / draws.len() as f32;
        assert!(
            mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02 && (within - 0.68).abs() < 0.03,
            "{mean} {variance} {within}"
        );
    }

    #[test]
    fn random_fields_have_the_spread_asked_for_and_are_smooth() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let field = random_smooth([400, 400], 8.0, 2.0, &mut rng);
        let variance = field.iter().map(|value| value * value).sum::<f32>() / field.len() as f32;
        assert!((variance.sqrt() - 2.0).abs() < 0.1, "{}", variance.sqrt());
        let steps = field.chunks(400).flat_map(|row| row.windows(2).map(|pair| (pair[1] - pair[0]).abs()));
        assert!(steps.fold(0.0, f32::max) < 2.0);
    }

    #[test]
    fn blurring_keeps_the_sum_and_spreads_evenly() {
        let mut values = vec![0.0; 21 * 15];
        values[7 * 21 + 10] = 1.0;
        let found = blurred(&values, [21, 15], 1.0);
        assert!((found.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let (right, below) = (found[7 * 21 + 11], found[8 * 21 + 10]);
        assert!((right - below).abs() < 1e-7 && (right / found[7 * 21 + 10] - (-0.5f32).exp()).abs() < 1e-5);
    }
}
