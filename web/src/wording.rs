//! All sentences with numbers in them: what the user reads about a result, its progress and its device.

use crate::forms::filled;
use crate::language::*;
use crate::maps::ChangeSummary;
use crate::protocol::{Backend, Bytes, Stage};
use shared::bundle::{CLOSE_CALL, GroupLimits, GroupName, Manifest};
use shared::explain::{Age, Direction, Familiarity};
use shared::prepare::t1::Step;

/// Minus sign of typography; a hyphen is hard to see before a number.
const MINUS: char = '\u{2212}';
/// Where the largest loss and the largest gain lie so near to each other, something moved from one place to the other.
const MOVED_MM: f64 = 12.0;
/// Share of a model's changes that is worth a word where it is habit.
const NOTABLE_HABIT: f64 = 0.25;
/// Space that neither breaks nor stretches, between number and unit.
const THIN: char = '\u{202f}';

/// A number with a fixed number of decimals and a true minus sign; never "−0.00".
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let is_zero = text.bytes().all(|byte| b"-0.".contains(&byte));
    match text.strip_prefix('-') {
        Some(digits) if is_zero => digits.to_owned(),
        Some(digits) => format!("{MINUS}{digits}"),
        None => text,
    }
}

/// The same with a plus sign before positive numbers.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = number(value, decimals);
    let is_zero = text.bytes().all(|byte| b"0.".contains(&byte));
    if value > 0.0 && !is_zero { format!("+{text}") } else { text }
}

/// Probability as a percentage that never claims certainty.
pub fn percent(probability: f32) -> String {
    uncertain_percent(f64::from(probability * 100.0), 0)
}

/// Percent with so many decimals; never 0 or 100.
pub fn uncertain_percent(percent: f64, decimals: usize) -> String {
    let least = 0.1f64.powi(decimals as i32);
    match percent {
        p if p < least => format!("<{THIN}{}%", number(least, decimals)),
        p if p > 100.0 - least => format!(">{THIN}{}%", number(100.0 - least, decimals)),
        p => format!("{}%", number(p, decimals)),
    }
}

/// "young" or "old".
pub fn group(language: Language, group: GroupName) -> &'static str {
    language.text(match group {
        GroupName::Young => CLASS_YOUNG,
        GroupName::Old => CLASS_OLD,
    })
}

/// The size below which changes are hidden, grey-matter units.
pub fn threshold(size: f64) -> String {
    number(size, if size < 0.1 { 3 } else { 2 })
}

/// The ages that bound the groups, for the places `{young}` and `{old}` of a text.
pub fn limits(GroupLimits { young_below_years, old_from_years }: GroupLimits) -> [(&'static str, String); 2] {
    [("young", young_below_years.to_string()), ("old", old_from_years.to_string())]
}

/// A text with these ages in their places.
pub fn with_limits(text: &str, groups: GroupLimits) -> String {
    filled(text, &limits(groups).each_ref().map(|(name, age)| (*name, age.as_str())))
}

/// Which groups the model learned from.
pub fn groups(language: Language, manifest: &Manifest) -> String {
    with_limits(language.text(VERDICT_GROUPS), manifest.data.groups)
}

/// Which groups the thesis has, where the model's are others.
pub fn other_groups(language: Language, manifest: &Manifest) -> Option<String> {
    let is_other = !manifest.data.groups.are_published();
    is_other.then(|| with_limits(language.text(COHORT_ABOUT_GROUPS), GroupLimits::PUBLISHED))
}

/// "young → old".
pub fn direction(language: Language, direction: Direction) -> &'static str {
    language.text(match direction {
        Direction::YoungToOld => DIRECTION_YOUNG_TO_OLD,
        Direction::OldToYoung => DIRECTION_OLD_TO_YOUNG,
    })
}

/// What an image is translated to: "old age", or "the age of 70 years".
pub fn target(language: Language, direction: Direction, years: Option<u8>) -> String {
    match (years, direction) {
        (Some(years), _) => language.fill(TARGET_YEARS, &[("years", &years.to_string())]),
        (None, Direction::YoungToOld) => language.text(TARGET_OLD).to_owned(),
        (None, Direction::OldToYoung) => language.text(TARGET_YOUNG).to_owned(),
    }
}

/// What a verdict is made of.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// Probabilities of "old".
    pub before: f32,
    pub after: f32,
    pub age: Option<Age>,
    /// As [`target`] has it.
    pub target: &'a str,
}

