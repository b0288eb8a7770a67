//! The network beside translations that need none, on the same held-out people: what the training measured, as a table.

use crate::language::*;
use serde_json::Value;
use shared::bundle::Manifest;

/// One way to translate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub name: &'static str,
    pub is_network: bool,
    /// As the columns of [`columns`]; both directions.
    pub cells: [String; 5],
}

/// The baselines, by their names in the manifest.
const WAYS: [(&str, Key); 8] = [
    ("group_mean", BESIDE_WAY_GROUP_MEAN),
    ("clipped_mean", BESIDE_WAY_CLIPPED_MEAN),
    ("bounded_mean", BESIDE_WAY_BOUNDED_MEAN),
    ("linear_map", BESIDE_WAY_LINEAR_MAP),
    ("quantile_map", BESIDE_WAY_QUANTILE_MAP),
    ("mixture", BESIDE_WAY_MIXTURE),
    ("local_fit", BESIDE_WAY_LOCAL_FIT),
    ("to_the_mean", BESIDE_WAY_TO_THE_MEAN),
];

/// What the columns hold. Phantoms have a truth, people a difference between the groups.
pub fn columns(manifest: &Manifest) -> [Key; 5] {
    let agreement = if manifest.phantom { BESIDE_TRUTH } else { BESIDE_AGREEMENT };
    [agreement, BESIDE_ALONE, BESIDE_GREY, BESIDE_FREQUENCIES, BESIDE_SLICES]
}

/// The network first; empty where the bundle was made before this was measured.
pub fn rows(language: Language, manifest: &Manifest) -> Vec<Row> {
    let ways = manifest.training.pointer("/test/comparison/ways").and_then(Value::as_array);
    let agreement = if manifest.phantom { "truth_ncc" } else { "mean_map_ncc_with_others" };
    let row = |way: &Value| {
        let (name, is_network) = match way["way"].as_str() {
            None => (BESIDE_WAY_NETWORK, true),
            Some(name) => (WAYS.iter().find(|(own, _)| *own == name)?.1, false),
        };
        let both = |measure: &str, part: &str| {
            let number = |direction: &str| {
                let found = way.pointer(&format!("/{measure}/{direction}{part}/value")).and_then(Value::as_f64);
                found.map_or_else(|| "–".to_owned(), |value| crate::wording::number(value, 2))
            };
            format!("{} / {}", number("young_to_old"), number("old_to_young"))
        };
        let cells = [
            both(agreement, ""),
            both("leaves_alone", ""),
            both("realism", "/histogram"),
            both("realism", "/spectrum"),
            both("realism", "/cnn"),
        ];
        Some(Row { name: language.text(name), is_network, cells })
    };
    ways.map_or_else(Vec::new, |ways| ways.iter().filter_map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::bundle::parse_manifest;

    fn manifest(ways: Value) -> Manifest {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../static/models/phantom-small/manifest.json");
        let mut manifest = parse_manifest(&std::fs::read(path).unwrap()).unwrap();
        manifest.training["test"]["comparison"] = serde_json::json!({ "ways": ways });
        manifest
    }

    #[test]
    fn numbers_of_both_directions_stand_beside_each_other() {
        let estimate = |value: f64| serde_json::json!({ "value": value, "interval": null });
        let way = serde_json::json!({
            "way": "group_mean",
            "truth_ncc": { "young_to_old": estimate(0.8), "old_to_young": estimate(0.754) },
            "leaves_alone": { "young_to_old": estimate(1.0), "old_to_young": null },
            "realism": { "young_to_old": { "histogram": estimate(0.5), "spectrum": null, "cnn": estimate(0.85) } },
        });
        let found = rows(Language::ENGLISH, &manifest(serde_json::json!([{ "way": null }, way, { "way": "unknown" }])));
        assert_eq!(found.len(), 2);
        assert!(found[0].is_network && found[0].cells[0] == "– / –");
        assert_eq!(found[1].cells, ["0.80 / 0.75", "1.00 / –", "0.50 / –", "– / –", "0.85 / –"]);
        assert_eq!(columns(&manifest(Value::Null))[0], BESIDE_TRUTH);
        assert!(rows(Language::ENGLISH, &manifest(Value::Null)).is_empty());
    }
}
