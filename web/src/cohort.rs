//! The cohort's Table 1: how held-out subjects are judged before and after the translation, and the case behind each
//! number.

use crate::language::*;
use shared::bundle::{GroupName, HeldBack, Manifest, THESIS_TABLE_1, TableCell};
use shared::explain::Direction;

/// One number of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub count: usize,
    /// Whether the judgement is the wanted one.
    pub is_wanted: bool,
    /// Id of the sample that shows it, and its words for the button; None where nothing may be shown.
    pub case: Option<(String, String)>,
}

/// One row: a group, or a direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    /// Judged old, judged young.
    pub cells: [Cell; 2],
    /// The thesis's numbers, and its share as wanted.
    pub thesis: String,
    /// Share as wanted.
    pub share: String,
}

/// Before and after, two rows each; None where the bundle brings no table.
pub fn table(language: Language, manifest: &Manifest) -> Option<[Row; 4]> {
    let held_back = manifest.held_back.as_ref()?;
    let rows = [
        (None, GroupName::Old),
        (None, GroupName::Young),
        (Some(Direction::YoungToOld), GroupName::Young),
        (Some(Direction::OldToYoung), GroupName::Old),
    ];
    let mut built = rows
        .into_iter()
        .zip(THESIS_TABLE_1)
        .map(|((translated, group), thesis)| row(language, manifest, held_back, translated, group, thesis));
    Some([built.next()?, built.next()?, built.next()?, built.next()?])
}

fn row(
    language: Language,
    manifest: &Manifest,
    held_back: &HeldBack,
    translated: Option<Direction>,
    group: GroupName,
    thesis: [usize; 2],
) -> Row {
    let name = language.text(match (translated, group) {
        (None, GroupName::Old) => COHORT_OLD,
        (None, GroupName::Young) => COHORT_YOUNG,
        (Some(Direction::YoungToOld), _) => BENCH_YOUNG_TO_OLD,
        (Some(Direction::OldToYoung), _) => BENCH_OLD_TO_YOUNG,
    });
    let wanted = translated.map_or(group, |direction| GroupName::translated_by(direction.opposite()));
    let of = |judged: GroupName| {
        held_back.table.iter().find(|cell| (cell.translated, cell.group, cell.judged) == (translated, group, judged))
    };
    let count = |judged| of(judged).map_or(0, |cell| cell.subjects);
    let total = count(GroupName::Old) + count(GroupName::Young);
    let cell = |judged: GroupName, column: Key| Cell {
        count: count(judged),
        is_wanted: judged == wanted,
        case: of(judged).and_then(|cell| case(language, manifest, cell, total, name, language.text(column))),
    };
    let share = |part: usize, total: usize| {
        if total == 0 { language.text(NONE).to_owned() } else { format!("{:.0}%", 100.0 * part as f64 / total as f64) }
    };
    let [old, young] = thesis;
    let thesis_wanted = if wanted == GroupName::Old { old } else { young };
    Row {
        name: name.to_owned(),
        cells: [cell(GroupName::Old, COHORT_JUDGED_OLD), cell(GroupName::Young, COHORT_JUDGED_YOUNG)],
        thesis: format!("{old} / {young} ({})", share(thesis_wanted, old + young)),
        share: share(count(wanted), total),
    }
}

/// The first sample of a cell that the bundle has.
fn case(
    language: Language,
    manifest: &Manifest,
    cell: &TableCell,
    total: usize,
    row: &str,
    column: &str,
) -> Option<(String, String)> {
    let sample = cell.samples.iter().find_map(|id| manifest.samples.iter().find(|sample| sample.id == *id))?;
    let values = [
        ("count", &*cell.subjects.to_string()),
        ("total", &*total.to_string()),
        ("row", row),
        ("column", column),
        ("case", &*language.say(&sample.title)),
    ];
    Some((sample.id.clone(), language.fill(COHORT_CELL, &values)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::manifest;

    #[test]
    fn numbers_stand_in_their_cells_and_open_their_cases() {
        let mut manifest = manifest();
        manifest.held_back = None;
        assert_eq!(table(Language::ENGLISH, &manifest), None);
        let sample = manifest.samples.first().map(|sample| sample.id.clone());
        let cell = |translated, group, judged, subjects| TableCell {
            translated,
            group,
            judged,
            subjects,
            samples: sample.clone().into_iter().collect(),
        };
        manifest.held_back = Some(HeldBack {
            table: vec![
                cell(None, GroupName::Old, GroupName::Old, 16),
                cell(None, GroupName::Old, GroupName::Young, 1),
                cell(Some(Direction::OldToYoung), GroupName::Old, GroupName::Young, 17),
            ],
            regions: Vec::new(),
        });
        let [old, young, aged, rejuvenated] = table(Language::ENGLISH, &manifest).unwrap();
        assert_eq!((old.cells[0].count, old.cells[1].count, old.share.as_str()), (16, 1, "94%"));
        assert!(old.cells[0].is_wanted && !old.cells[1].is_wanted);
        assert_eq!(old.cells[0].case.as_ref().map(|(id, _)| id), sample.as_ref());
        assert_eq!((young.cells[0].count, young.share.as_str()), (0, "–"));
        assert!(aged.cells[0].is_wanted && rejuvenated.cells[1].is_wanted);
        assert_eq!(rejuvenated.cells[1].count, 17);
        assert_eq!(aged.thesis, "166 / 17 (91%)");
    }
}