/// What the classifier says before and after, in one sentence.
pub fn verdict(language: Language, Judged { before, after, age, target }: Judged) -> String {
    let (first, then) = (GroupName::judged(before), GroupName::judged(after));
    let key = match (first == then, age) {
        (false, None) => VERDICT_CHANGED,
        (false, Some(_)) => VERDICT_CHANGED_AGE,
        (true, None) => VERDICT_UNCHANGED,
        (true, Some(_)) => VERDICT_UNCHANGED_AGE,
    };
    let years = age.map(|age| whole_years(age.years)).unwrap_or_default();
    let values =
        [("first", group(language, first)), ("then", group(language, then)), ("years", &years), ("target", target)];
    language.fill(key, &values)
}

/// The heading of a mean of many: what it is, and what it was translated to.
pub fn mean(language: Language, name: &str, age: Option<Age>, target: &str) -> String {
    let key = if age.is_some() { VERDICT_MEAN_AGE } else { VERDICT_MEAN };
    let years = age.map(|age| whole_years(age.years)).unwrap_or_default();
    language.fill(key, &[("name", name), ("years", &years), ("target", target)])
}

/// Within which ages the true one lies.
pub fn age_interval(language: Language, age: Age) -> String {
    let [from, to] = [age.years - age.interval_years, age.years + age.interval_years].map(whole_years);
    language.fill(VERDICT_AGE, &[("from", &from), ("to", &to)])
}

fn whole_years(years: f64) -> String {
    format!("{:.0}", years.max(0.0))
}

/// The heading and what is said below it where the image is too unlike what the model has seen.
pub fn strange(language: Language, name: &str, familiarity: Familiarity) -> (&'static str, String) {
    let [distance, limit] = [familiarity.distance, familiarity.limit].map(|value| number(f64::from(value), 2));
    let detail = language.fill(VERDICT_STRANGE_DETAIL, &[("name", name), ("distance", &distance), ("limit", &limit)]);
    (language.text(VERDICT_STRANGE), detail)
}

/// The heading where neither class is clear.
pub fn undecided(language: Language, age: Option<Age>) -> String {
    match age {
        Some(age) => language.fill(VERDICT_UNDECIDED_AGE, &[("years", &*whole_years(age.years))]),
        None => language.text(VERDICT_UNDECIDED).to_owned(),
    }
}

/// Why there is no verdict then.
pub fn why_undecided(language: Language) -> String {
    let [from, to] = [0.5 - CLOSE_CALL, 0.5 + CLOSE_CALL].map(percent);
    language.fill(VERDICT_UNDECIDED_DETAIL, &[("from", &from), ("to", &to)])
}

/// "P(old) 69% · judged old", or "P(old) 69% · no verdict".
pub fn odds(language: Language, probability_old: f32, is_judged: bool) -> String {
    if !is_judged {
        return language.fill(VERDICT_ODDS_STRANGE, &[("percent", &*percent(probability_old))]);
    }
    let values =
        [("percent", &*percent(probability_old)), ("class", group(language, GroupName::judged(probability_old)))];
    language.fill(VERDICT_ODDS, &values)
}

