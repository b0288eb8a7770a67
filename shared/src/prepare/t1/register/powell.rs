//! Powell's direction-set search for the highest value of a function of several numbers, without derivatives.
//!
//! Powell MJD. An efficient method for finding the minimum of a function of several variables without calculating
//! derivatives. Comput J 1964;7:155-162.

/// A place and the function's value there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Best<const N: usize> {
    pub(super) at: [f64; N],
    pub(super) value: f64,
}

/// One round: a line search along each direction, then along the way that the round has gone. `directions` is changed
/// for the next round. Returns the better place.
pub(super) fn round<const N: usize>(
    start: Best<N>,
    directions: &mut [[f64; N]],
    step: f64,
    of: &impl Fn(&[f64; N]) -> f64,
) -> Best<N> {
    let mut best = start;
    let (mut largest_gain, mut largest_index) = (0.0, 0);
    for (index, direction) in directions.iter().enumerate() {
        let found = line(best, direction, step, of);
        if found.value - best.value > largest_gain {
            (largest_gain, largest_index) = (found.value - best.value, index);
        }
        best = found;
    }
    let way: [f64; N] = std::array::from_fn(|axis| best.at[axis] - start.at[axis]);
    let length = way.iter().map(|value| value * value).sum::<f64>().sqrt();
    if length > 0.05 * step {
        let way = way.map(|value| value / length);
        best = line(best, &way, step, of);
        directions[largest_index] = way;
    }
    best
}

/// The highest value along a line: steps that double while they climb, then parabolas through the best three points.
fn line<const N: usize>(start: Best<N>, direction: &[f64; N], step: f64, of: &impl Fn(&[f64; N]) -> f64) -> Best<N> {
    let at = |distance: f64| -> [f64; N] { std::array::from_fn(|axis| start.at[axis] + distance * direction[axis]) };
    let value = |distance: f64| of(&at(distance));
    let (ahead, behind) = (value(step), value(-step));
    // low < middle < high in distance, the middle the best so far.
    let (mut low, mut middle, mut high) = ((-step, behind), (0.0, start.value), (step, ahead));
    if ahead > start.value || behind > start.value {
        let sign = if ahead >= behind { 1.0 } else { -1.0 };
        let (mut previous, mut current) = ((0.0, start.value), (sign * step, ahead.max(behind)));
        let mut stride = step;
        loop {
            stride *= 1.6;
            let next = current.0 + sign * stride;
            let next = (next, value(next));
            if next.1 <= current.1 || stride > 12.0 * step {
                (low, middle, high) = if sign > 0.0 { (previous, current, next) } else { (next, current, previous) };
                if next.1 > current.1 {
                    middle = next;
                }
                break;
            }
            (previous, current) = (current, next);
        }
    }
    for _ in 0..2 {
        let (a, b) = (middle.0 - low.0, middle.0 - high.0);
        let (fa, fb) = (middle.1 - low.1, middle.1 - high.1);
        let denominator = a * fb - b * fa;
        if denominator.abs() < 1e-15 {
            break;
        }
        let vertex = middle.0 - 0.5 * (a * a * fb - b * b * fa) / denominator;
        let is_new = vertex > low.0 && vertex < high.0 && (vertex - middle.0).abs() > 0.02 * step;
        if !is_new {
            break;
        }
        let found = (vertex, value(vertex));
        if found.1 > middle.1 {
            if vertex < middle.0 {
                high = middle;
            } else {
                low = middle;
            }
            middle = found;
        } else if vertex < middle.0 {
            low = found;
        } else {
            high = found;
        }
    }
    if middle.1 > start.value { Best { at: at(middle.0), value: middle.1 } } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_of_a_tilted_hill_is_found() {
        let of = |p: &[f64; 3]| {
            let (x, y, z) = (p[0] - 3.0, p[1] + 2.0, p[2] - 0.5);
            -(x * x + 3.0 * y * y + 0.5 * z * z + 1.5 * x * y + 0.3 * y * z)
        };
        let mut directions = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let mut best = Best { at: [0.0; 3], value: of(&[0.0; 3]) };
        for _ in 0..12 {
            best = round(best, &mut directions, 1.0, &of);
        }
        assert!(best.value > -1e-3, "{best:?}");
    }
}
