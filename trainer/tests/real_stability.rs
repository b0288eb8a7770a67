//! The same scan, written otherwise or moved by half a voxel, keeps its map and its verdict: on the real heads of
//! `AGELENS_DATA`; `make test-real` runs it, and it fails where the data are missing.

#[path = "../../shared/tests/aside/mod.rs"]
mod aside;

use aside::half_a_voxel_aside;
use assert_cmd::Command;
use shared::explain::ncc_in_mask;
use shared::volume::{Volume, read_nifti, write_nifti};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What is done to a scan; the first is nothing.
const KINDS: [&str; 5] = ["as-it-is", "integers", "times-1000", "plus-5000", "half-a-voxel"];

/// T1 images of people: file names without `_T1w.nii.gz`, and paths.
fn scans() -> Vec<(String, PathBuf)> {
    let data = std::env::var_os("AGELENS_DATA").map(PathBuf::from);
    let data = data.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"));
    let mut scans = Vec::new();
    for folder in ["ixi-t1-2mm", "strangers"].map(|name| data.join(name)) {
        let people = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for person in people.map(|entry| entry.unwrap().path().join("anat")).filter(|path| path.is_dir()) {
            for file in fs::read_dir(person).unwrap().map(|entry| entry.unwrap().path()) {
                let name = file.file_name().unwrap().to_str().unwrap().to_owned();
                if let Some(name) = name.strip_suffix("_T1w.nii.gz") {
                    scans.push((name.to_owned(), file));
                }
            }
        }
    }
    scans.sort();
    scans
}

fn read(path: &Path) -> Volume {
    read_nifti("scan", &fs::read(path).unwrap(), None).unwrap().into_volume().unwrap()
}

fn changed(scan: &Volume, kind: &str) -> Volume {
    let each = |of: &dyn Fn(f32) -> f32| scan.with_data(scan.data.iter().map(|value| of(*value)).collect());
    let highest = scan.data.iter().copied().fold(0.0, f32::max);
    match kind {
        "integers" => each(&|value| (value * 1000.0 / highest).round()),
        "times-1000" => each(&|value| value * 1000.0),
        "plus-5000" => each(&|value| value + 5000.0),
        "half-a-voxel" => half_a_voxel_aside(scan),
        _ => scan.clone(),
    }
}

fn trainer() -> Command {
    Command::cargo_bin("trainer").unwrap()
}

/// The grey-matter map of a scan, as `trainer prepare` writes it.
fn grey_matter(scan: &Volume, folder: &Path) -> Volume {
    let file = folder.join("scan_T1w.nii");
    fs::write(&file, write_nifti(scan, "")).unwrap();
    let out = folder.join("prepared");
    trainer().arg("prepare").arg(&file).arg("--out").arg(&out).assert().success();
    let map = read(&out.join("scan_space-MNI152NLin2009aSym_res-2_label-GM_probseg.nii.gz"));
    fs::remove_dir_all(out).unwrap();
    map
}

/// Correlation where either map has grey matter.
fn agreement(a: &Volume, b: &Volume) -> f64 {
    let either: Vec<bool> = std::iter::zip(&a.data, &b.data).map(|(a, b)| *a > 0.0 || *b > 0.0).collect();
    ncc_in_mask(&a.data, &b.data, &either).unwrap()
}

#[test]
fn maps_and_verdicts_do_not_hang_on_how_a_scan_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let maps = folder.path().join("maps");
    fs::create_dir(&maps).unwrap();
    let mut correlations: BTreeMap<String, f64> = BTreeMap::new();
    let scans = scans();
    for (name, path) in &scans {
        let scan = read(path);
        let original = grey_matter(&scan, folder.path());
        for kind in KINDS {
            let map =
                if kind == KINDS[0] { original.clone() } else { grey_matter(&changed(&scan, kind), folder.path()) };
            correlations.insert(format!("{name}_{kind}"), agreement(&original, &map));
            fs::write(maps.join(format!("{name}_{kind}.nii")), write_nifti(&map, "")).unwrap();
        }
    }
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models/oasis1-t1-slab");
    let out = folder.path().join("explained");
    trainer().arg("explain").arg(&maps).arg("--bundle").arg(bundle).arg("--out").arg(&out).assert().success();
    let mut table = csv::Reader::from_path(out.join("explained.csv")).unwrap();
    let p_old: BTreeMap<String, f64> = table
        .deserialize()
        .map(|row: Result<BTreeMap<String, String>, _>| row.unwrap())
        .map(|row| (row["file"].trim_end_matches(".nii").to_owned(), row["probability_old"].parse().unwrap()))
        .collect();

    println!("kind          r: smallest, median   change of P(old): largest, median   ({} scans)", scans.len());
    for kind in &KINDS[1..] {
        let column = |of: &dyn Fn(&str) -> f64| {
            let mut values: Vec<f64> = scans.iter().map(|(name, _)| of(name)).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let of_kind = |name: &str| format!("{name}_{kind}");
        let r = column(&|name| correlations[&of_kind(name)]);
        let change = column(&|name| (p_old[&of_kind(name)] - p_old[&format!("{name}_{}", KINDS[0])]).abs());
        let middle = scans.len() / 2;
        println!("{kind:13} {:.3}, {:.3}   {:.3}, {:.3}", r[0], r[middle], change[change.len() - 1], change[middle]);
        for (name, _) in scans.iter().filter(|_| std::env::var_os("AGELENS_MEASURES").is_some()) {
            println!("    {name:28} {:.3} {:.3}", correlations[&of_kind(name)], p_old[&of_kind(name)]);
        }
        let lowest = if *kind == "half-a-voxel" { 0.96 } else { 0.99 };
        assert!(r[0] >= lowest, "{kind}: r {}", r[0]);
    }
}
