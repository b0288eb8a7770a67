//! Nothing that a visitor may read is forgotten in another language, and no sentence is taken for another.
//!
//! English sentences stand where they are made: in the model crate, the worker and the manifests. These tests read the
//! sources for them, and make some of them, so that a new sentence fails here until `said.*.json` knows it.

mod source_tests;

use crate::inputs::one_image;
use crate::language::Language;
use shared::bundle::{Manifest, Sample};
use shared::explain::Atlas;
use shared::prepare::t1::{Measure, Options, Quality, Silent, T1Error, Template, prepare_t1};
use shared::prepare::{check_version, description, fit_to_grid};
use shared::volume::{Affine, Grid, Volume, read_nifti, write_nifti, write_nifti_gz};
use source_tests::{Literal, literals, sources};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// A name as users give files.
const NAME: &str = "sub-01_T1w.nii.gz";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Whether the form is known and no English words are left: those of its parts are known too.
fn is_said(sentence: &str) -> bool {
    /// So many English words in a row are no command and no name.
    const WORDS: usize = 3;
    let said = Language::Japanese.say(sentence);
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let words: Vec<&str> = said.split(' ').collect();
    Language::Japanese.knows(sentence) && !words.windows(WORDS).any(|words| words.iter().all(is_word))
}

fn assert_said(what: &str, sentence: &str) {
    let said = Language::Japanese.say(sentence);
    assert!(is_said(sentence), "{what}: said.*.json lack the form of “{sentence}” or of a part of it: “{said}”");
}

/// A form or format with a word in each place, which is given its name.
fn filled(form: &str, word: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').expect("a closing brace");
        text += before;
        text += &word(name);
        rest = after;
    }
    text + rest
}

fn has_words(form: &str) -> bool {
    filled(form, |_| String::new()).chars().any(char::is_alphabetic)
}

#[test]
fn errors_of_the_model_crate_are_known() {
    const MARK: &str = "#[error(";
    let mut only_places = Vec::new();
    let mut known = 0;
    // Made heads are not for the page.
    let of_the_page = |(path, _): &(String, String)| !path.contains("/heads/");
    for (path, source) in sources(&repository().join("shared/src")).into_iter().filter(of_the_page) {
        let all = literals(&source);
        let errors: Vec<&Literal> = all.iter().filter(|literal| literal.before.ends_with(MARK)).collect();
        let written = source.matches(MARK).count() - source.matches("#[error(transparent)]").count();
        assert_eq!(errors.len(), written, "{path}: an error without a literal");
        for error in errors {
            if has_words(&error.text) {
                assert_said(&path, &filled(&error.text, |_| "word".into()));
                known += 1;
            } else {
                only_places.push(error.text.clone());
            }
        }
    }
    // Its reasons are literals of their own.
    assert_eq!(only_places, ["{name}: {reason}"]);
    assert!(known > 40, "{known} errors: were all sources read?");
}

#[test]
fn reasons_and_meanings_in_the_model_crate_are_known() {
    /// Words of the exported tables, which stay English; and parts of one sentence, which is made below.
    const NOT_ALONE: [&str; 6] =
        [" is ", " x ", "deep grey matter", "at least {low} is needed", "at most {high} is allowed", "not a number"];
    for part in ["bundle", "explain", "prepare", "volume"] {
        for (path, source) in sources(&repository().join("shared/src").join(part)) {
            for Literal { text, .. } in literals(&source) {
                let is_sentence = text.matches(' ').count() >= 2 && has_words(&text);
                if is_sentence && !NOT_ALONE.contains(&text.as_str()) {
                    let said = filled(&text, |_| "word".into());
                    // The worker puts the file's name before some, and a full stop behind warnings.
                    let forms = [said.clone(), format!("{NAME}: {said}"), format!("{NAME}: {said}.")];
                    assert!(forms.iter().any(|form| is_said(form)), "{path}: said.*.json lack the form of “{said}”");
                }
            }
        }
    }
}

#[test]
fn names_of_measures_are_known() {
    let source = std::fs::read_to_string(repository().join("shared/src/prepare/t1/control.rs")).unwrap();
    let is_name = |text: &str| text.len() > 1 && text.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
    let names: Vec<String> =
        literals(&source).into_iter().map(|literal| literal.text).filter(|text| is_name(text)).collect();
    assert!(names.len() >= 13, "{names:?}");
    for name in names {
        let name = Measure::name_in_words(&name);
        assert_said("in reasons", &name);
        assert_said("in the table", &format!("{}{}", name[..1].to_uppercase(), &name[1..]));
    }
}

