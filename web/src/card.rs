//! The model card: what a bundle says about itself, as rows for the page.

use shared::bundle::Manifest;

/// Name and value of one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub name: &'static str,
    pub value: String,
}

/// The facts in the order of their importance to a reader who has to decide whether to trust the result.
pub fn rows(manifest: &Manifest) -> Vec<Row> {
    let performance = &manifest.performance;
    let [low, high] = performance.accuracy_interval.map(percent);
    let subjects = |key: &str| manifest.data.subjects.get(key).copied().unwrap_or(0);
    let row = |name, value| Row { name, value };
    let judge = performance.judge_flip_young_to_old.zip(performance.judge_flip_old_to_young);
    let mut rows = vec![
        row(
            "Accuracy",
            format!(
                "{} (95 % interval {low} to {high}) on {} held-back subjects",
                percent(performance.accuracy),
                performance.test_subjects
            ),
        ),
        row("Balanced accuracy, AUC", format!("{}, {:.2}", percent(performance.balanced_accuracy), performance.auc)),
        row(
            "Translations that change the class",
            both_ways(performance.flip_young_to_old, performance.flip_old_to_young),
        ),
        row(
            "The same, by a second classifier that the translators never saw",
            judge.map(|(young, old)| both_ways(young, old)).unwrap_or_default(),
        ),
        row(
            "Mean difference map against the plain difference of the groups",
            format!(
                "correlation {:.2} young → old, {:.2} old → young",
                performance.mean_map_ncc_young_to_old, performance.mean_map_ncc_old_to_young
            ),
        ),
        row("Data", manifest.data.description.clone()),
        row(
            "Subjects",
            format!(
                "trained on {} young and {} old, tested on {} young and {} old",
                subjects("train_young"),
                subjects("train_old"),
                subjects("test_young"),
                subjects("test_old")
            ),
        ),
        row("Split", format!("{} (seed {})", manifest.data.split, manifest.data.seed)),
        row("Grid", grid(manifest)),
        row("Preparation", manifest.preparation_version.clone()),
        row(
            "Its maps were made",
            (if manifest.data.prepared_here {
                "by AgeLens, from T1 scans"
            } else {
                "otherwise than AgeLens prepares scans"
            })
            .to_owned(),
        ),
        row("Licence", manifest.data.license.clone()),
        row("Acknowledgement", manifest.data.acknowledgement.clone()),
        row("Citation", manifest.data.citation.clone()),
    ];
    rows.retain(|row| !row.value.is_empty());
    rows
}

fn both_ways(young_to_old: f64, old_to_young: f64) -> String {
    format!("young → old {}, old → young {} of the held-back subjects", percent(young_to_old), percent(old_to_young))
}

fn grid(manifest: &Manifest) -> String {
    let [x, y, z] = manifest.grid.shape;
    let spacing_mm = manifest.grid.mni_from_voxel.spacing_mm().map(|mm| format!("{mm:.1}"));
    format!("{x} × {y} × {z} voxels of {} mm in MNI152 space", spacing_mm.join(" × "))
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_accuracy_with_its_interval_first() {
        let manifest: Manifest = serde_json::from_str(include_str!("../fixtures/manifest.json")).unwrap();
        let rows = rows(&manifest);
        assert_eq!(rows[0].value, "88 % (95 % interval 76 % to 94 %) on 50 held-back subjects");
        assert!(rows.iter().any(|row| row.value == "72 × 90 × 10 voxels of 2.0 × 2.0 × 2.0 mm in MNI152 space"));
        assert!(rows.iter().all(|row| row.name != "Citation"), "an empty fact has no row");
    }
}
