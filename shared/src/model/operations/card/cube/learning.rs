//! What a step does to every weight, each in one pass over it: Adam (Kingma and Ba 2015) and the moving average of weights.

use cubecl::prelude::*;

/// One step of Adam on weights and both its moments.
///
/// `rate` has the corrections for the young moments in it, and `epsilon` too.
#[cube(launch_unchecked)]
pub fn adam<E: Float>(
    weights: &[E],
    gradient: &[E],
    first: &[E],
    second: &[E],
    new_weights: &mut [E],
    new_first: &mut [E],
    new_second: &mut [E],
    beta_1: f32,
    beta_2: f32,
    rate: f32,
    epsilon: f32,
    #[define(E)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= new_weights.len() {
        terminate!();
    }
    let slope = f32::cast_from(gradient[ABSOLUTE_POS]);
    let one = f32::cast_from(first[ABSOLUTE_POS]) * beta_1 + slope * (1.0f32 - beta_1);
    let two = f32::cast_from(second[ABSOLUTE_POS]) * beta_2 + slope * slope * (1.0f32 - beta_2);
    let step = one / (two.sqrt() + epsilon) * rate;
    new_weights[ABSOLUTE_POS] = E::cast_from(f32::cast_from(weights[ABSOLUTE_POS]) - step);
    new_first[ABSOLUTE_POS] = E::cast_from(one);
    new_second[ABSOLUTE_POS] = E::cast_from(two);
}

/// `average · decay + newest · (1 − decay)`.
#[cube(launch_unchecked)]
pub fn blend<E: Float>(average: &[E], newest: &[E], blended: &mut [E], decay: f32, #[define(E)] _dtype: ElemType) {
    if ABSOLUTE_POS >= blended.len() {
        terminate!();
    }
    let old = f32::cast_from(average[ABSOLUTE_POS]);
    let new = f32::cast_from(newest[ABSOLUTE_POS]);
    blended[ABSOLUTE_POS] = E::cast_from(old * decay + new * (1.0f32 - decay));
}
