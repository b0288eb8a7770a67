//! All sentences with numbers in them: what the user reads about a result, its progress and its device.

use crate::maps::ChangeSummary;
use crate::protocol::{Backend, Bytes, Stage};
use shared::explain::Direction;
use shared::prepare::t1::Step;

/// Minus sign of typography; a hyphen is hard to see before a number.
const MINUS: char = '\u{2212}';
/// Space that neither breaks nor stretches, between number and unit.
pub(crate) const THIN: char = '\u{202f}';

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
    match probability {
        p if p < 0.01 => format!("<{THIN}1{THIN}%"),
        p if p > 0.99 => format!(">{THIN}99{THIN}%"),
        p => format!("{:.0}{THIN}%", p * 100.0),
    }
}

/// The class that a probability of "old" means.
pub fn class(probability_old: f32) -> &'static str {
    if probability_old < 0.5 { "young" } else { "old" }
}

/// "young → old".
pub fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::YoungToOld => "young → old",
        Direction::OldToYoung => "old → young",
    }
}

/// What the classifier says before and after, as a heading.
pub fn verdict(before: f32, after: f32) -> String {
    match (class(before), class(after)) {
        (same, again) if same == again => format!("Judged {same}, and still {again} after the translation"),
        (first, then) => format!("Judged {first}; after the translation, {then}"),
    }
}

/// What the verdict means for the explanation.
pub fn verdict_detail(before: f32, after: f32, towards: Direction) -> String {
    let target = match towards {
        Direction::YoungToOld => "old",
        Direction::OldToYoung => "young",
    };
    let translation = direction(towards);
    let reached = class(after) == target;
    let meaning = match (reached, class(before) == target) {
        (_, true) => "The image was on that side already, so the changes only go further.",
        (true, false) => "The changes below were enough to change the classifier’s mind.",
        (false, false) => "The changes below were not enough to change the classifier’s mind.",
    };
    format!("Translated {translation}. {meaning}")
}

/// The maps in words, for those who cannot or need not see them.
pub fn change_sentence(summary: &ChangeSummary) -> String {
    let place = |[x, y, z]: [f64; 3]| format!("({}, {}, {}){THIN}mm", number(x, 0), number(y, 0), number(z, 0));
    let told = |name: &str, (change, at)| format!("Largest {name}: {} at {}.", signed(f64::from(change), 2), place(at));
    let size = |change: Option<(f32, _)>| change.map_or(0.0, |(change, _)| change.abs());
    let mut sentences: Vec<String> =
        [summary.loss.map(|loss| told("loss", loss)), summary.gain.map(|gain| told("gain", gain))]
            .into_iter()
            .flatten()
            .collect();
    if size(summary.gain) > size(summary.loss) {
        sentences.reverse();
    }
    if sentences.is_empty() {
        return "The translation changes nothing.".to_owned();
    }
    sentences.push(format!(
        "{:.0}{THIN}% of the voxels with grey matter change by more than 0.05; the mean change is {}.",
        summary.changed_share * 100.0,
        signed(summary.mean, 3)
    ));
    sentences.join(" ")
}

/// Where a result comes from.
pub fn provenance(backend: Backend, seconds: f64) -> String {
    format!("Computed in this browser on {} in {seconds:.1}{THIN}s", backend_name(backend))
}

/// Name of a device.
pub fn backend_name(backend: Backend) -> &'static str {
    match backend {
        Backend::Webgpu => "WebGPU",
        Backend::Cpu => "CPU",
    }
}

/// What happens now, for the line beside the progress bar.
pub fn stage(stage: Stage, bytes: Option<Bytes>) -> String {
    let text = match stage {
        Stage::Device => "Starting the device",
        Stage::Download => "Fetching the model",
        Stage::Build => "Checking and building the model",
        Stage::SelfTest => "Self-test against the native result",
        Stage::Read => "Reading the image",
        Stage::Template => "Fetching the standard brain",
        Stage::Prepare(step) => preparation_step(step),
        Stage::Classify => "Classifying",
        Stage::Translate => "Translating",
        Stage::Reclassify => "Classifying the translation",
        Stage::Activation => "Computing Grad-CAM",
    };
    match bytes {
        Some(Bytes { done, total }) if total > 0 => {
            let megabytes = |bytes: u64| bytes as f64 / 1e6;
            format!("{text}: {:.1} of {:.1}{THIN}MB", megabytes(done), megabytes(total))
        }
        _ => format!("{text}…"),
    }
}

/// A step of the preparation of a raw T1 image.
fn preparation_step(step: Step) -> &'static str {
    match step {
        Step::Resample => "Preparing the raw T1",
        Step::Register => "Finding the head’s place (registration)",
        Step::Mask => "Finding the brain in the head",
        Step::Segment => "Telling grey matter, white matter and fluid apart",
        Step::Sample => "Sampling in MNI space and checking the quality",
    }
}

/// The crosshair's place.
pub fn place(mni_mm: [f64; 3]) -> [String; 3] {
    mni_mm.map(|value| format!("{}{THIN}mm", number(value, 0)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(percent(0.9999), ">\u{202f}99\u{202f}%");
        assert_eq!(percent(0.0), "<\u{202f}1\u{202f}%");
        assert_eq!(percent(0.495), "50\u{202f}%");
    }

    #[test]
    fn verdicts_say_what_happened() {
        assert_eq!(verdict(0.1, 0.9), "Judged young; after the translation, old");
        assert_eq!(verdict(0.1, 0.2), "Judged young, and still young after the translation");
        assert!(verdict_detail(0.1, 0.9, Direction::YoungToOld).contains("enough to change"));
        assert!(verdict_detail(0.1, 0.2, Direction::YoungToOld).contains("not enough"));
        assert!(verdict_detail(0.8, 0.9, Direction::YoungToOld).contains("already"));
    }

    #[test]
    fn maps_are_told_in_words() {
        let summary =
            ChangeSummary { loss: Some((-0.314, [-12.0, 34.0, 10.0])), gain: None, changed_share: 0.14, mean: -0.0123 };
        let text = change_sentence(&summary);
        assert!(text.contains("loss: −0.31 at (−12, 34, 10)\u{202f}mm.") && text.contains("14\u{202f}%"), "{text}");
        let nothing = ChangeSummary { loss: None, gain: None, changed_share: 0.0, mean: 0.0 };
        assert_eq!(change_sentence(&nothing), "The translation changes nothing.");
    }

    #[test]
    fn downloads_show_bytes() {
        let text = stage(Stage::Download, Some(Bytes { done: 1_500_000, total: 9_000_000 }));
        assert_eq!(text, "Fetching the model: 1.5 of 9.0\u{202f}MB");
        assert_eq!(stage(Stage::Translate, None), "Translating…");
        assert_eq!(stage(Stage::Prepare(Step::Register), None), "Finding the head’s place (registration)…");
    }
}
