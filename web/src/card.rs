//! The model card: what a bundle says about itself, as rows for the page.

use crate::language::*;
use crate::wording;
use shared::bundle::Manifest;

/// Name and value of one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub name: &'static str,
    pub value: String,
    /// Of use to those only who compare versions.
    pub is_detail: bool,
}

/// Names and versions of the programs' own.
const DETAILS: [Key; 3] = [CARD_PREPARATION, CARD_SPLIT, CARD_VERSION];

/// The facts in the order of their importance to a reader who has to decide whether to trust the result.
/// `version`: the first letters of the manifest's hash.
pub fn rows(language: Language, manifest: &Manifest, version: &str) -> Vec<Row> {
    let performance = &manifest.performance;
    let [low, high] = performance.accuracy_interval.map(percent);
    let subjects = |key: &str| manifest.data.subjects.get(key).copied().unwrap_or(0).to_string();
    let judge = performance.judge_flip_young_to_old.zip(performance.judge_flip_old_to_young);
    let flips =
        |there: f64, back: f64| language.fill(CARD_BOTH, &[("there", &*percent(there)), ("back", &*percent(back))]);
    let accuracy = [
        ("accuracy", &*percent(performance.accuracy)),
        ("low", &*low),
        ("high", &*high),
        ("subjects", &*performance.test_subjects.to_string()),
    ];
    let agreement = [
        ("there", &*format!("{:.2}", performance.mean_map_ncc_young_to_old)),
        ("back", &*format!("{:.2}", performance.mean_map_ncc_old_to_young)),
    ];
    let counts = ["train_young", "train_old", "test_young", "test_old"].map(|key| (key, subjects(key)));
    let groups = wording::limits(manifest.data.groups);
    let people: Vec<(&str, &str)> = counts.iter().chain(&groups).map(|(key, value)| (*key, value.as_str())).collect();
    let strangers = performance.strangers.as_ref().map(|found| {
        let counts = [found.subjects, found.right, found.wrong, found.no_verdict].map(|count| count.to_string());
        let [subjects, right, wrong, none] = counts.each_ref().map(String::as_str);
        let who = language.say(&found.description);
        let values = [("subjects", subjects), ("right", right), ("wrong", wrong), ("none", none), ("who", &who)];
        language.fill(CARD_STRANGERS_VALUE, &values)
    });
    let data = &manifest.data;
    let split = [("split", &*language.say(&data.split)), ("seed", &*data.seed.to_string())];
    let made = if data.prepared_here { CARD_MADE_HERE } else { CARD_MADE_OTHERWISE };
    let mut rows: Vec<Row> = [
        (CARD_ACCURACY, language.fill(CARD_ACCURACY_VALUE, &accuracy)),
        (CARD_BALANCED, format!("{}, {:.2}", percent(performance.balanced_accuracy), performance.auc)),
        (CARD_FLIPS, flips(performance.flip_young_to_old, performance.flip_old_to_young)),
        (CARD_JUDGE, judge.map(|(young, old)| flips(young, old)).unwrap_or_default()),
        (CARD_MAP, language.fill(CARD_MAP_VALUE, &agreement)),
        (CARD_STRANGERS, strangers.unwrap_or_default()),
        (CARD_DATA, language.say(&data.description).into_owned()),
        (CARD_SUBJECTS, language.fill(CARD_SUBJECTS_VALUE, &people)),
        (CARD_SPLIT, language.fill(CARD_SPLIT_VALUE, &split)),
        (CARD_GRID, grid(language, manifest)),
        (CARD_PREPARATION, manifest.preparation_version.clone()),
        (CARD_MADE, language.text(made).to_owned()),
        (CARD_LIMITS, limits(language, manifest)),
        (CARD_LICENSE, without_paths(&language.say(&data.license))),
        (CARD_ACKNOWLEDGEMENT, data.acknowledgement.clone()),
        (CARD_CITATION, data.citation.clone()),
        (CARD_VERSION, format!("{} {version}", manifest.name)),
    ]
    .into_iter()
    .map(|(name, value)| Row { name: language.text(name), value, is_detail: DETAILS.contains(&name) })
    .collect();
    rows.retain(|row| !row.value.is_empty());
    rows
}

/// Without mentions in brackets of files that a reader of the page does not have.
fn without_paths(text: &str) -> String {
    let mut text = text.to_owned();
    for (open, close) in [(" (", ")"), ("（", "）")] {
        while let Some((before, inner, after)) = text.split_once(open).and_then(|(before, rest)| {
            let (inner, after) = rest.split_once(close)?;
            Some((before, inner, after))
        }) && inner.contains(".md")
        {
            text = format!("{before}{after}");
        }
    }
    text
}

fn limits(language: Language, manifest: &Manifest) -> String {
    let limits = manifest.training.get("limits").and_then(|limits| limits.as_array());
    let limits = limits.into_iter().flatten().filter_map(|limit| limit.as_str());
    language.join(&limits.map(|limit| language.say(limit)).collect::<Vec<_>>())
}

fn grid(language: Language, manifest: &Manifest) -> String {
    let shape = manifest.grid.shape.map(|side| side.to_string()).join(" × ");
    let spacing_mm = manifest.grid.mni_from_voxel.spacing_mm().map(|mm| format!("{mm:.1}")).join(" × ");
    language.fill(CARD_GRID_VALUE, &[("shape", &shape), ("spacing", &spacing_mm)])
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Of a bundle that is not shipped.
    pub(crate) fn manifest() -> Manifest {
        serde_json::from_str(include_str!("../fixtures/manifest.json")).unwrap()
    }

    #[test]
    fn tells_accuracy_with_its_interval_first() {
        let manifest = manifest();
        let rows = rows(Language::ENGLISH, &manifest, "1a2b3c4d");
        assert_eq!(rows[0].value, "88% (95% confidence interval 76% to 94%) on 50 held-out subjects");
        assert!(rows.iter().any(|row| row.value == "72 × 90 × 10 voxels of 2.0 × 2.0 × 2.0 mm in MNI152 space"));
        assert!(rows.iter().all(|row| row.name != "Citation"), "an empty fact has no row");
        let subjects = |manifest: &Manifest| {
            let rows = super::rows(Language::ENGLISH, manifest, "");
            rows.into_iter().find(|row| row.name == "Subjects").unwrap().value
        };
        assert_eq!(
            subjects(&manifest),
            "trained on 60 young (under 45 years) and 60 old (50 or over), tested on 25 young and 25 old"
        );
        let mut other = manifest;
        other.data.groups = "40:60".parse().unwrap();
        assert!(subjects(&other).starts_with("trained on 60 young (under 40 years) and 60 old (60 or over),"));
        assert!(rows.last().unwrap().value.ends_with(" 1a2b3c4d") && rows.last().unwrap().is_detail);
    }

    #[test]
    fn files_that_a_reader_does_not_have_are_not_named() {
        assert_eq!(without_paths("Terms (see README.md): be kind (always)"), "Terms: be kind (always)");
        assert_eq!(without_paths("条件（README.mdを参照）：謝辞"), "条件：謝辞");
        assert_eq!(without_paths("MIT (see there"), "MIT (see there");
    }
}