#[test]
fn sentences_of_page_and_worker_are_known() {
    /// Calls that make a reason of their argument.
    const REASONS: [&str; 4] = ["failed(", "failed(&format!(", "from_str(", "from_str(&format!("];
    let mut known = 0;
    for (path, source) in sources(&repository().join("web/src")) {
        for Literal { before, text } in literals(&source) {
            let is_sentence = text.ends_with('.') && text.matches(' ').count() >= 2;
            let is_reason = text.contains(' ') && REASONS.iter().any(|call| before.ends_with(call));
            if (is_sentence || is_reason) && has_words(&text) {
                assert_said(&path, &filled(&text, |_| "word".into()));
                known += 1;
            }
        }
    }
    assert!(known > 25, "{known} sentences: were all sources read?");
}

#[test]
fn errors_of_the_viewer_are_known() {
    let mut known = 0;
    for entry in std::fs::read_dir(repository().join("web/viewer/src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        let source = std::fs::read_to_string(&path).unwrap();
        for line in source.lines().filter(|line| line.contains("Error(") || line.contains("failure(")) {
            let texts = line.split(['\'', '`']).skip(1).step_by(2);
            for text in texts.filter(|text| text.ends_with('.') && text.contains(' ')) {
                assert_said(&name, &filled(&text.replace("${", "{"), |_| "word".into()));
                known += 1;
            }
        }
    }
    assert!(known > 2, "{known} errors: were all sources read?");
}

#[test]
fn limits_in_manifests_to_come_are_known() {
    let source = std::fs::read_to_string(repository().join("trainer/src/evaluation/limits.rs")).unwrap();
    let limits: Vec<String> =
        literals(&source).into_iter().map(|literal| literal.text).filter(|text| text.ends_with('.')).collect();
    assert!(limits.len() >= 5, "{limits:?}");
    for limit in limits {
        assert_said("limits.rs", &filled(&limit, |_| "word".into()));
    }
}

#[test]
fn texts_of_the_shipped_bundles_are_known() {
    let folder = repository().join("static/models");
    let read =
        |path: &str| std::fs::read_to_string(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let listed: Vec<serde_json::Value> = serde_json::from_str(&read("index.json")).unwrap();
    assert!(!listed.is_empty());
    for entry in listed {
        let (id, title) = (entry["id"].as_str().unwrap(), entry["title"].as_str().unwrap());
        let manifest: Manifest = serde_json::from_str(&read(&format!("{id}/manifest.json"))).unwrap();
        let limits = manifest.training["limits"].as_array().cloned().unwrap_or_default();
        let mut texts: Vec<String> = limits.iter().map(|limit| limit.as_str().unwrap().to_owned()).collect();
        assert!(!texts.is_empty(), "{id}: has no limits");
        // Names of cohorts are their owners': known for those that are shipped, and asked for here.
        let Manifest { data, samples, .. } = manifest;
        texts.extend([title.to_owned(), manifest.title, manifest.not_for_diagnosis]);
        texts.extend([data.description, data.license, data.split]);
        texts.extend(samples.into_iter().map(|Sample { title, .. }| title));
        texts.iter().for_each(|text| assert_said(id, text));
    }
}

#[test]
fn titles_of_samples_to_come_are_known() {
    for group in ["young", "old"] {
        for title in [
            format!("Phantom PH0008, {group}, held out"),
            format!("Mean of 80 {group} people"),
            format!("Mean of 80 {group} phantoms, sites balanced"),
            format!("Mean of the 7 held-out {group} people judged {group}"),
        ] {
            assert_said("samples", &title);
            assert!(Language::Japanese.say(&title).contains(if group == "young" { "若年" } else { "老年" }));
        }
    }
}

#[test]
fn each_form_is_taken_for_itself() {
    let read = |json: &str| -> BTreeMap<String, String> { serde_json::from_str(json).unwrap() };
    let english = read(include_str!("../languages/said.en.json"));
    let japanese = read(include_str!("../languages/said.ja.json"));
    for (key, form) in &english {
        for word in [|name: &str| format!("[{name}]"), |_: &str| NAME.to_owned(), |_: &str| "0.12".to_owned()] {
            let (sentence, expected) = (filled(form, word), filled(&japanese[key], word));
            assert_eq!(Language::Japanese.say(&sentence), expected, "{key}: {sentence}");
        }
        let is_japanese = |letter: char| ('\u{3040}'..='\u{9fff}').contains(&letter);
        assert!(japanese[key].chars().any(is_japanese), "{key}: {}", japanese[key]);
    }
}

#[test]
fn wrong_choices_of_files_are_told() {
    let names: [&[&str]; 7] =
        [&[], &["a.hdr"], &["a.img"], &["a.dcm"], &["a.png"], &["a.nii", "b.nii"], &["a.nii", "b.txt"]];
    let files = |names: &[&str], bytes| names.iter().map(|&name| (name.to_owned(), bytes)).collect::<Vec<_>>();
    for files in
        names.map(|names| files(names, 1000.0)).into_iter().chain([0.0, 1e12].map(|bytes| files(&[NAME], bytes)))
    {
        assert_said("files", &one_image(&files).unwrap_err());
    }
}

fn small_volume() -> Volume {
    let data = (0..32).map(|index| index as f32 / 32.0).collect();
    Volume { shape: [4, 4, 2], data, world_from_voxel: Affine::from_spacing_origin([2.0; 3], [-4.0; 3]) }
}

/// A file with other bytes at some places of its header.
fn changed(changes: &[(usize, &[u8])]) -> Vec<u8> {
    let mut bytes = write_nifti(&small_volume(), "");
    for (at, value) in changes {
        bytes[*at..at + value.len()].copy_from_slice(value);
    }
    bytes
}

#[test]
fn broken_files_are_told_with_their_reasons() {
    let gzip = write_nifti_gz(&small_volume(), "").unwrap();
    let mut wrong_sum = gzip.clone();
    *wrong_sum.iter_mut().nth_back(5).unwrap() ^= 1;
    let mut dicom = vec![0; 200];
    dicom[128..132].copy_from_slice(b"DICM");
    let mut nifti2 = vec![0; 540];
    nifti2[..4].copy_from_slice(&540i32.to_le_bytes());
    let mut by_text_mode = nifti2.clone();
    by_text_mode[4..12].copy_from_slice(b"n+2\0\n\n\n\n");
    let cases: [(&str, Vec<u8>); 19] = [
        ("empty", Vec::new()),
        ("DICOM", dicom),
        ("text", b"subject,age\n1,20\n".to_vec()),
        ("anything", vec![0xff; 400]),
        ("Analyze", changed(&[(344, &[0; 4])])),
        ("no mark", nifti2),
        ("text mode", by_text_mode),
        ("gzip cut", gzip[..gzip.len() / 2].to_vec()),
        ("gzip sum", wrong_sum),
        ("cut", changed(&[])[..400].to_vec()),
        ("offset", changed(&[(108, &(-1f32).to_le_bytes())])),
        ("no dimensions", changed(&[(40, &[0; 2])])),
        ("no length", changed(&[(42, &[0; 2])])),
        ("unknown type", changed(&[(70, &9999i16.to_le_bytes())])),
        ("RGB", changed(&[(70, &128i16.to_le_bytes())])),
        ("large", changed(&[(42, &[0xff, 0x7f, 0xff, 0x7f, 0xff, 0x7f])])),
        ("header alone", changed(&[(344, b"ni1\0")])),
        ("4-D", changed(&[(40, &[4, 0, 4, 0, 2, 0, 2, 0, 2, 0])])),
        ("no number", changed(&[(352, &f32::NAN.to_le_bytes())])),
    ];
    for (what, bytes) in cases {
        let error = read_nifti(NAME, &bytes, None).and_then(|image| image.into_volume().map(drop));
        assert_said(what, &error.expect_err(what).to_string());
    }
}

#[test]
fn warnings_about_files_are_told() {
    let cases: [(&str, Vec<u8>); 6] = [
        ("offset", changed(&[(108, &[0; 4])])),
        ("intercept", changed(&[(116, &f32::NAN.to_le_bytes())])),
        ("no form", changed(&[(252, &[0; 4])])),
        ("flat form", changed(&[(280, &[0; 48])])),
        ("two places", changed(&[(268, &50f32.to_le_bytes())])),
        ("metres", changed(&[(123, &[1])])),
    ];
    for (what, bytes) in cases {
        let image = read_nifti(NAME, &bytes, None).unwrap();
        assert!(!image.warnings.is_empty(), "{what}");
        // As the worker posts them.
        image.warnings.iter().for_each(|warning| assert_said(what, &format!("{NAME}: {warning}.")));
    }
}

fn shipped(folder: &str, name: &str) -> Vec<u8> {
    std::fs::read(repository().join("static").join(folder).join(name)).expect(name)
}

/// Why a scan cannot be prepared; such are refused at once.
fn refusal(scan: &Volume, template: &Template) -> T1Error {
    let mut silent = Silent;
    let work = prepare_t1(NAME, scan, template, Options::default(), &mut silent);
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome.map(drop).unwrap_err(),
        Poll::Pending => panic!("it was not refused at once"),
    }
}

#[test]
fn scans_and_maps_that_cannot_be_used_are_told() {
    let files = Template::FILES.map(|name| shipped("template", name));
    let template = Template::from_files(files.each_ref().map(Vec::as_slice)).unwrap();
    let scan = |spacing_mm: [f64; 3], value: fn(usize) -> f32| Volume {
        shape: [60; 3],
        data: (0..60 * 60 * 60).map(value).collect(),
        world_from_voxel: Affine::from_spacing_origin(spacing_mm, [-90.0; 3]),
    };
    let wave = |index: usize| 100.0 + 50.0 * (index as f32 / 9.0).sin();
    let noise = |index: usize| (index.wrapping_mul(2_654_435_761) >> 7 & 1023) as f32;
    for scan in [
        Volume { data: Vec::new(), ..scan([3.0; 3], wave) },
        scan([3.0; 3], |index| if index == 7 { f32::NAN } else { index as f32 }),
        scan([3.0; 3], |_| 3.0),
        scan([3.0, 3.0, 6.0], wave),
        scan([1.0; 3], wave),
        scan([3.0, 3.0, 0.5], wave),
        scan([3.0; 3], |index| (index / 20 % 90) as f32),
        scan([3.0; 3], noise),
    ] {
        let error = refusal(&scan, &template);
        assert!(matches!(error, T1Error::Unsuitable { .. }), "{error}");
        assert_said("scan", &error.to_string());
    }
    let reasons = [
        "what lies where the brain should be does not look like a brain in a T1-weighted scan: brain similarity is 0.21 (at least \
         0.45 is needed)",
        "the head would be sheared: shear is 0.40 (at most 0.15 is allowed)",
        "the image does not contain the whole brain: coverage is NaN (not a number)",
    ]
    .map(str::to_owned)
    .to_vec();
    let quality = Box::new(Quality { passed: false, score: 0.0, measures: Vec::new(), reasons });
    let error = T1Error::Quality { name: NAME.into(), quality }.to_string();
    assert_said("quality", &error);
    let said = Language::Japanese.say(&error);
    assert!(said.contains("脳の類似度") && said.contains("0.45以上") && said.contains("0.15以下"), "{said}");

    let grid = Grid { shape: [4, 4, 2], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [-4.0; 3]) };
    let high = Volume { data: vec![0.5, 812.5].repeat(16), ..small_volume() };
    assert_said("map", &fit_to_grid(NAME, &high, &grid).unwrap_err().to_string());
    assert_said("map", &check_version(NAME, &description(""), "gm-map-0").unwrap_err().to_string());
}

#[test]
fn a_damaged_atlas_is_told_with_its_reason() {
    let (nifti, table) = (shipped("atlas", Atlas::FILES[0]), shipped("atlas", Atlas::FILES[1]));
    let table = String::from_utf8(table).unwrap();
    for (nifti, table) in [
        (&nifti[..nifti.len() / 2], table.clone()),
        (&nifti[..], table.replace("label", "number")),
        (&nifti[..], table.replace("Precentral_L", "two\twords")),
        (&nifti[..], table.replace("\n2\t", "\n1\t")),
        (&nifti[..], table.lines().take(9).collect::<Vec<_>>().join("\n")),
    ] {
        assert_said("atlas", &Atlas::from_bytes(nifti, &table).unwrap_err().to_string());
    }
}
