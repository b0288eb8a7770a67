//! The preparation on made heads whose place is known, by the template's own head; no further data are needed.
//!
//! ```text
//! cargo test --release -p shared --features parallel,heads --test made_heads -- --nocapture
//! AGELENS_MADE_HEADS=300 cargo test --release -p shared --features parallel,heads --test made_heads -- --nocapture
//! ```
//! Heads of twenty people: `real_made_heads`, and `trainer benchmark preparation --labels DIR`.

mod made;
mod standard;

use made::{Bars, prepare_made_heads};
use shared::heads::{Cut, HeadLabels, MadeHead, Recipe, template_head};
use shared::volume::Affine;
use standard::{colin27, template};

/// Sound heads where the environment does not say how many.
const SOUND_HEADS: u64 = 24;

fn own_head() -> HeadLabels {
    template_head(&template(), &colin27()).unwrap()
}

#[test]
fn made_heads_end_where_they_belong_or_are_refused() {
    prepare_made_heads(&[own_head()], SOUND_HEADS, Bars { right: 0.8, wrong: 0.05, faults_refused: 0.8 });
}

#[test]
fn the_same_recipe_makes_the_same_head() {
    let head = own_head();
    for recipe in [Recipe::draw(11), Recipe::draw_fault(12)] {
        let recipe = Recipe { spacing_mm: [3.0; 3], ..recipe };
        let [one, other] = [0; 2].map(|_| MadeHead::new(&head, &recipe, &Affine::IDENTITY));
        assert_eq!(one.image, other.image);
        let text = serde_json::to_string(&recipe).unwrap();
        assert_eq!(serde_json::from_str::<Recipe>(&text).unwrap(), recipe);
    }
    assert_eq!(Recipe::draw(11), Recipe::draw(11));
    assert_ne!(Recipe::draw(11), Recipe::draw(12));
}

/// Voxels of a head with labels of some kind.
fn count(head: &HeadLabels, kind: impl Fn(u16) -> bool) -> f64 {
    head.labels.iter().filter(|label| kind(**label)).count() as f64
}

#[test]
fn an_old_head_has_wider_ventricles_less_grey_matter_and_the_same_skull() {
    let head = own_head();
    let aged = |atrophy: f64| {
        let recipe = Recipe { atrophy, spacing_mm: [4.0; 3], ..Recipe::ideal(0) };
        MadeHead::new(&head, &recipe, &Affine::IDENTITY).labels
    };
    let (young, middle, old) = (aged(0.0), aged(0.5), aged(1.0));
    assert_eq!(young, head);
    let ventricles = |head: &HeadLabels| count(head, |label| matches!(label, 4 | 14 | 43));
    let grey = |head: &HeadLabels| count(head, shared::heads::is_grey);
    let inside = |head: &HeadLabels| count(head, shared::heads::is_brain);
    println!("ventricles {} {} {}", ventricles(&young), ventricles(&middle), ventricles(&old));
    println!("grey {} {} {}", grey(&young), grey(&middle), grey(&old));
    assert!(ventricles(&middle) > 1.2 * ventricles(&young) && ventricles(&old) > 2.0 * ventricles(&young));
    assert!(grey(&middle) < 0.95 * grey(&young) && grey(&old) < 0.88 * grey(&young) && grey(&old) > 0.5 * grey(&young));
    assert_eq!(inside(&young), inside(&old));
    for (before, after) in young.labels.iter().zip(&old.labels).filter(|(before, _)| !shared::heads::is_brain(**before))
    {
        assert_eq!(before, after);
    }
}

#[test]
fn known_masks_lie_where_the_scan_shows_them() {
    let head = own_head();
    for seed in 0..4 {
        let recipe = Recipe { spacing_mm: [2.0; 3], bias: 0.0, noise: 0.0, atrophy: 0.0, ..Recipe::draw(seed) };
        let made = MadeHead::new(&head, &recipe, &Affine::IDENTITY);
        let mean = |mask: &[f32]| {
            let inside = made.image.data.iter().zip(mask).filter(|(_, mask)| **mask > 0.5);
            let (sum, count) = inside.fold((0.0, 0), |(sum, count), (value, _)| (sum + value, count + 1));
            assert!(count > 10_000, "seed {seed}: {count} voxels");
            sum / count as f32
        };
        let (brain, grey) = (made.brain_mask(), made.grey_mask());
        let rest: Vec<f32> = brain.data.iter().zip(&grey.data).map(|(brain, grey)| brain - grey).collect();
        let outside: Vec<f32> = brain.data.iter().map(|brain| 1.0 - brain).collect();
        // What is around a brain is darker: air, bone, fluid; fat is bright and little.
        println!("seed {seed}: grey {}, other brain {}, outside {}", mean(&grey.data), mean(&rest), mean(&outside));
        assert!(mean(&outside) < mean(&grey.data) && mean(&outside) < mean(&rest), "seed {seed}");
    }
}

#[test]
fn faults_are_seen_in_the_scan() {
    let head = own_head();
    let mut kinds = std::collections::BTreeSet::new();
    for seed in 0..100 {
        let recipe = Recipe::draw_fault(seed);
        let fault = recipe.fault.clone().expect("a fault");
        if !kinds.insert(fault.kind()) {
            continue;
        }
        let recipe = Recipe { spacing_mm: [3.0; 3], ..recipe };
        let faulty = MadeHead::new(&head, &recipe, &Affine::IDENTITY);
        let sound = MadeHead::new(&head, &Recipe { fault: None, ..recipe }, &Affine::IDENTITY);
        assert_eq!(faulty.image.shape, sound.image.shape);
        let same = faulty.image.data.iter().zip(&sound.image.data).filter(|(a, b)| a == b).count();
        assert!(same < faulty.image.data.len() * 95 / 100, "{}: {same} voxels are the same", fault.kind());
    }
    assert_eq!(kinds.len(), 7, "{kinds:?}");
}

#[test]
fn what_is_cut_from_a_sound_scan_is_not_brain() {
    let head = own_head();
    for cut in [
        Cut::None,
        Cut::Shear { degrees: 20.0, margin_mm: 2.0 },
        Cut::Shear { degrees: 55.0, margin_mm: 2.0 },
        Cut::Box { margin_mm: 2.0 },
        Cut::Stripped { fluid_mm: 1.0 },
    ] {
        let bare = Recipe { cut: cut.clone(), ..Recipe::ideal(0) };
        let made = MadeHead::new(&head, &bare, &Affine::IDENTITY);
        let zeros = |mask: &[f32]| made.image.data.iter().zip(mask).filter(|(v, m)| **v == 0.0 && **m > 0.5).count();
        assert_eq!(zeros(&made.grey_mask().data), 0, "{cut:?}");
        // And what is cut is something: the plain head has more that is not zero. The shallowest plane takes the least, 4 %.
        let shown = made.image.data.iter().filter(|value| **value > 0.0).count();
        let plain = MadeHead::new(&head, &Recipe::ideal(0), &Affine::IDENTITY);
        let all = plain.image.data.iter().filter(|value| **value > 0.0).count();
        assert!(cut == Cut::None || shown < all * 97 / 100, "{cut:?}: {shown} of {all}");
    }
}
