//! The real IXI spreadsheet and five real T1 images (`AGELENS_DATA`); `make test-real` runs it, and it fails where the data
//! are missing.

use assert_cmd::Command;
use predicates::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    let data = std::env::var_os("AGELENS_DATA").map(PathBuf::from);
    let data = data.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"));
    let found = data.join(name);
    assert!(found.exists(), "{} is missing; set AGELENS_DATA to the data folder", found.display());
    found
}

fn ixi(t1: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = Command::cargo_bin("trainer").unwrap();
    command.args(["cohort", "ixi", "--t1"]).arg(t1).arg("--demographics").arg(data("ixi-demographics/IXI.xls"));
    command.arg("--out").arg(out).args(more);
    command
}

/// Every number that its README states, less the two who are listed with contradictory ages.
#[test]
fn the_real_spreadsheet_is_read_by_its_rules() {
    let folder = tempfile::tempdir().unwrap();
    // Of people without an age, listed twice, and between the groups: nobody can be drawn, all are explained.
    for name in ["IXI001-Guys-0001-T1.nii.gz", "IXI219-Guys-0001-T1.nii.gz", "IXI328-Guys-0001-T1.nii.gz"] {
        fs::write(folder.path().join(name), b"").unwrap();
    }
    let words = "619 rows, 593 people, 563 of known age: 249 below 45, 41 from 45 to 49, 273 from 50 years up";
    ixi(folder.path(), &folder.path().join("cohort"), &[])
        .assert()
        .code(2)
        .stderr(predicate::str::contains(words).and(predicate::str::contains("of 3 T1 images none")));
    // One of someone who can be drawn, so that the tables are written.
    fs::write(folder.path().join("IXI012-HH-1211-T1.nii.gz"), b"").unwrap();
    ixi(folder.path(), &folder.path().join("cohort"), &[]).assert().code(2);
    let excluded = fs::read_to_string(folder.path().join("cohort/excluded.tsv")).unwrap();
    let reason = |part: &str| excluded.lines().filter(|line| line.contains(part)).count();
    assert_eq!(reason("no age in the spreadsheet"), 593 - 565);
    assert_eq!(reason("different ages"), 2);
    assert_eq!(reason("no T1 image in the folder"), 563 - 1);
    for number in ["sub-IXI219\t", "sub-IXI328\t"] {
        assert!(excluded.lines().any(|line| line.starts_with(number) && line.contains("it is unclear")), "{number}");
    }
}

/// Axes in odd order, sites from a table: four of the five are young, one is between the groups.
#[test]
fn five_real_people_become_a_cohort() {
    let out = tempfile::tempdir().unwrap();
    let cohort = out.path().join("cohort");
    ixi(&data("ixi-t1-2mm"), &cohort, &[])
        .assert()
        .success()
        .stdout(predicate::str::contains("4 young, 0 old"))
        .stderr(predicate::str::contains("note: only 4 young people of 233"));
    let table = fs::read_to_string(cohort.join("participants.tsv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let column = |index: usize| rows.iter().map(|row| row[index]).collect::<Vec<_>>();
    assert_eq!(column(0), ["sub-IXI012", "sub-IXI014", "sub-IXI015", "sub-IXI051"]);
    assert_eq!(column(1), ["38.78", "34.24", "24.28", "25.74"]);
    assert_eq!(column(2), ["M", "F", "M", "F"]);
    assert!(column(4).iter().all(|site| *site == "Hammersmith"));
    assert_eq!(column(5).iter().filter(|split| **split == "test").count(), 1);
    let excluded = fs::read_to_string(cohort.join("excluded.tsv")).unwrap();
    assert!(excluded.lines().any(|line| line.starts_with("sub-IXI013\t") && line.contains("between the groups")));
    // The second time everything is there.
    ixi(&data("ixi-t1-2mm"), &cohort, &[])
        .assert()
        .success()
        .stdout(predicate::str::contains("4 of them already existed"));
}
