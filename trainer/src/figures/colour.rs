//! Colours of maps: grey for anatomy, diverging for change, sequential for attention.
//!
//! All scales are perceptually ordered and readable by the colour-blind. Change and attention never
//! share a scale, so that one cannot be taken for the other. Scales come from the crate `colorous`:
//! RdBu (Brewer, colorbrewer2.org) and Inferno (Smith and van der Walt, matplotlib).

/// Red, green, blue in sRGB.
pub type Rgb = [u8; 3];

/// Surface behind all brain pictures, on screen and on paper.
pub const BACKDROP: Rgb = [10, 11, 14];

/// Grey a density of 1 is drawn in. Anatomy is kept dim, so that no colour laid over it can be mistaken for it.
const BRIGHTEST_GREY: f32 = 175.0;

/// How strongly the weakest shown value covers the anatomy; the strongest covers it fully.
const WEAKEST_OPACITY: f32 = 0.25;

/// Bends opacity upwards, so that moderate values are not lost in the anatomy.
const OPACITY_EXPONENT: f32 = 0.7;

/// Part of each arm of the diverging scale that is left off over anatomy: near-white would read as bright tissue.
const PALE_SHARE: f32 = 0.3;

/// Smallest end of a colour bar of change: a model that does nothing must not look busy.
pub const SMALLEST_LIMIT: f32 = 0.02;

/// Change below this share of the colour bar's end is not coloured.
const THRESHOLD_SHARE: f32 = 0.1;

/// What is laid over the anatomy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Signed change: blue below zero, red above, `±limit` the ends; `|value| < threshold` shows the anatomy alone.
    Change { limit: f32, threshold: f32 },
    /// Relative attention 0..1; values below `threshold` show the anatomy alone.
    Attention { threshold: f32 },
}

impl Scale {
    /// Of change up to `limit`, the end of the colour bar.
    pub fn of_change(limit: f32) -> Self {
        Scale::Change { limit, threshold: limit * THRESHOLD_SHARE }
    }

    /// Smallest and largest value of the colour bar.
    pub fn range(&self) -> (f32, f32) {
        match *self {
            Scale::Change { limit, .. } => (-limit, limit),
            Scale::Attention { .. } => (0.0, 1.0),
        }
    }

    /// Colour of `value` over anatomy of colour `under`. A value that is not finite shows the anatomy alone.
    ///
    /// Opacity grows with the value: weak change stays visible but does not hide where it lies
    /// (Taylor et al. 2023, PMC10233921: highlight, do not hide).
    pub fn over(&self, value: f32, under: Rgb) -> Rgb {
        let (colour, strength, shown) = match *self {
            Scale::Change { limit, threshold } => {
                let strength = value.abs() / limit.max(f32::MIN_POSITIVE);
                let shade = (PALE_SHARE + (1.0 - PALE_SHARE) * strength).copysign(value);
                (diverging(shade, 1.0), strength, value.abs() >= threshold)
            }
            Scale::Attention { threshold } => (sequential(value), value, value >= threshold),
        };
        if !value.is_finite() || !shown {
            return under;
        }
        let opacity = WEAKEST_OPACITY + (1.0 - WEAKEST_OPACITY) * strength.clamp(0.0, 1.0).powf(OPACITY_EXPONENT);
        blend(under, colour, opacity)
    }
}

/// Grey of a grey-matter density 0..1.
pub fn grey(density: f32) -> Rgb {
    let level = if density.is_finite() { density.clamp(0.0, 1.0) } else { 0.0 };
    BACKDROP.map(|dark| (f32::from(dark) + (BRIGHTEST_GREY - f32::from(dark)) * level).round() as u8)
}

/// Blue–white–red, zero at white, `±limit` at the ends. Values beyond are clipped, NaN is white.
pub fn diverging(value: f32, limit: f32) -> Rgb {
    let relative = if value.is_finite() && limit > 0.0 { (value / limit).clamp(-1.0, 1.0) } else { 0.0 };
    // RED_BLUE runs from red to blue; gain is red here. The darkest tenth at each end is left off: on a
    // black backdrop the strongest change must not be the least visible.
    let position = 0.5 - 0.4 * f64::from(relative);
    colorous::RED_BLUE.eval_continuous(position).into_array()
}

/// Inferno over 0..1. Values beyond are clipped, NaN is 0. Starts at a visible purple rather than at black.
pub fn sequential(value: f32) -> Rgb {
    let level = if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
    colorous::INFERNO.eval_continuous(0.25 + 0.73 * f64::from(level)).into_array()
}

/// Mixes `over` into `under`; `opacity` 0 gives `under`, 1 gives `over`.
pub fn blend(under: Rgb, over: Rgb, opacity: f32) -> Rgb {
    let opacity = opacity.clamp(0.0, 1.0);
    std::array::from_fn(|channel| {
        let (below, above) = (f32::from(under[channel]), f32::from(over[channel]));
        (below + (above - below) * opacity).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of sRGB, 0..1.
    fn luminance(colour: Rgb) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])
    }

    #[test]
    fn zero_is_near_white_and_signs_differ() {
        assert!(diverging(0.0, 0.2).iter().all(|&channel| channel > 235));
        let (gain, loss) = (diverging(0.2, 0.2), diverging(-0.2, 0.2));
        assert!(gain[0] > gain[2] && loss[2] > loss[0], "red gains, blue loses: {gain:?} {loss:?}");
        assert_eq!(diverging(9.0, 0.2), gain);
        assert_eq!(diverging(f32::NAN, 0.2), diverging(0.0, 0.2));
        assert_eq!(diverging(1.0, 0.0), diverging(0.0, 0.2));
    }

    #[test]
    fn lightness_orders_the_values() {
        for step in 1..=20 {
            let (weak, strong) = ((step - 1) as f32 / 20.0, step as f32 / 20.0);
            assert!(luminance(sequential(strong)) > luminance(sequential(weak)));
            assert!(luminance(grey(strong)) > luminance(grey(weak)));
            for sign in [-1.0, 1.0] {
                assert!(luminance(diverging(sign * strong, 1.0)) < luminance(diverging(sign * weak, 1.0)));
            }
        }
    }

    /// Red and blue stay apart for red-green blindness: their blue channels differ, which it leaves alone.
    #[test]
    fn signs_differ_without_red_green_vision() {
        for strength in [0.3, 0.6, 1.0] {
            let (gain, loss) = (diverging(strength, 1.0), diverging(-strength, 1.0));
            assert!(i32::from(loss[2]) - i32::from(gain[2]) > 30, "{gain:?} {loss:?}");
        }
    }

    #[test]
    fn below_the_threshold_the_anatomy_shows() {
        let under = grey(0.5);
        let change = Scale::Change { limit: 0.2, threshold: 0.02 };
        assert_eq!(change.over(0.01, under), under);
        assert_eq!(change.over(f32::NAN, under), under);
        assert_eq!(change.over(0.2, under), diverging(0.2, 0.2));
        let attention = Scale::Attention { threshold: 0.3 };
        assert_eq!(attention.over(0.29, under), under);
        assert_eq!(attention.over(1.0, under), sequential(1.0));
    }
}
