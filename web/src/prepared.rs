//! What the preparation of a raw T1 image gave, as the page tells it: quality in words and numbers, names of files.

use crate::inputs::stem;
use crate::language::*;
use crate::told::Sentence;
use crate::wording::number;
use shared::prepare::t1::{Aspect, Content, Found, Meaning, Measure, Quality};

/// A prepared map.
pub struct PreparedMap {
    /// For people.
    pub label: Key,
    /// End of its file's name, as the native program has it.
    end: &'static str,
}

/// The prepared maps, in the order of their files in a message.
pub const MAPS: [PreparedMap; 5] = [
    PreparedMap { label: PREPARATION_MAP_GM, end: "label-GM_probseg" },
    PreparedMap { label: PREPARATION_MAP_WM, end: "label-WM_probseg" },
    PreparedMap { label: PREPARATION_MAP_CSF, end: "label-CSF_probseg" },
    PreparedMap { label: PREPARATION_MAP_MASK, end: "desc-brain_mask" },
    PreparedMap { label: PREPARATION_MAP_T1, end: "desc-preproc_T1w" },
];

impl PreparedMap {
    /// Name of the file, from that of the image it was made of.
    pub fn file_name(&self, image: &str) -> String {
        let stem = stem(image);
        // A map of grey matter is no T1 image any more.
        let stem = stem.strip_suffix("_T1w").filter(|rest| !rest.is_empty()).unwrap_or(stem);
        format!("{stem}_space-MNI152NLin2009aSym_res-2_{}.nii", self.end)
    }
}

/// One measure of the quality as the table shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    pub value: String,
    pub limits: String,
    pub meaning: String,
    pub passed: bool,
}

/// All measures, those that failed first.
pub fn rows(language: Language, quality: &Quality) -> Vec<Row> {
    // Of another version's measure the file's own English is told.
    let name = |measure: &Measure| match Aspect::of(measure) {
        Some(aspect) => language.tell(&aspect.into()),
        None => Measure::name_in_words(&measure.name),
    };
    let meaning = |measure: &Measure| match Aspect::of(measure) {
        Some(aspect) => language.tell(&Meaning(aspect).into()),
        None => measure.meaning.clone(),
    };
    let row = |measure: &Measure| Row {
        name: as_heading(name(measure)),
        value: significant(measure.value),
        limits: limits(language, measure.low, measure.high),
        meaning: meaning(measure),
        passed: measure.passed(),
    };
    let (passed, mut rows): (Vec<Row>, Vec<Row>) = quality.measures.iter().map(row).partition(|row| row.passed);
    rows.extend(passed);
    rows
}

/// Whether the preparation can be used, as a heading.
pub fn heading(language: Language, quality: &Quality) -> &'static str {
    language.text(if quality.passed { PREPARATION_PASSED } else { PREPARATION_FAILED })
}

/// What was done to the image, and how well.
pub fn detail(language: Language, name: &str, seconds: f64, score: f64) -> String {
    let values = [("name", name), ("seconds", &format!("{seconds:.0}")), ("score", &readable(score))];
    language.fill(PREPARATION_DETAIL, &values)
}

/// What the image was found to be.
pub fn found(language: Language, found: Found) -> String {
    let what = language.text(match found.content {
        Content::Head => PREPARATION_FOUND_HEAD,
        Content::StrippedBrain => PREPARATION_FOUND_BRAIN,
        Content::Slab => PREPARATION_FOUND_SLAB,
    });
    match found.in_mni_space && found.content != Content::Slab {
        true => language.join(&[what, language.text(PREPARATION_FOUND_MNI)]),
        false => what.to_owned(),
    }
}

/// The sentence about the preparation for a result made from it.
pub fn provenance(language: Language, score: f64) -> String {
    language.fill(PROVENANCE_PREPARED, &[("score", &readable(score))])
}

/// The QC picture in words, for those who cannot see it.
pub fn picture_in_words(language: Language, name: &str, quality: &Quality, reasons: &[Sentence]) -> String {
    let reasons: Vec<String> = reasons.iter().map(|reason| language.tell(reason)).collect();
    match quality.passed {
        true => language.fill(PREPARATION_PICTURE_PASSED, &[("name", name)]),
        false => language
            .fill(PREPARATION_PICTURE_FAILED, &[("name", name), ("reasons", &reasons.join(language.text(SEPARATOR)))]),
    }
}

/// A quality that a message can hold: JSON has no word for a value that is no number. What such a measure means for
/// the image stands among the reasons.
pub fn sendable(mut quality: Quality) -> Quality {
    quality.measures.retain(|measure| measure.value.is_finite());
    if !quality.score.is_finite() {
        quality.score = 0.0;
    }
    quality
}

