use super::*;
use crate::cohort::{Group, GroupLimits, Split};
use serde_json::json;
use shared::prepare::t1::{Measure, Quality};

pub fn person(id: &str, age_years: f64, split: Option<Split>) -> NewRow {
    NewRow {
        id: id.to_owned(),
        age_years,
        sex: Some(if (age_years as usize).is_multiple_of(2) { "F" } else { "M" }.to_owned()),
        group: Group::of_age(age_years, GroupLimits::PUBLISHED),
        site: Some("Guys & co".to_owned()),
        split,
    }
}

fn record(score: f64, passed: bool) -> Record {
    let measure = |name: &str, value: f64, low: Option<f64>| Measure {
        name: name.to_owned(),
        value,
        low,
        high: None,
        good: 1.0,
        meaning: "what it <means>".to_owned(),
    };
    let reasons = if passed { Vec::new() } else { vec!["too <low>".to_owned()] };
    let measures = vec![measure("registration_similarity", score, Some(0.5)), measure("gm_ml", 712.3, None)];
    let json = json!({
        "input": "a.nii", "input_sha256": "00", "preparation_version": "p", "program_version": "0",
        "options": {"modulated": false, "force": false}, "seconds": 12.4, "warnings": [],
        "quality": Quality { passed, score, measures, reasons }, "mni_from_world": null, "files": {},
    });
    serde_json::from_value(json).expect("record")
}

fn html(rows: &[NewRow], excluded: &[Excluded]) -> String {
    let folder = tempfile::tempdir().expect("folder");
    let fields = json!({"License": "L", "HowToAcknowledge": "Thank <them>"});
    let about = About {
        source: folder.path(),
        name: "Made <up>",
        how_made: "by hand",
        groups: GroupLimits::PUBLISHED,
        fields: &fields,
    };
    let records: BTreeMap<String, Record> =
        [("sub-a", record(0.9, true)), ("sub-b", record(0.6, true)), ("sub-x", record(0.3, false))]
            .map(|(id, record)| (id.to_owned(), record))
            .into();
    let content = Content { about: &about, rows, records: &records, excluded, notes: &["Only <4> people".to_owned()] };
    write(folder.path(), &content).expect("written");
    std::fs::read_to_string(folder.path().join(REPORT_FILE)).expect("report")
}

#[test]
fn the_report_is_whole_escaped_and_fetches_nothing() {
    let rows = [
        person("sub-a", 30.0, Some(Split::Train)),
        person("sub-b", 33.0, Some(Split::Test)),
        person("sub-c", 60.0, Some(Split::Train)),
        person("sub-d", 62.0, Some(Split::Test)),
        person("sub-e", 47.0, None),
    ];
    let left_out = |id: &str, reason: &str| Excluded { id: id.to_owned(), file: None, reason: reason.to_owned() };
    let mut excluded: Vec<Excluded> = (0..9).map(|i| left_out(&format!("sub-n{i}"), "not drawn")).collect();
    excluded.push(left_out("sub-x", "its quality control failed: too <low>"));
    let page = html(&rows, &excluded);
    for wanted in [
        "Made &lt;up&gt;",
        "Only &lt;4&gt; people",
        "Thank &lt;them&gt;",
        "too &lt;low&gt;",
        "what it &lt;means&gt;",
        "2 subjects below 45 and 2 from 50 years up (1 more from 45 to 49)",
        "Guys &amp; co",
        "<td class=\"n\">9</td>",
        "registration similarity",
        "sub-a_qc.png",
    ] {
        assert!(page.contains(wanted), "{wanted} is missing");
    }
    for fetched in ["src=\"http", "url(http", "<script", "<link", "<up>", "<low>"] {
        assert!(!page.contains(fetched), "{fetched}");
    }
    let place = |id: &str| page.find(&format!("{id}_qc.png")).expect("row");
    assert!(place("sub-x") < place("sub-b") && place("sub-b") < place("sub-a"), "worst first");
    assert!(page.contains("1 failed and is not in the cohort"));
}

#[test]
fn one_group_alone_makes_a_page_too() {
    let page = html(&[person("sub-a", 30.0, None)], &[]);
    assert!(page.contains("only one group") && page.contains("Nobody.") && !page.contains("NaN"));
}
