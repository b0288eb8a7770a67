//! Every sentence in every language: whole, with all its values.
//!
//! That each language has a text for each code fails the build where it does not hold, so only what the texts say is looked at.

use super::device::{Adapter, DeviceNote};
use super::engine::{Crash, EngineError, FileWarning};
use super::maps::MapsError;
use super::site::{CardError, SiteError, SiteFault};
use super::thrown::Thrown;
use super::{CODES, Sentence};
use crate::dicom::{DicomFault, Remark};
use crate::inputs::ChoiceError;
use crate::language::tests::{has_foreign_sign, has_own_signs, language, translations};
use crate::language::{ERROR_DRAWING, Language, Message};
use crate::origin::FolderError;
use shared::bundle::BundleError;
use shared::explain::{DeviceFault, ExplainError};
use shared::prepare::t1::{Aspect, Measure, Quality, T1Error, TemplateFault, failures};
use shared::told::{Code, Coded, Codes, Told, Value};
use shared::volume::{VolumeError, Warning};
use std::collections::BTreeSet;

fn name() -> String {
    "sub-01_T1w.nii.gz".into()
}

fn listed(codes: &Codes, found: &mut Vec<Code>) {
    found.extend(codes.own);
    codes.inner.iter().copied().flatten().for_each(|inner| listed(inner, found));
}

#[test]
fn every_code_is_told_in_every_language_with_all_its_values() {
    let mut codes = Vec::new();
    CODES.iter().for_each(|kind| listed(kind, &mut codes));
    assert!(codes.len() > 200, "{}", codes.len());
    for (language, Code { name, places }) in pairs(&translations(), &codes) {
        let values: Vec<(String, Value)> =
            places.iter().map(|place| ((*place).to_owned(), Value::Text(format!("[{place}]")))).collect();
        let told = Told { code: name.to_owned(), english: "an English sentence".into(), values };
        let text = language.tell(&Sentence(told));
        assert!(places.iter().all(|place| text.contains(&format!("[{place}]"))), "{name}: {text}");
        let words = places.iter().fold(text.clone(), |rest, place| rest.replace(&format!("[{place}]"), ""));
        let passes_on = words.trim_matches([':', '：', '。', ' ']).is_empty();
        assert!(passes_on || !has_own_signs(language) || has_foreign_sign(&words), "{language:?}, {name}: {text}");
        assert!(!text.contains(['{', '}']) && !text.contains("an English sentence"), "{name}: {text}");
    }
}

fn pairs<A: Copy, B: Copy>(first: &[A], second: &[B]) -> Vec<(A, B)> {
    first.iter().flat_map(|a| second.iter().map(|b| (*a, *b))).collect()
}

#[test]
fn a_code_of_another_version_is_told_in_english() {
    for language in translations() {
        let told = Told { code: "not.yet".into(), english: "It is new.".into(), values: Vec::new() };
        assert_eq!(language.tell(&Sentence(told)), "It is new.");
    }
}

/// One of each sentence that is made here.
fn examples() -> Vec<Sentence> {
    let adapter = || Adapter::Named { name: "intel gen-12".into() };
    let again = |reason| SiteError::Again { name: "template/a.nii.gz".into(), reason };
    let device = || DeviceFault::Other { detail: "lost".into() };
    let mut all: Vec<Sentence> = [
        ChoiceError::TooLarge { name: name(), megabytes: 600 },
        ChoiceError::Empty { name: name() },
        ChoiceError::None,
        ChoiceError::NeedsImage { name: name() },
        ChoiceError::NeedsHeader { name: name() },
        ChoiceError::Dicom { name: name() },
        ChoiceError::OtherName { name: name() },
        ChoiceError::Several { count: 3 },
    ]
    .map(Sentence::from)
    .into();
    all.extend(
        [
            DeviceNote::Asked,
            DeviceNote::NoTimestamps { adapter: Adapter::Unnamed },
            DeviceNote::Software { adapter: adapter() },
            DeviceNote::NotStarted { detail: "no memory".into() },
            DeviceNote::NoAdapter,
            DeviceNote::NoWebgpu,
            DeviceNote::failed(adapter(), ExplainError::NotFinite.into()),
            DeviceNote::failed(adapter(), ExplainError::Device { reason: device() }.into()),
            DeviceNote::failed(adapter(), EngineError::SelfTest { difference: 0.25, allowed: 1e-3 }),
            DeviceNote::stopped(adapter(), ExplainError::NotFinite),
            DeviceNote::stopped(adapter(), ExplainError::Device { reason: DeviceFault::NoAnswer }),
            DeviceNote::stopped(adapter(), ExplainError::Shape { found: [1; 3], expected: [2; 3] }),
        ]
        .map(Sentence::from),
    );
    all.extend(
        [
            EngineError::NoModel,
            EngineError::Unreadable { name: name() },
            EngineError::Incomplete { name: name() },
            EngineError::BundleTooLarge { total: 1 << 40 },
            EngineError::OtherModel { name: name(), own: "a".into(), model: "m".into(), other: "b".into() },
            EngineError::NotChecked { name: name() },
            EngineError::TemplateIncomplete,
            EngineError::TemplateDamaged { reason: TemplateFault::Grids },
            EngineError::OfImage { name: name(), reason: ExplainError::NotFinite },
            EngineError::UnknownRequest,
        ]
        .map(Sentence::from),
    );
    all.extend(
        [
            again(SiteFault::BrokenOff),
            again(SiteFault::Lost),
            again(SiteFault::NotFetched),
            again(SiteFault::NotHere),
            again(SiteFault::NoWindow),
            again(SiteFault::Status { status: 404 }),
            again(SiteFault::NoContent),
            again(SiteFault::Unreadable),
            again(SiteFault::NotRead),
            again(SiteFault::TooLarge),
            SiteError::Reload { name: "models/index.json".into(), reason: SiteFault::NotRead },
            SiteError::Export { name: "models/index.json".into(), detail: "expected value".into() },
            SiteError::AtlasNoText,
            SiteError::TemplateOther,
        ]
        .map(Sentence::from),
    );
    all.extend(
        [
            FolderError::Empty,
            FolderError::NoManifest { name: "models".into() },
            FolderError::Missing { path: "mask.nii.gz".into() },
            FolderError::TooLarge { path: "mask.nii.gz".into() },
            FolderError::Unreadable { path: "mask.nii.gz".into() },
        ]
        .map(Sentence::from),
    );
    all.extend([Crash::Panic { detail: "out of memory".into() }, Crash::Unknown].map(Sentence::from));
    all.extend(Thrown::CODES.own.iter().map(|code| Thrown::of(Some(code.name), "WebGL".into()).into()));
    all.extend(DicomFault::CODES.own.iter().map(|code| {
        let values = ["file", "files", "found", "expected", "limit"].map(|key| (key.to_owned(), "7".into()));
        let remark = Remark { code: code.name.to_owned(), values: values.into_iter().collect(), serious: true };
        Sentence::from(remark.told("3_T1.nii"))
    }));
    let role = || "mask".to_owned();
    all.push(CardError::NoFile { role: role() }.into());
    all.push(CardError::NoFileOfSample { role: role(), sample: "mean-old".into() }.into());
    let (found, expected) = ([1, 2, 3], [4, 5, 6]);
    all.push(MapsError::OtherGrid { name: "cam".into(), found, other: "original".into(), expected }.into());
    all.push(MapsError::TruthOnOtherGrid { name: "truth".into(), found, expected }.into());
    all.push(MapsError::Orientation { name: "original".into() }.into());
    all.push(FileWarning { name: name(), warning: Warning::NoForm }.into());
    all
}

