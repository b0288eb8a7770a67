//! Tables from anywhere: `trainer cohort bids` uses or refuses them with a sentence; it never breaks, and takes neither much memory
//! nor much time.
//!
//! ```text
//! AGELENS_TABLES=10000 cargo test --release -p trainer --test hostile_tables
//! ```
#![cfg(unix)]

#[path = "../../shared/tests/hostile/mod.rs"]
mod hostile;
#[path = "../../shared/tests/random/mod.rs"]
mod random;

use hostile::{LONGEST, count};
use random::Random;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Tables where the environment does not say how many.
const TABLES: u64 = 100;
/// Address space of the program, kB: its threads' stacks and a little more than the 2 GiB that it may take.
const MOST_KB: u64 = 4 << 20;

fn one_of<'a>(random: &mut Random, among: &[&'a str]) -> &'a str {
    among[random.below(among.len())]
}

const COLUMNS: [&str; 12] =
    ["participant_id", "age", "Age", "sex", "gender", "site", "split", "group", "ixi_id", "", "age", "participant_id"];
const CELLS: [&str; 30] = [
    "sub-1",
    "sub-2",
    "sub-001",
    "1",
    "sub-../../etc",
    "sub-",
    "",
    "n/a",
    "30",
    "70",
    "-1",
    "1e308",
    "NaN",
    "inf",
    "89+",
    "030",
    "M",
    "f",
    "male",
    "2",
    "train",
    "test",
    "validation",
    "young",
    "OLD",
    "\u{1f9e0}",
    "\0",
    "\"",
    "30,5",
    "９０",
];
const SIDECARS: [&str; 8] = [
    r#"{"age": {"Units": "months"}}"#,
    r#"{"age": {"Units": 7}}"#,
    r#"{"age": []}"#,
    "[]",
    "{",
    "",
    r#"{"sex": {"Levels": {"1": "male", "2": "female"}}}"#,
    "\u{feff}{}",
];

fn table(random: &mut Random) -> Vec<u8> {
    let columns = 1 + random.below(7);
    let mut header: Vec<&str> = (0..columns).map(|_| one_of(random, &COLUMNS)).collect();
    if random.below(4) > 0 {
        header[0] = "participant_id";
        header.push("age");
    }
    let separator = one_of(random, &["\t", "\t", "\t", ",", ";", " "]);
    let end = one_of(random, &["\n", "\n", "\r\n", "\r", "\n\n"]);
    let mut text = header.join(separator);
    for _ in 0..random.below(30) {
        text.push_str(end);
        let cells = header.len() + random.below(3) - random.below(2);
        let row: Vec<&str> = (0..cells).map(|_| one_of(random, &CELLS)).collect();
        text.push_str(&row.join(separator));
    }
    if random.below(3) == 0 {
        // Somebody who may well be fine.
        text.push_str(end);
        text.push_str("sub-1");
        text.push_str(&[separator, "30"].concat().repeat(header.len() - 1));
    }
    let mut bytes = text.into_bytes();
    match random.below(12) {
        0 => bytes.splice(0..0, [0xef, 0xbb, 0xbf]).for_each(drop),
        1 => bytes.splice(0..0, [0xff, 0xfe]).for_each(drop),
        2 => {
            let place = random.below(bytes.len());
            bytes[place] = 0xff;
        }
        3 => bytes.extend(std::iter::repeat_n(b'\t', 100_000)),
        4 => bytes.truncate(random.below(bytes.len())),
        _ => {}
    }
    bytes
}

fn write_source(folder: &Path, random: &mut Random) {
    std::fs::write(folder.join("participants.tsv"), table(random)).unwrap();
    for (name, odds) in [("participants.json", 3), ("dataset_description.json", 6)] {
        let path = folder.join(name);
        let _ = std::fs::remove_file(&path);
        if random.below(odds) == 0 {
            std::fs::write(path, one_of(random, &SIDECARS)).unwrap();
        }
    }
}

#[test]
fn every_table_is_used_or_refused_with_a_sentence() {
    let count = count("AGELENS_TABLES", TABLES);
    let folder = tempfile::tempdir().unwrap();
    let (source, out) = (folder.path().join("source"), folder.path().join("out"));
    // A map that can be taken over, so that some tables lead to a cohort.
    let phantom = folder.path().join("phantom");
    let made = Command::new(env!("CARGO_BIN_EXE_trainer"))
        .args(["cohort", "phantom", "--subjects", "1", "--spacing-mm", "4", "--out"])
        .arg(&phantom)
        .output()
        .unwrap();
    assert!(made.status.success());
    let anat = source.join("sub-1/anat");
    std::fs::create_dir_all(&anat).unwrap();
    let map = std::fs::read_dir(phantom.join("sub-PH0001/anat")).unwrap().next().unwrap().unwrap().path();
    let name = map.file_name().unwrap().to_string_lossy().replace("sub-PH0001", "sub-1");
    std::fs::copy(&map, anat.join(name)).unwrap();

    let (mut used, mut refused) = (0, 0);
    for seed in 0..count {
        let mut random = Random(seed);
        write_source(&source, &mut random);
        let started = Instant::now();
        let ended = Command::new("sh")
            .arg("-c")
            .arg(format!("ulimit -v {MOST_KB}; exec \"$0\" \"$@\""))
            .arg(env!("CARGO_BIN_EXE_trainer"))
            .args(["cohort", "bids", "--input"])
            .arg(&source)
            .arg("--out")
            .arg(&out)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        match ended.status.code() {
            Some(0) => used += 1,
            Some(2) => {
                assert!(said.contains("error: ") && !said.contains("panicked"), "seed {seed}: {said}");
                refused += 1;
            }
            code => panic!("seed {seed} ended with {code:?}: {said}"),
        }
        assert!(started.elapsed() < LONGEST, "seed {seed} took {:?}", started.elapsed());
        let _ = std::fs::remove_dir_all(&out);
    }
    println!("{used} used, {refused} refused");
    assert!(used > 0 && refused > 0, "{used} used and {refused} refused: spoilt too much or too little");
}