/// The maps in words, for those who cannot or need not see them. `region` names a place in MNI mm.
pub fn change_sentence(
    language: Language,
    summary: &ChangeSummary,
    region: impl Fn([f64; 3]) -> Option<String>,
) -> String {
    let told = |(alone, with_region), (change, at): (f32, [f64; 3])| {
        let (change, at_mm) = (signed(f64::from(change), 2), point(at));
        let region = region(at);
        let key = if region.is_some() { with_region } else { alone };
        let region = region.unwrap_or_default();
        language.fill(key, &[("change", &change), ("place", &at_mm), ("region", &region)])
    };
    let size = |change: Option<(f32, _)>| change.map_or(0.0, |(change, _)| change.abs());
    let mut sentences: Vec<String> = [
        summary.loss.map(|loss| told((CHANGE_LOSS, CHANGE_LOSS_REGION), loss)),
        summary.gain.map(|gain| told((CHANGE_GAIN, CHANGE_GAIN_REGION), gain)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if size(summary.gain) > size(summary.loss) {
        sentences.reverse();
    }
    if sentences.is_empty() {
        return language.text(CHANGE_NOTHING).to_owned();
    }
    if let (Some((_, loss)), Some((_, gain))) = (summary.loss, summary.gain) {
        let distance_mm = std::iter::zip(loss, gain).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        if distance_mm <= MOVED_MM {
            sentences.push(language.fill(CHANGE_MOVED, &[("distance", &number(distance_mm, 0))]));
        }
    }
    let share = format!("{:.0}", summary.changed_share * 100.0);
    sentences.push(language.fill(CHANGE_SHARE, &[("share", &share), ("mean", &signed(summary.mean, 3))]));
    language.join(&sentences)
}

/// How much of the model's changes is habit: what it does, too, to those who belong to the target group already. None where that
/// is little, or was not measured.
pub fn habit(language: Language, manifest: &Manifest) -> Option<String> {
    let measured = |name: &str| manifest.training.get("test")?.get(name)?.as_f64();
    let share = measured("identity_error")? / measured("mean_absolute_change").filter(|change| *change > 0.0)?;
    let percent = format!("{:.0}", 100.0 * share.min(1.0));
    (share >= NOTABLE_HABIT).then(|| language.fill(HABIT, &[("share", &percent)]))
}

/// Where a result comes from.
pub fn provenance(language: Language, backend: Backend, seconds: f64) -> String {
    let seconds = format!("{seconds:.1}");
    language.fill(PROVENANCE_BROWSER, &[("device", backend_name(language, backend)), ("seconds", &seconds)])
}

/// Name of a device.
pub fn backend_name(language: Language, backend: Backend) -> &'static str {
    language.text(match backend {
        Backend::Webgpu => ENGINE_WEBGPU,
        Backend::Cpu => ENGINE_CPU,
    })
}

/// How far the device's answer for the reference lies from the native one.
pub fn self_test(language: Language, passed: bool, difference: f32) -> String {
    let key = if passed { ENGINE_SELF_TEST_PASSED } else { ENGINE_SELF_TEST_FAILED };
    language.fill(key, &[("difference", &format!("{difference:.0e}"))])
}

/// What happens now, for the line beside the progress bar.
pub fn stage(language: Language, stage: Stage, bytes: Option<Bytes>) -> String {
    let text = language.text(match stage {
        Stage::Device => STAGE_DEVICE,
        Stage::Download => STAGE_DOWNLOAD,
        Stage::Build => STAGE_BUILD,
        Stage::SelfTest => STAGE_SELF_TEST,
        Stage::Read => STAGE_READ,
        Stage::Template => STAGE_TEMPLATE,
        Stage::Prepare(Step::Resample) => STAGE_PREPARE_RESAMPLE,
        Stage::Prepare(Step::Register) => STAGE_PREPARE_REGISTER,
        Stage::Prepare(Step::Mask) => STAGE_PREPARE_MASK,
        Stage::Prepare(Step::Segment) => STAGE_PREPARE_SEGMENT,
        Stage::Prepare(Step::Sample) => STAGE_PREPARE_SAMPLE,
        Stage::Classify => STAGE_CLASSIFY,
        Stage::Translate => STAGE_TRANSLATE,
        Stage::Reclassify => STAGE_RECLASSIFY,
        Stage::Activation => STAGE_ACTIVATION,
        Stage::Check => STAGE_CHECK,
    });
    match bytes {
        Some(Bytes { done, total }) if total > 0 => {
            let megabytes = |bytes: u64| format!("{:.1}", bytes as f64 / 1e6);
            language.fill(STAGE_BYTES, &[("stage", text), ("done", &megabytes(done)), ("total", &megabytes(total))])
        }
        _ => language.fill(STAGE_GOING, &[("stage", text)]),
    }
}

/// The density that is shown white, at the end of a grey colour bar.
pub fn white_end(white: f64) -> String {
    number(white, if white < 1.0 { 2 } else { 0 })
}

/// The crosshair's place, axis by axis.
pub fn place(mni_mm: [f64; 3]) -> [String; 3] {
    mni_mm.map(|value| format!("{}{THIN}mm", number(value, 0)))
}

/// A place as one: "(−12, 34, 10) mm".
pub fn point([x, y, z]: [f64; 3]) -> String {
    format!("({}, {}, {}){THIN}mm", number(x, 0), number(y, 0), number(z, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::manifest;

    #[test]
    fn numbers_have_true_signs() {
        assert_eq!(number(-1.25, 1), "−1.2");
        assert_eq!(number(-0.001, 2), "0.00");
        assert_eq!(signed(0.2, 1), "+0.2");
        assert_eq!(signed(0.001, 2), "0.00");
        assert_eq!(signed(-0.2, 1), "−0.2");
    }

    #[test]
    fn probabilities_never_claim_certainty() {
        assert_eq!(percent(0.9999), ">\u{202f}99%");
        assert_eq!(percent(0.0), "<\u{202f}1%");
        assert_eq!(percent(0.495), "50%");
    }

    #[test]
    fn verdicts_say_what_happened() {
        let english = Language::ENGLISH;
        let told = |language: Language, after: f32| {
            let target = target(language, Direction::YoungToOld, None);
            verdict(language, Judged { before: 0.1, after, age: None, target: &target })
        };
        assert_eq!(told(english, 0.9), "The model judges this brain young; translated to old age, it is judged old.");
        assert_eq!(
            told(english, 0.2),
            "The model judges this brain young; translated to old age, it is still judged young."
        );
        let japanese = crate::language::tests::language("ja");
        assert_eq!(told(japanese, 0.9), "モデルの判定は「若年」。老年層へ変換すると「老年」に変わります。");
        let (title, detail) = strange(english, "a.nii", Familiarity { distance: 2.5, limit: 1.25 });
        assert!(title.starts_with("No verdict") && detail.contains("2.50; beyond 1.25"), "{detail}");
        assert!(odds(english, 0.9, true).ends_with("judged old") && odds(english, 0.9, false).ends_with("no verdict"));
    }

    #[test]
    fn groups_are_told_by_the_models_own_limits() {
        let mut manifest = manifest();
        let english = "Groups in the training data: young, under 45 years; old, 50 years or over. ";
        assert!(groups(Language::ENGLISH, &manifest).starts_with(english));
        assert_eq!(other_groups(Language::ENGLISH, &manifest), None);
        manifest.data.groups = "40:60".parse().unwrap();
        for language in crate::language::tests::all() {
            let glossary = &crate::lessons::Lessons::of(language).glossary;
            let term = glossary.iter().find(|term| term.id == "young-and-old-groups").unwrap();
            for text in [groups(language, &manifest), with_limits(&term.text, manifest.data.groups)] {
                assert!(text.contains("40") && text.contains("60") && !text.contains("45"), "{text}");
            }
            let thesis = other_groups(language, &manifest).unwrap();
            assert!(thesis.contains("45") && thesis.contains("50"), "{thesis}");
        }
    }

    #[test]
    fn maps_are_told_in_words() {
        let summary =
            ChangeSummary { loss: Some((-0.314, [-12.0, 34.0, 10.0])), gain: None, changed_share: 0.14, mean: -0.0123 };
        let english = Language::ENGLISH;
        let text = change_sentence(english, &summary, |_| None);
        assert!(text.contains("loss: −0.31 at (−12, 34, 10)\u{202f}mm.") && text.contains("14%"), "{text}");
        let text = change_sentence(english, &summary, |_| Some("Insula, left".into()));
        assert!(text.contains("mm, Insula, left."), "{text}");
        assert!(!text.contains("moved"), "{text}");
        let moved = ChangeSummary { gain: Some((0.2, [-12.0, 34.0, 22.0])), ..summary };
        assert!(change_sentence(english, &moved, |_| None).contains("12 mm apart"), "{moved:?}");
        let apart = ChangeSummary { gain: Some((0.2, [-12.0, 34.0, 24.0])), ..summary };
        assert!(!change_sentence(english, &apart, |_| None).contains("apart"), "{apart:?}");
        let nothing = ChangeSummary { loss: None, gain: None, changed_share: 0.0, mean: 0.0 };
        assert_eq!(change_sentence(english, &nothing, |_| None), "The translation changes nothing.");
    }

    #[test]
    fn a_habit_is_told_where_it_is_large() {
        let mut manifest = manifest();
        let mut told = |identity: f64, change: f64| {
            manifest.training = serde_json::json!({
                "test": { "identity_error": identity, "mean_absolute_change": change }
            });
            habit(Language::ENGLISH, &manifest)
        };
        assert!(told(0.056, 0.066).is_some_and(|text| text.contains("85%")));
        assert_eq!((told(0.004, 0.04), told(0.004, 0.0)), (None, None));
    }

    #[test]
    fn a_colour_bar_ends_where_white_begins() {
        assert_eq!([white_end(1.0), white_end(0.75), white_end(0.3)], ["1", "0.75", "0.30"]);
    }

    #[test]
    fn downloads_show_bytes() {
        let english = Language::ENGLISH;
        let text = stage(english, Stage::Download, Some(Bytes { done: 1_500_000, total: 9_000_000 }));
        assert_eq!(text, "Loading the model: 1.5 of 9.0 MB");
        assert_eq!(stage(english, Stage::Translate, None), "Translating…");
        let text = stage(english, Stage::Prepare(Step::Register), None);
        assert_eq!(text, "Aligning the head (registration)…");
    }
}