/// Never rounded up: 0.997 is not 1.
fn readable(score: f64) -> String {
    number((score * 100.0).floor() / 100.0, 2)
}

/// "registration similarity" → "Registration similarity".
fn as_heading(mut words: String) -> String {
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// Three significant digits or all before the point.
fn significant(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    number(value, decimals)
}

fn limits(language: Language, low: Option<f64>, high: Option<f64>) -> String {
    // Limits are chosen by people: as short as they were written.
    let short = |limit: f64| number(limit, (0..4).find(|&digits| is_round(limit, digits)).unwrap_or(4) as usize);
    match (low, high) {
        (Some(low), Some(high)) => language.fill(PREPARATION_BETWEEN, &[("low", &short(low)), ("high", &short(high))]),
        (Some(low), None) => language.fill(PREPARATION_AT_LEAST, &[("low", &short(low))]),
        (None, Some(high)) => language.fill(PREPARATION_AT_MOST, &[("high", &short(high))]),
        (None, None) => language.text(NONE).to_owned(),
    }
}

fn is_round(value: f64, decimals: i32) -> bool {
    let scaled = value * 10f64.powi(decimals);
    (scaled - scaled.round()).abs() < 1e-6
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::prepare::t1::failures;

    fn measure(name: &str, value: f64, low: Option<f64>, high: Option<f64>) -> Measure {
        Measure { name: name.into(), value, low, high, good: 1.0, meaning: "what it is".into() }
    }

    fn quality(measures: Vec<Measure>) -> Quality {
        let passed = measures.iter().all(Measure::passed);
        Quality { passed, score: 0.8766, measures, reasons: vec!["too small".into()] }
    }

    #[test]
    fn files_are_named_as_the_native_program_names_them() {
        let names = ["sub-01_T1w.nii.gz", "sub-01.hdr", "sub-01.nii"].map(|name| MAPS[0].file_name(name));
        assert!(names.iter().all(|name| name == "sub-01_space-MNI152NLin2009aSym_res-2_label-GM_probseg.nii"));
        assert!(MAPS[4].file_name("_T1w.nii").starts_with("_T1w_space"));
    }

    #[test]
    fn failed_measures_come_first_and_all_have_their_limits() {
        let quality = quality(vec![
            measure("brain_volume_ml", 1432.4, Some(900.0), Some(2100.0)),
            measure("tilt", -0.04, None, Some(0.35)),
            measure("registration_similarity", 0.21, Some(0.5), None),
        ]);
        let rows = rows(Language::ENGLISH, &quality);
        assert_eq!((rows[0].name.as_str(), rows[0].passed), ("Registration similarity", false));
        let numbers = rows.iter().map(|row| (row.value.as_str(), row.limits.as_str())).collect::<Vec<_>>();
        assert_eq!(numbers, [("0.210", "at least 0.5"), ("1432", "900 to 2100"), ("−0.040", "at most 0.35")]);
        assert!(heading(Language::ENGLISH, &quality).contains("failed"));
        let reasons: Vec<Sentence> = failures(&quality.measures).into_iter().map(Sentence::from).collect();
        let words = picture_in_words(Language::ENGLISH, "a.nii", &quality, &reasons);
        assert!(words.contains("failed: the head could not be aligned"), "{words}");
    }

    #[test]
    fn what_an_image_is_is_told() {
        let told = |content, in_mni_space| found(Language::ENGLISH, Found { content, in_mni_space });
        assert!(told(Content::Head, false).ends_with("skull."));
        assert!(told(Content::StrippedBrain, true).contains("without its skull. It was already in MNI152"));
        assert!(told(Content::Slab, true).contains("slices") && !told(Content::Slab, true).contains("It was already"));
    }

    #[test]
    fn scores_are_not_rounded_up() {
        assert!(detail(Language::ENGLISH, "a.nii", 12.0, 0.8766).contains("score 0.87:"));
        assert!(provenance(Language::ENGLISH, 0.9999).contains("score 0.99)"));
    }

    #[test]
    fn values_that_are_no_numbers_are_left_out_of_messages() {
        let sent = sendable(quality(vec![measure("a", f64::NAN, None, None), measure("b", 0.5, None, None)]));
        assert_eq!(sent.measures.len(), 1);
        assert!(!sent.passed, "the judgement stays");
        let text = serde_json::to_string(&sent).unwrap();
        assert_eq!(serde_json::from_str::<Quality>(&text).unwrap(), sent);
    }
}
