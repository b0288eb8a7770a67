//! Where and how fast the phantom loses grey matter: smooth regions in MNI coordinates with a rate each.
//!
//! The regions are a partition: at every point their weights are >= 0 and add up to 1. They are rough planes and
//! balls, a few millimetres soft, not an atlas: the phantom needs an order of rates over the brain, not borders.

/// Number of regions.
pub(super) const COUNT: usize = 7;

/// A region's name and its loss of grey matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    /// Name, for tables.
    pub(super) name: &'static str,
    /// Share of grey matter lost per year, of the value at the age where atrophy begins, before the subtype's
    /// factor.
    pub(super) loss_per_year: f64,
    /// Whether it neither loses anything nor is moved by what its neighbours lose.
    pub(super) never_changes: bool,
}

/// Rates: cross-sectional slopes at 50 y of the DLMUSE volumes of 291 IXI participants (head size taken out).
/// `deep` (0.20 to 0.39 % there) has no rate of its own: it is pressed together and moved by the growing ventricles.
/// The cerebellum loses 0.22 % in life; here it never changes, so that maps can be tested for showing nothing where
/// there is nothing.
pub(super) const REGIONS: [Region; COUNT] = [
    Region { name: "frontal", loss_per_year: 0.0047, never_changes: false },
    Region { name: "parietal", loss_per_year: 0.0039, never_changes: false },
    Region { name: "temporal", loss_per_year: 0.0037, never_changes: false },
    Region { name: "occipital", loss_per_year: 0.0017, never_changes: false },
    Region { name: "insula", loss_per_year: 0.0051, never_changes: false },
    Region { name: "deep", loss_per_year: 0.0, never_changes: false },
    Region { name: "cerebellum", loss_per_year: 0.0, never_changes: true },
];

/// A way of ageing, drawn with equal odds in both groups: under one label there are two patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subtype {
    /// Frontal lobe and insula go first.
    Frontal,
    /// Parietal, temporal and occipital lobe go first.
    Posterior,
}

impl Subtype {
    /// Name, for tables.
    pub(super) fn name(self) -> &'static str {
        match self {
            Subtype::Frontal => "frontal",
            Subtype::Posterior => "posterior",
        }
    }

    /// Factors on the loss of each of [`REGIONS`]: large enough to see, their mean near 1. Ventricles grow alike.
    pub(super) fn factors(self) -> [f64; COUNT] {
        match self {
            Subtype::Frontal => [1.3, 0.8, 0.8, 0.8, 1.3, 1.0, 1.0],
            Subtype::Posterior => [0.8, 1.25, 1.25, 1.25, 0.8, 1.0, 1.0],
        }
    }
}

/// 0 well below 0, 1 well above, soft over about `width_mm` on both sides.
fn above(distance_mm: f64, width_mm: f64) -> f64 {
    1.0 / (1.0 + (-2.0 * distance_mm / width_mm).exp())
}

/// 1 inside a ball, soft at its border.
fn ball(point_mm: [f64; 3], centre_mm: [f64; 3], radius_mm: f64, width_mm: f64) -> f64 {
    let squared: f64 = (0..3).map(|axis| (point_mm[axis] - centre_mm[axis]).powi(2)).sum();
    above(radius_mm - squared.sqrt(), width_mm)
}

/// Weight of each of [`REGIONS`] at a point in MNI mm.
pub(super) fn weights(point_mm: [f64; 3]) -> [f32; COUNT] {
    const SOFT_MM: f64 = 5.0;
    let [x, y, z] = [point_mm[0].abs(), point_mm[1], point_mm[2]];
    // Tentorium: highest on the midline, falling sideways; the brain stem in front of it goes with the cerebellum.
    let behind = above(-38.0 - y, SOFT_MM).max(above(16.0 - x, SOFT_MM) * above(-8.0 - y, SOFT_MM));
    let cerebellum = above(-12.0 - 0.25 * x - z, SOFT_MM) * behind;
    let mut left = 1.0 - cerebellum;
    let mut take = |share: f64| {
        let taken = left * share;
        left -= taken;
        taken
    };
    let insula = take(ball([x, y, z], [38.0, 2.0, 2.0], 16.0, SOFT_MM) * above(x - 29.0, 3.0));
    let deep = take(ball([x, y, z], [14.0, -6.0, 4.0], 22.0, SOFT_MM));
    // Lateral fissure: rises backwards; the temporal lobe is what lies below it, off the midline.
    let temporal = take(
        above(-10.0 + 0.5 * (20.0 - y) - z, SOFT_MM)
            * above(x - 18.0, SOFT_MM)
            * above(24.0 - y, SOFT_MM)
            * above(y + 62.0, SOFT_MM),
    );
    let frontal = take(above(y + 5.0 + 0.36 * (z - 15.0), SOFT_MM));
    let occipital = take(above(-68.0 - 0.25 * (z - 10.0) - y, SOFT_MM));
    let parietal = left;
    [frontal, parietal, temporal, occipital, insula, deep, cerebellum].map(|weight| weight as f32)
}

/// Weight of the decoy: a ball in the left temporal pole whose ribbon differs from person to person at any age.
pub(super) fn decoy_weight(point_mm: [f64; 3]) -> f32 {
    ball(point_mm, [-42.0, 12.0, -28.0], 13.0, 4.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_a_partition_and_well_known_places_are_where_they_belong() {
        let places = [
            ("frontal", [-30.0, 40.0, 30.0]),
            ("frontal", [4.0, 50.0, -10.0]),
            ("parietal", [40.0, -50.0, 50.0]),
            ("temporal", [-58.0, -20.0, -15.0]),
            ("occipital", [10.0, -88.0, 5.0]),
            ("insula", [38.0, 2.0, 2.0]),
            ("deep", [-12.0, -18.0, 8.0]),
            ("cerebellum", [25.0, -65.0, -35.0]),
        ];
        for (name, point_mm) in places {
            let weights = weights(point_mm);
            assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(weights.iter().all(|&weight| weight >= 0.0));
            let largest = (0..COUNT).max_by(|&a, &b| weights[a].total_cmp(&weights[b])).expect("regions");
            assert_eq!(REGIONS[largest].name, name, "{point_mm:?}: {weights:?}");
            assert!(weights[largest] > 0.7, "{point_mm:?}: {weights:?}");
        }
    }
}
