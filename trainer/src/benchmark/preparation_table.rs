//! The table of `trainer benchmark preparation`.

use shared::heads::{Outcome, RIGHT_PLACE_MM, Row, Summary};
use std::fmt::Write;

/// What the preparation should reach.
const GOAL: &str =
    "goal: 99% right, none wrong, 1% of sound heads refused at most, 95% of faulty scans refused at least";

/// Shares by kind of head, and what refused them.
pub fn table(summary: &Summary) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "{:<32} {:>6} {:>8} {:>8} {:>8} {:>7} {:>7} {:>7} {:>6}",
        "", "heads", "right", "refused", "wrong", "mm", "brain", "grey", "s"
    );
    for row in summary.sound.iter().chain(&summary.faulty) {
        let _ = writeln!(text, "{}", line(row));
    }
    let _ = writeln!(
        text,
        "right: passed, within {RIGHT_PLACE_MM} mm of the known place; wrong: passed elsewhere, or faulty;"
    );
    let _ = writeln!(text, "mm, brain and grey (Dice): means of those that passed. {GOAL}");
    let _ = writeln!(text, "refused although in the right place: {} sound heads", summary.refused_needlessly);
    let _ = writeln!(text, "refused by (sound, faulty):");
    for (reason, [sound, faulty]) in &summary.refused_by {
        let _ = writeln!(text, "  {sound:>5} {faulty:>5}  {reason}");
    }
    text
}

fn line(row: &Row) -> String {
    let percent = |share: f64| format!("{:.1}%", 100.0 * share);
    let number =
        |value: Option<f64>, decimals: usize| value.map_or("-".to_owned(), |value| format!("{value:.decimals$}"));
    format!(
        "{:<32} {:>6} {:>8} {:>8} {:>8} {:>7} {:>7} {:>7} {:>6.2}",
        row.kind,
        row.heads,
        percent(row.right),
        percent(row.refused),
        percent(row.wrong),
        number(row.away_mm, 2),
        number(row.brain_dice, 3),
        number(row.grey_dice, 3),
        row.seconds
    )
}

/// One line about a scan that should not have passed where it did.
pub fn wrong(ended: &Outcome) -> String {
    let recipe = &ended.recipe;
    let away = ended.away_mean_mm.map_or("nowhere".to_owned(), |mm| format!("{mm:.1} mm away"));
    let fault = recipe.fault.as_ref().map_or("sound", |fault| fault.kind());
    format!(
        "passed {away}: {}, seed {}, {fault}, atrophy {:.2}, {:?}",
        ended.head, recipe.seed, recipe.atrophy, recipe.cut
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_table_has_a_line_for_each_kind_and_each_reason() {
        let row = Row {
            kind: "all sound heads".into(),
            heads: 8,
            right: 0.875,
            refused: 0.125,
            wrong: 0.0,
            away_mm: Some(0.512),
            brain_dice: Some(0.95),
            grey_dice: None,
            seconds: 1.5,
        };
        let refused_by = BTreeMap::from([("brain_similarity".to_owned(), [1, 0])]);
        let text = table(&Summary { sound: vec![row], faulty: Vec::new(), refused_by, refused_needlessly: 1 });
        let line = text.lines().find(|line| line.starts_with("all sound heads")).expect("the row");
        assert_eq!(
            line.split_whitespace().skip(3).collect::<Vec<_>>(),
            ["8", "87.5%", "12.5%", "0.0%", "0.51", "0.950", "-", "1.50"]
        );
        assert!(text.contains("1     0  brain_similarity"));
    }
}
