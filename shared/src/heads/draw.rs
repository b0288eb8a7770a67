//! Draws recipes: what may vary in sound scans, and how often.

use super::contrast::Contrast;
use super::cut::Cut;
use super::fault::Fault;
use super::random::{Random, rounded};
use super::recipe::{FieldOfView, Pose, Range, Recipe};

impl Recipe {
    /// A clean head that lies in the standard brain: the one whose place is taken for known. `variant` changes the noise, a little of the
    /// contrast, and where the grid lies.
    pub fn ideal(variant: u64) -> Self {
        let step = (variant % 3) as f64 - 1.0;
        Recipe {
            seed: variant,
            atrophy: 0.0,
            contrast: Contrast { grey: 0.7 + 0.03 * step, ..Contrast::plain() },
            smoothing_mm: 0.8,
            bias: 0.0,
            noise: 0.01,
            range: Range::Whole { top: 1000.0, offset: 0.0 },
            pose: Pose { in_mni: true, ..Pose::UNMOVED },
            spacing_mm: [2.0; 3],
            tilt_degrees: [0.0; 3],
            field_of_view: FieldOfView::Whole { air_mm: 10.0 + 0.7 * step },
            blank_margin_mm: 0.0,
            clean_air: true,
            order: [0, 1, 2],
            backwards: [false; 3],
            cut: Cut::None,
            fault: None,
        }
    }

    /// A sound head. The same seed gives the same recipe.
    pub fn draw(seed: u64) -> Self {
        let mut random = Random::new(seed, 0);
        let random = &mut random;
        let atrophy = if random.chance(0.25) { 0.0 } else { random.setting(0.0, 1.0) };
        let contrast = Contrast::draw(atrophy, random);
        let cut = draw_cut(random);
        let pose = draw_pose(random);
        let spacing_mm = draw_spacing_mm(random, pose.in_mni);
        let field_of_view = draw_field_of_view(random, &cut);
        Recipe {
            seed,
            atrophy,
            contrast,
            smoothing_mm: random.setting(0.6, 1.3),
            bias: if random.chance(0.2) { 0.0 } else { random.setting(0.0, 0.6) },
            noise: if random.chance(0.15) { 0.0 } else { random.setting(0.0, 0.07) },
            range: draw_range(random),
            spacing_mm,
            tilt_degrees: if random.chance(0.2) { [0; 3].map(|_| random.setting(-12.0, 12.0)) } else { [0.0; 3] },
            field_of_view,
            blank_margin_mm: if random.chance(0.3) { random.setting(5.0, 40.0) } else { 0.0 },
            clean_air: random.chance(0.4),
            order: random.one_of(&[[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]),
            backwards: [0; 3].map(|_| random.chance(0.5)),
            cut,
            fault: None,
            pose,
        }
    }

    /// A head with a planted fault; everything else is mild, so that nothing but the fault speaks against it.
    pub fn draw_fault(seed: u64) -> Self {
        let mut random = Random::new(seed, 9);
        let sound = Recipe::draw(seed);
        let fault = Fault::draw(&mut random);
        let gentle = |value: f64| rounded(0.4 * value);
        let pose = Pose {
            turns_degrees: sound.pose.turns_degrees.map(gentle),
            shift_mm: sound.pose.shift_mm.map(gentle),
            size: sound.pose.size.map(|size| rounded(1.0 + gentle(size - 1.0))),
            ..sound.pose
        };
        Recipe {
            bias: gentle(sound.bias),
            noise: gentle(sound.noise),
            spacing_mm: sound.spacing_mm.map(|mm| mm.min(2.5)),
            field_of_view: FieldOfView::Whole { air_mm: 10.0 },
            cut: Cut::None,
            fault: Some(fault),
            pose,
            ..sound
        }
    }
}

fn draw_pose(random: &mut Random) -> Pose {
    if random.chance(0.12) {
        // What other software calls registered is so within some millimetres and degrees.
        return Pose {
            turns_degrees: [0; 3].map(|_| random.setting(-3.0, 3.0)),
            shift_mm: [0; 3].map(|_| random.setting(-4.0, 4.0)),
            size: [0; 3].map(|_| random.setting(0.97, 1.03)),
            in_mni: true,
        };
    }
    // Most heads lie nearly straight.
    let most = if random.chance(0.5) { 25.0 } else { 10.0 };
    // Of twenty people of 1.2 to 1.7 litres: the smallest and the largest adults' brains, and a scanner that is off by a little.
    let size = random.setting(0.88, 1.1);
    Pose {
        turns_degrees: [0; 3].map(|_| random.setting(-most, most)),
        shift_mm: [0; 3].map(|_| random.setting(-60.0, 60.0)),
        size: [0; 3].map(|_| rounded(size * random.setting(0.97, 1.03))),
        in_mni: false,
    }
}

fn draw_spacing_mm(random: &mut Random, in_mni: bool) -> [f64; 3] {
    let kind = random.between(0.0, 1.0);
    let odd = random.setting(0.0, 1.0);
    match kind {
        _ if in_mni => [if odd < 0.5 { 2.0 } else { 1.0 + odd }; 3],
        kind if kind < 0.3 => [1.0; 3],
        kind if kind < 0.5 => [2.0; 3],
        kind if kind < 0.6 => [1.0 + odd; 3],
        kind if kind < 0.65 => [rounded(0.8 + 0.15 * odd); 3],
        kind => {
            // Thick slices, one scan in ten very thick; any of the three axes may be the thick one.
            let thick = if kind > 0.9 { 3.0 + 1.95 * odd } else { 1.2 + 1.8 * odd };
            let thick = rounded(thick);
            let mut spacing = [random.setting(0.85, 1.3); 3];
            spacing[random.one_of(&[0, 1, 2])] = thick;
            spacing
        }
    }
}

fn draw_field_of_view(random: &mut Random, cut: &Cut) -> FieldOfView {
    let air_mm = random.setting(2.0, 25.0);
    match random.between(0.0, 1.0) {
        kind if kind < 0.3 || matches!(cut, Cut::Stripped { .. }) => FieldOfView::Whole { air_mm },
        kind if kind < 0.5 => FieldOfView::Cube256 { air_mm },
        kind if kind < 0.75 => FieldOfView::NeckCut { below_brain_mm: random.setting(0.0, 50.0) },
        kind if kind < 0.87 => FieldOfView::BrainCut { lost_share: random.setting(0.001, 0.012) },
        _ => FieldOfView::Tight { around_mm: random.setting(3.0, 12.0) },
    }
}

fn draw_cut(random: &mut Random) -> Cut {
    let margin_mm = random.setting(2.0, 12.0);
    match random.between(0.0, 1.0) {
        kind if kind < 0.15 => Cut::Shear { degrees: random.setting(35.0, 55.0), margin_mm },
        kind if kind < 0.23 => Cut::Shear { degrees: random.setting(20.0, 35.0), margin_mm },
        kind if kind < 0.31 => Cut::Box { margin_mm },
        kind if kind < 0.41 => Cut::Stripped { fluid_mm: random.one_of(&[1.0, 4.0, 10.0]) },
        _ => Cut::None,
    }
}

fn draw_range(random: &mut Random) -> Range {
    if random.chance(0.1) {
        return Range::ZScored;
    }
    let top = random.one_of(&[90.0, 255.0, 600.0, 1000.0, 4095.0, 30_000.0]);
    let offset = if random.chance(0.15) { random.between(0.0, 0.08) * top } else { 0.0 };
    Range::Whole { top, offset: offset.round() }
}
