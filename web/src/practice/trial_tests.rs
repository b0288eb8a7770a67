//! What students are to find out by the sliders is so, for several classes of people.

use super::super::slice::tests::shipped;
use super::*;

fn class(seed: u64) -> Class {
    let mut class = Class::new(shipped(), seed);
    while class.draw() {}
    class
}

fn settings(people: u32, loss_percent: f64, imbalance_percent: f64) -> Settings {
    Settings { people, loss_percent, imbalance_percent }
}

/// Shares of the right ones over some classes: own, balanced, reversed; and of what the answer follows elsewhere.
fn mean_of(classes: &[Class], settings: Settings) -> [f64; 4] {
    let mut mean = [0.0; 4];
    for class in classes {
        let found = class.trial(settings).unwrap();
        let values = [found.own.share(), found.balanced.share(), found.reversed.share(), found.elsewhere];
        mean.iter_mut().zip(values).for_each(|(mean, value)| *mean += value / classes.len() as f64);
    }
    mean
}

#[test]
fn the_sliders_show_what_the_lesson_says() {
    let classes: Vec<Class> = (1..=4).map(class).collect();
    let of = |people, loss, imbalance| mean_of(&classes, settings(people, loss, imbalance));

    // Enough people, a real difference, scanners shared.
    let [own, balanced, reversed, elsewhere] = of(120, 3.0, 0.0);
    assert!(own > 0.95 && (0.82..0.95).contains(&balanced), "{own} {balanced}");
    assert_eq!(balanced, reversed);
    assert!(elsewhere < 0.25, "{elsewhere}");

    // Few people: right about its own, and much less about others; what it follows is scattered.
    let [few_own, few_balanced, _, few_elsewhere] = of(6, 3.0, 0.0);
    assert!(few_own > 0.99 && few_balanced < balanced - 0.1, "{few_own} {few_balanced}");
    assert!(few_elsewhere > elsewhere + 0.1, "{few_elsewhere}");

    // Nothing to learn: right about its own all the same.
    let [own, balanced, ..] = of(10, 0.0, 0.0);
    assert!(own > 0.95 && (0.42..0.58).contains(&balanced), "{own} {balanced}");

    // Scanner and age go together: it follows the scanner, and more people do not help.
    for people in [40, 120] {
        let [own, balanced, reversed, elsewhere] = of(people, 3.0, 100.0);
        assert!(own > 0.99 && balanced < 0.75 && reversed < 0.45, "{people}: {own} {balanced} {reversed}");
        assert!(elsewhere > 0.5, "{people}: {elsewhere}");
    }
    assert!(of(120, 3.0, 80.0)[2] < of(120, 3.0, 0.0)[2] - 0.05);
}

/// What the lesson's answers say in numbers is so of the people whom everybody sees first.
#[test]
fn the_first_people_are_judged_as_the_lesson_s_answers_say() {
    let class = class(FIRST_SEED);
    let of = |people, loss, imbalance| class.trial(settings(people, loss, imbalance)).unwrap();
    let tenths = |score: Score| (10.0 * score.share()).round();
    let nothing = of(10, 0.0, 0.0);
    assert_eq!((nothing.own, tenths(nothing.balanced)), (Score { right: 20, all: 20 }, 5.0));
    let [few, many] = [6, 120].map(|people| of(people, 3.0, 0.0));
    assert_eq!((tenths(few.own), tenths(few.balanced)), (10.0, 7.0));
    assert_eq!((tenths(many.own), tenths(many.balanced)), (10.0, 9.0));
    for people in [40, 120] {
        let hidden = of(people, 3.0, 100.0);
        let is_as_told = hidden.own.share() > 0.99
            && (0.42..0.58).contains(&hidden.balanced.share())
            && hidden.reversed.share() < 0.25;
        assert!(is_as_told, "{people}: {:?} {:?} {:?}", hidden.own, hidden.balanced, hidden.reversed);
    }
    // A remedy: some of each group in the other scanner.
    assert!(of(120, 3.0, 80.0).balanced.share() > of(120, 3.0, 100.0).balanced.share() + 0.1);
    assert!(class.slice.cells.len() > 100);
}

#[test]
fn the_same_settings_give_the_same_answer_whoever_was_drawn_meanwhile() {
    let mut class = Class::new(shipped(), 5);
    let wanted = settings(6, 2.0, 40.0);
    while class.readiness(wanted) < 1.0 {
        assert!(class.trial(wanted).is_none());
        assert!(class.draw());
    }
    let early = class.trial(wanted).unwrap();
    assert!(class.trial(settings(120, 2.0, 40.0)).is_none());
    while class.draw() {}
    assert_eq!(class.trial(wanted).unwrap(), early);
    assert_eq!((early.own.all, early.balanced.all, early.shown.len()), (12, 200, 2 * SHOWN));
    let mut other = class.others();
    while other.draw() {}
    assert_ne!(other.trial(wanted).unwrap().followed, early.followed);
}

#[test]
fn scanners_are_shared_as_the_slider_says() {
    let of_b = |group, count, imbalance| (0..count).filter(|&n| scanner_of(group, n, imbalance) == Scanner::B).count();
    for (imbalance, young, old) in [(0.0, 50, 50), (0.2, 40, 60), (0.8, 10, 90), (1.0, 0, 100), (-1.0, 100, 0)] {
        assert_eq!((of_b(Group::Young, 100, imbalance), of_b(Group::Old, 100, imbalance)), (young, old), "{imbalance}");
    }
    // Where both groups share both, the same numbers lie in the same scanner, however many there are.
    assert!((0..7).all(|n| scanner_of(Group::Young, n, 0.0) == scanner_of(Group::Old, n, 0.0)));
}

#[test]
fn sliders_stay_within_their_ranges() {
    let mut settings = Settings::default();
    for (slider, value) in [(0, 1e9), (1, -4.0), (2, 130.0), (2, f64::NAN), (9, 3.0)] {
        settings.set(slider, value);
    }
    assert_eq!(settings.values(), [120.0, 0.0, 100.0]);
    let first = Settings::default().values();
    for (value, range) in first.into_iter().zip(RANGES) {
        assert!((range.least..=range.most).contains(&value) && (value - range.least) % range.step == 0.0);
    }
}