#[test]
fn every_sentence_of_the_page_holds_its_values_in_english() {
    let mut seen = BTreeSet::new();
    for sentence in examples() {
        look(sentence.told(), &mut seen);
    }
    for codes in [
        ChoiceError::CODES,
        DeviceNote::CODES,
        DicomFault::CODES,
        EngineError::CODES,
        FolderError::CODES,
        SiteError::CODES,
        Crash::CODES,
        Thrown::CODES,
        CardError::CODES,
        MapsError::CODES,
        FileWarning::CODES,
    ] {
        codes.own.iter().for_each(|code| assert!(seen.contains(code.name), "no example of {}", code.name));
    }
}

fn look(told: &Told, seen: &mut BTreeSet<String>) {
    for (place, value) in &told.values {
        let part = match value {
            Value::Text(text) => text,
            Value::Told(inner) => {
                look(inner, seen);
                &inner.english
            }
            Value::List(_) => continue,
        };
        assert!(told.english.contains(part), "{}: {place} is `{part}`, but it says: {}", told.code, told.english);
    }
    seen.insert(told.code.clone());
}

#[test]
fn sentences_are_told_with_their_parts() {
    let japanese = |said: Sentence| language("ja").tell(&said);
    let english = |said: Sentence| Language::ENGLISH.tell(&said);
    let warning = || Sentence::from(FileWarning { name: name(), warning: Warning::Intercept { value: 7.5 } });
    assert_eq!(english(warning()), "sub-01_T1w.nii.gz: scl_inter is 7.5; 0 is used.");
    assert_eq!(japanese(warning()), "sub-01_T1w.nii.gz：scl_interが7.5なので、0を使いました。");

    let cut = VolumeError::Truncated { name: name(), expected_bytes: 480, found_bytes: 400 };
    assert_eq!(
        japanese(EngineError::from(cut).into()),
        "sub-01_T1w.nii.gz：ファイルが途中で終わっています。480バイト必要ですが、多くても400バイトしかありません。もう一度コピー\
         またはダウンロードしてください"
    );

    let measure = |aspect: Aspect, value, low, high| Measure {
        name: aspect.name().into(),
        value,
        low,
        high,
        good: 1.0,
        meaning: String::new(),
    };
    let measures = vec![
        measure(Aspect::BrainSimilarity, 0.21, Some(0.45), None),
        measure(Aspect::Shear, 0.4, None, Some(0.15)),
        measure(Aspect::Coverage, f64::NAN, Some(0.88), None),
    ];
    let reasons = failures(&measures).iter().map(ToString::to_string).collect();
    let quality = Box::new(Quality { passed: false, score: 0.0, measures, reasons });
    let error = EngineError::from(T1Error::Quality { name: name(), quality });
    assert!(error.to_string().contains("(brain similarity: 0.21; at least 0.45 is needed); the head would be sheared"));
    let said = japanese(error.into());
    assert!(said.contains("（脳の類似度：0.21、必要な値：0.45以上）；頭部がせん断変形"), "{said}");
    assert!(said.contains("0.15以下") && said.contains("数値ではありません"), "{said}");

    let failed = DeviceNote::failed(Adapter::Unnamed, BundleError::from(ExplainError::NotFinite).into());
    assert!(japanese(failed.into()).starts_with("名前のないアダプターのWebGPUは使えませんでした（計算結果が"));
}

#[test]
fn a_reason_inside_a_text_of_the_page_ends_without_its_full_stop() {
    let reason = Sentence::from(Thrown::NoBody { detail: "no WebGL".into() });
    let told = Message::because(ERROR_DRAWING, reason).told(Language::ENGLISH);
    assert_eq!(
        told,
        "The maps could not be drawn: This graphics device cannot draw the brain in 3-D (no WebGL). The slices still \
         work. Reload the page."
    );
}
