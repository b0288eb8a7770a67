//! Table 1 of the thesis: verdicts on originals and translations, by the classifier and by the independent judge.

use crate::cohort::Group;
use crate::measures::measured::{Judged, Measured, SubjectResult};
use crate::statistics::{Interval, share, wilson_interval};
use serde::Serialize;
use shared::bundle::THESIS_TABLE_1;

/// Source of the reference numbers.
pub const THESIS_SOURCE: &str = "S. Yoshida, “Explainability of Age Estimation Model Using CNN from Brain MRI Images”, \
    Kochi University of Technology, summary of the thesis, Table 1: IXI, 183 training images a group, judged by the classifier they trained. Its text counts 17 errors \
    young → old and 2 old → young, as shown here; the table’s labels can be read the other way round";

/// Counts of one kind of image by one judge.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Counts {
    pub judged_old: usize,
    pub judged_young: usize,
    /// Share judged correctly: originals as their own group, translations as their target group.
    pub share: Option<f64>,
    /// Wilson 95 % interval of the share.
    pub interval: Option<Interval>,
}

impl Counts {
    pub fn new(judged_old: usize, judged_young: usize, should_be: Group) -> Self {
        let (right, total) =
            (if should_be == Group::Old { judged_old } else { judged_young }, judged_old + judged_young);
        Counts { judged_old, judged_young, share: share(right, total), interval: wilson_interval(right, total) }
    }
}

/// One kind of image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table1Row {
    /// `old`, `young`, `young → old`, `old → young`.
    pub images: &'static str,
    pub translated: bool,
    /// The correct verdict.
    pub should_be: Group,
    pub classifier: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub independent_judge: Option<Counts>,
    /// The published counts, see [`THESIS_SOURCE`].
    pub thesis: Counts,
}

/// Images, whether translated, and their correct verdicts, in the order of [`THESIS_TABLE_1`].
const ROWS: [(&str, bool, Group); 4] = [
    ("old", false, Group::Old),
    ("young", false, Group::Young),
    ("young → old", true, Group::Old),
    ("old → young", true, Group::Young),
];

/// The four rows from counts: for each row by the classifier, and by the independent judge if there is one.
pub fn table1(classifier: [Judged; 4], independent_judge: Option<[Judged; 4]>) -> Vec<Table1Row> {
    ROWS.into_iter()
        .zip(THESIS_TABLE_1)
        .enumerate()
        .map(|(row, ((images, translated, should_be), thesis))| {
            let counts = |judged: Judged| Counts::new(judged.judged_old, judged.judged_young, should_be);
            Table1Row {
                images,
                translated,
                should_be,
                classifier: counts(classifier[row]),
                independent_judge: independent_judge.map(|judged| counts(judged[row])),
                thesis: Counts::new(thesis[0], thesis[1], should_be),
            }
        })
        .collect()
}

/// The table of the measured subjects.
pub fn table1_of(measured: &Measured) -> Vec<Table1Row> {
    let by_classifier =
        counts(measured, |subject| Some(subject.probability_old_before), |subject| Some(subject.probability_old_after));
    let by_judge = counts(measured, |subject| subject.judge_before, |subject| subject.judge_after);
    table1(by_classifier.unwrap_or([Judged { judged_old: 0, judged_young: 0 }; 4]), by_judge)
}

type Answer = fn(&SubjectResult) -> Option<f32>;

/// Counts of the four rows; `None` if a verdict is missing. Young subjects are translated to old and the reverse.
fn counts(measured: &Measured, before: Answer, after: Answer) -> Option<[Judged; 4]> {
    let judged = |group: Group, answer: Answer| -> Option<Judged> {
        let answers: Vec<f32> =
            measured.subjects.iter().filter(|subject| subject.group == group).map(answer).collect::<Option<_>>()?;
        let judged_old = answers.iter().filter(|&&probability| probability >= 0.5).count();
        Some(Judged { judged_old, judged_young: answers.len() - judged_old })
    };
    Some([
        judged(Group::Old, before)?,
        judged(Group::Young, before)?,
        judged(Group::Young, after)?,
        judged(Group::Old, after)?,
    ])
}

/// The table as CSV: one line per row, shares 0..1.
pub fn as_csv(rows: &[Table1Row]) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record([
        "images",
        "stage",
        "should_be",
        "judge",
        "judged_old",
        "judged_young",
        "share_as_it_should_be",
        "wilson_low",
        "wilson_high",
    ])?;
    for row in rows {
        let judges = [
            ("classifier", Some(row.classifier)),
            ("independent judge", row.independent_judge),
            ("thesis", Some(row.thesis)),
        ];
        let stage = if row.translated { "translated" } else { "original" };
        for (judge, counts) in judges {
            let Some(counts) = counts else { continue };
            let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.6}"));
            table.write_record([
                row.images.replace(" → ", "_to_"),
                stage.to_owned(),
                row.should_be.to_string(),
                judge.to_owned(),
                counts.judged_old.to_string(),
                counts.judged_young.to_string(),
                number(counts.share),
                number(counts.interval.map(|interval| interval[0])),
                number(counts.interval.map(|interval| interval[1])),
            ])?;
        }
    }
    Ok(table.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::explain::Direction;

    #[test]
    fn counts_each_row_by_both_judges() {
        let subject = |group, before: f32, after: f32, judge_after: f32| SubjectResult {
            probability_old_before: before,
            probability_old_after: after,
            judge_before: Some(before),
            judge_after: Some(judge_after),
            ..SubjectResult::example("sub-1", group, Direction::YoungToOld)
        };
        let subjects = vec![
            subject(Group::Young, 0.1, 0.9, 0.4),
            subject(Group::Young, 0.6, 0.8, 0.9),
            subject(Group::Old, 0.9, 0.2, 0.1),
        ];
        let measured = Measured { subjects, maps: Vec::new(), mask: Vec::new(), people: Vec::new(), regional: None };
        let rows = table1_of(&measured);
        let counts = |row: usize| (rows[row].classifier.judged_old, rows[row].classifier.judged_young);
        assert_eq!([0, 1, 2, 3].map(counts), [(1, 0), (1, 1), (2, 0), (0, 1)]);
        assert_eq!(rows[2].independent_judge.map(|counts| counts.judged_old), Some(1));
        assert_eq!((rows[1].classifier.share, rows[3].classifier.share), (Some(0.5), Some(1.0)));
        // The thesis: 166 of 183 and 181 of 183.
        assert!(rows[2].thesis.share.is_some_and(|share| (share - 0.907).abs() < 1e-3));
        assert!(rows[3].thesis.share.is_some_and(|share| (share - 0.989).abs() < 1e-3));
        let csv = String::from_utf8(as_csv(&rows).unwrap()).unwrap();
        assert_eq!(csv.lines().count(), 13);
        assert!(csv.contains("young_to_old,translated,old,thesis,166,17,0.907104"), "{csv}");
    }
}
