use super::*;
use crate::cohort::left_out::EXCLUDED_FILE;
use crate::failure::exit_code;
use crate::prepare::Record;
use std::fs;
use std::path::Path;

const SPREADSHEET: &[u8] = include_bytes!("../../../tests/data/ixi-made-up.xls");

/// A folder with the made-up spreadsheet and unreadable images of these people.
fn source(numbers: impl IntoIterator<Item = u32>) -> (tempfile::TempDir, IxiConfig) {
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("IXI.xls"), SPREADSHEET).expect("spreadsheet");
    fs::create_dir(path("t1")).expect("folder");
    for number in numbers {
        let name = format!("t1/IXI{number:03}-Guys-{number:04}-T1.nii.gz");
        fs::write(path(&name), b"no image").expect("image");
    }
    let config = IxiConfig {
        t1: path("t1"),
        demographics: path("IXI.xls"),
        out: path("cohort"),
        shard: None,
        seed: 1,
        train_per_group: 3,
        test_per_group: 1,
        groups: GroupLimits::PUBLISHED,
    };
    (folder, config)
}

fn write(folder: &Path, bytes: &[u8]) -> PathBuf {
    let path = folder.join("table.xls");
    fs::write(&path, bytes).expect("file");
    path
}

#[test]
fn the_spreadsheet_is_read_by_its_rules() {
    let (folder, _) = source([]);
    let listed = spreadsheet::read(&folder.path().join("IXI.xls")).expect("read");
    let words = "29 rows, 25 people, 21 of known age: 10 below 45, 2 from 45 to 49, 9 from 50 years up";
    assert_eq!(listed.in_words(GroupLimits::PUBLISHED), words);
    let words = "29 rows, 25 people, 21 of known age: 10 below 45, 11 from 45 years up";
    assert_eq!(listed.in_words("45:45".parse().expect("limits")), words);
    let left_out: Vec<&str> = listed.left_out.iter().map(|excluded| excluded.id.as_str()).collect();
    assert_eq!(left_out, ["sub-IXI820", "sub-IXI821", "sub-IXI822", "sub-IXI823"]);
    let of = |number: u32| listed.people.iter().find(|person| person.number == number).expect("listed");
    assert_eq!((of(801).sex, of(802).sex, of(824).sex), (Some("M"), Some("F"), None));
    assert_eq!((of(825).age_years, of(819).age_years), (35.0, 55.5));
}

#[test]
fn damaged_spreadsheets_are_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let missing = spreadsheet::read(&folder.path().join("IXI.xls")).expect_err("missing");
    assert!(exit_code(&missing) == 2 && missing.to_string().contains("no such file"), "{missing}");
    let mut cases: Vec<Vec<u8>> = vec![Vec::new(), b"IXI_ID\tAGE\n12\t38.8\n".to_vec()];
    cases.extend([100, 512, 600, 1024, 2000, 4096, 5000].map(|end| SPREADSHEET[..end].to_vec()));
    for bytes in cases {
        let error = spreadsheet::read(&write(folder.path(), &bytes)).expect_err("damaged");
        assert!(exit_code(&error) == 2 && error.to_string().contains("table.xls"), "{error}");
    }
    // Whatever a single wrong byte does, it must not end the program.
    for place in (0..SPREADSHEET.len()).step_by(97) {
        let mut bytes = SPREADSHEET.to_vec();
        bytes[place] ^= 0xff;
        if let Err(error) = spreadsheet::read(&write(folder.path(), &bytes)) {
            assert_eq!(exit_code(&error), 2, "{error}");
        }
    }
}

#[test]
fn broken_images_are_remembered_and_listed() {
    let (folder, config) = source(801..=830);
    for shard in ["1/2", "2/2"] {
        let part = IxiConfig { shard: Some(shard.parse().expect("shard")), ..config.clone() };
        let summary = make(&part).expect("part");
        assert_eq!((summary.included, summary.excluded.len()), ([0, 0, 0], 4), "{:?}", summary.excluded);
        assert!(!config.out.join(EXCLUDED_FILE).exists());
    }
    let error = make(&config).expect_err("no usable image");
    assert!(exit_code(&error) == 2 && error.to_string().contains("none of"), "{error}");
    let table = fs::read_to_string(config.out.join(EXCLUDED_FILE)).expect("table");
    let reasons = |part: &str| table.lines().filter(|line| line.contains(part)).count();
    assert_eq!(reasons("T1.nii.gz: "), 8, "{table}");
    assert_eq!(reasons("not drawn"), 19 - 8, "{table}");
    assert_eq!(reasons("between the groups"), 2);
    assert_eq!(reasons("no age"), 2);
    assert_eq!(reasons("different"), 2);
    assert_eq!(reasons("not in the spreadsheet"), 5);
    let records = fs::read_dir(config.out.join("qc")).expect("records").count();
    assert_eq!(records, 8);
    drop(folder);
}

#[test]
fn unusable_sources_say_what_is_missing() {
    let (_folder, config) = source([]);
    let error = make(&config).expect_err("no images");
    assert!(exit_code(&error) == 2 && error.to_string().contains("IXI012-HH-1211-T1.nii.gz"), "{error}");
    let (_folder, config) = source([809, 822, 900]);
    let error = make(&config).expect_err("nobody to draw");
    assert!(exit_code(&error) == 2 && error.to_string().contains("of 3 T1 images none"), "{error}");
    let (_folder, config) = source([801]);
    let error = make(&IxiConfig { train_per_group: 0, ..config.clone() }).expect_err("nobody wanted");
    assert_eq!(exit_code(&error), 2);
    let error = make(&IxiConfig { out: config.t1.clone(), ..config.clone() }).expect_err("one folder");
    assert!(exit_code(&error) == 2 && error.to_string().contains("--out"), "{error}");
    let absent = IxiConfig { t1: config.t1.join("absent"), ..config };
    assert!(make(&absent).expect_err("absent").to_string().contains("no such folder"));
}

#[test]
fn the_young_stay_young_when_their_age_is_rounded() {
    let (_folder, config) = source([808]);
    let _ = make(&config).expect_err("no usable image");
    let record = Record::read(&config.out.join("qc/sub-IXI808_qc.json")).expect("record: 44.996 years is young");
    assert!(record.refused.is_some() && record.input == "IXI808-Guys-0808-T1.nii.gz");
}
