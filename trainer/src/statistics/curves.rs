//! A line, and a curve that never falls, through points that count differently often.

/// Least-squares line `y = slope · x + offset`: slope and offset; a slope of 0 where all x are the same.
pub fn line(x: &[f64], y: &[f64], counts: &[f64]) -> [f64; 2] {
    let total: f64 = counts.iter().sum();
    let mean = |value: &dyn Fn(usize) -> f64| (0..x.len()).map(|i| value(i) * counts[i]).sum::<f64>() / total;
    let (mean_x, mean_y) = (mean(&|i| x[i]), mean(&|i| y[i]));
    let of_x = mean(&|i| (x[i] - mean_x).powi(2));
    let slope = if of_x > 0.0 { mean(&|i| (x[i] - mean_x) * (y[i] - mean_y)) / of_x } else { 0.0 };
    [slope, mean_y - slope * mean_x]
}

/// The nearest values, by least squares, that never fall: pools adjacent violators (Barlow et al. 1972).
pub fn isotonic(values: &[f64], counts: &[f64]) -> Vec<f64> {
    struct Pool {
        sum: f64,
        count: f64,
        points: usize,
    }
    let mut pools: Vec<Pool> = Vec::new();
    for (value, &count) in values.iter().zip(counts) {
        let mut pool = Pool { sum: value * count, count, points: 1 };
        while let Some(before) = pools.pop_if(|before| before.sum * pool.count > pool.sum * before.count) {
            pool = Pool {
                sum: before.sum + pool.sum,
                count: before.count + pool.count,
                points: before.points + pool.points,
            };
        }
        pools.push(pool);
    }
    pools.iter().flat_map(|pool| std::iter::repeat_n(pool.sum / pool.count, pool.points)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_through_points_on_it_and_heeds_how_often_they_count() {
        let [slope, offset] = line(&[1.0, 2.0, 4.0], &[5.0, 7.0, 11.0], &[1.0, 3.0, 2.0]);
        assert!((slope - 2.0).abs() < 1e-12 && (offset - 3.0).abs() < 1e-12);
        assert_eq!(line(&[1.0, 1.0], &[0.0, 4.0], &[3.0, 1.0]), [0.0, 1.0]);
    }

    #[test]
    fn what_falls_is_pooled() {
        assert_eq!(isotonic(&[1.0, 3.0, 2.0, 2.5, 4.0], &[1.0; 5]), [1.0, 2.5, 2.5, 2.5, 4.0]);
        assert_eq!(isotonic(&[4.0, 1.0], &[3.0, 1.0]), [3.25, 3.25]);
        assert_eq!(isotonic(&[1.0, 2.0], &[1.0; 2]), [1.0, 2.0]);
    }
}
