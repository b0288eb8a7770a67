//! Every image of a folder, each into a folder of its own, and one table of all; an image that is refused does not stop the others.

use crate::explain::{Answer, Explained, Explainer, outputs};
use crate::failure::{is_unusable, unusable};
use crate::files;
use crate::progress::{Progress, stop_requested};
use anyhow::{Result, bail};
use shared::explain::Target;
use shared::volume::SINGLE_FILE_ENDINGS;
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// The table of all images.
pub const TABLE: &str = "explained.csv";

const COLUMNS: [&str; 10] = [
    "file",
    "folder",
    "verdict",
    "probability_old",
    "probability_old_translated",
    "age_years",
    "age_interval_years",
    "distance",
    "caution",
    "refused",
];

/// An image of the folder, and where its results go.
#[derive(Debug, PartialEq)]
struct Image {
    file: String,
    /// Below the folder of the results.
    folder: String,
}

/// Explains every image that lies in `input`, into `out`. `hear` is told of each as it ends, with the reason where it is refused.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: no image in the folder, or none of them can be used; the table says why. Other errors: the device
/// failed, a file cannot be written, or it was stopped by Ctrl-C.
pub fn explain_folder(
    explainer: &Explainer,
    input: &Path,
    out: &Path,
    target: Option<Target>,
    hear: &mut dyn FnMut(&str, Result<&Explained, &str>),
) -> Result<()> {
    let images = images_in(input)?;
    if images.is_empty() {
        return Err(unusable(format!(
            "{}: no image lies in this folder ({}); name the folder that holds them, or one image",
            input.display(),
            SINGLE_FILE_ENDINGS.join(", ")
        )));
    }
    remove_others(out, &images)?;
    files::remove(&out.join(TABLE))?;
    let progress = Progress::new("images", images.len() as u64, 0);
    let mut rows: Vec<(&Image, Result<Answer, String>)> = Vec::new();
    for image in &images {
        if stop_requested() {
            bail!("stopped after {} of {} images; give the same command again", rows.len(), images.len());
        }
        let folder = out.join(&image.folder);
        // What an earlier run left must not pass for the result of this one.
        outputs::remove(&folder)?;
        match explainer.explain(&input.join(&image.file), target) {
            Ok(explained) => {
                outputs::write(&folder, &explained)?;
                hear(&image.file, Ok(&explained));
                rows.push((image, Ok(explained.answer)));
            }
            Err(error) if is_unusable(&error) => {
                let reason = format!("{error:#}");
                hear(&image.file, Err(&reason));
                rows.push((image, Err(reason)));
            }
            Err(error) => return Err(error),
        }
        progress.advance();
    }
    drop(progress);
    files::write(&out.join(TABLE), &table(&rows)?)?;
    match rows.iter().any(|(_, answer)| answer.is_ok()) {
        true => Ok(()),
        false => Err(unusable(format!(
            "{}: none of its {} images can be explained; {} says why",
            input.display(),
            images.len(),
            out.join(TABLE).display()
        ))),
    }
}

/// Removes what an earlier run explained of images that are not among these; its table names them.
fn remove_others(out: &Path, images: &[Image]) -> Result<()> {
    let Ok(mut table) = csv::Reader::from_path(out.join(TABLE)) else { return Ok(()) };
    for row in table.records().flatten() {
        // The second column; nothing but a name of a folder here.
        let folder = Path::new(row.get(1).unwrap_or_default());
        let is_name = matches!(folder.components().collect::<Vec<_>>()[..], [Component::Normal(_)]);
        if is_name && !images.iter().any(|image| Path::new(&image.folder) == folder) {
            outputs::remove(&out.join(folder))?;
            // Stays where somebody put something else into it.
            let _ = std::fs::remove_dir(out.join(folder));
        }
    }
    Ok(())
}

/// Images that lie in the folder itself, in the order of their names; of a pair, the header.
fn images_in(folder: &Path) -> Result<Vec<Image>> {
    let unreadable =
        |error| unusable(format!("{}: cannot be listed ({error}); check its permissions", folder.display()));
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            entry.path().is_file().then(|| entry.file_name().to_string_lossy().into_owned())
        })
        .filter(|name| !name.starts_with('.') && stem(name).is_some())
        .collect();
    names.sort();
    Ok(with_folders(names))
}

/// The name without the ending of an image; `None` for other files.
fn stem(name: &str) -> Option<&str> {
    SINGLE_FILE_ENDINGS.into_iter().chain([".hdr"]).find_map(|ending| name.strip_suffix(ending))
}

/// Each with a folder by its name; where two images differ in their endings only, by the whole name.
fn with_folders(names: Vec<String>) -> Vec<Image> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for stem in names.iter().filter_map(|name| stem(name)) {
        *times.entry(stem.to_owned()).or_default() += 1;
    }
    let folder = |name: &str| match stem(name) {
        Some(stem) if times.get(stem) == Some(&1) && stem != TABLE => stem.to_owned(),
        _ => name.to_owned(),
    };
    names.into_iter().map(|file| Image { folder: folder(&file), file }).collect()
}

fn table(rows: &[(&Image, Result<Answer, String>)]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(COLUMNS)?;
    for (image, answer) in rows {
        let told = |cell: &dyn Fn(&Answer) -> Option<String>| answer.as_ref().ok().and_then(cell).unwrap_or_default();
        table.write_record([
            image.file.clone(),
            if answer.is_ok() { image.folder.clone() } else { String::new() },
            told(&|answer| Some(answer.verdict().unwrap_or("none").to_owned())),
            told(&|answer| Some(answer.probability_old_before.to_string())),
            told(&|answer| Some(answer.probability_old_after.to_string())),
            told(&|answer| Some(format!("{:.1}", answer.age?.years))),
            told(&|answer| Some(format!("{:.1}", answer.age?.interval_years))),
            told(&|answer| Some(format!("{:.3}", answer.familiarity?.distance))),
            told(&|answer| {
                let doubts: Vec<String> = answer.why_none().into_iter().chain(answer.caution.clone()).collect();
                (!doubts.is_empty()).then(|| doubts.join("; "))
            }),
            answer.as_ref().err().cloned().unwrap_or_default(),
        ])?;
    }
    Ok(table.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_image_has_a_folder_of_its_own() {
        let names = ["a.mgz", "a.nii.gz", "b.nii", "c.hdr"].map(str::to_owned);
        let folders: Vec<String> = with_folders(names.to_vec()).into_iter().map(|image| image.folder).collect();
        assert_eq!(folders, ["a.mgz", "a.nii.gz", "b", "c"]);
        let folder = tempfile::tempdir().expect("folder");
        for name in ["x.nii", "x.img", "x.hdr", "notes.txt", ".y.nii"] {
            std::fs::write(folder.path().join(name), b"").expect("file");
        }
        std::fs::create_dir(folder.path().join("z.nii")).expect("folder");
        let files: Vec<String> =
            images_in(folder.path()).expect("listed").into_iter().map(|image| image.file).collect();
        assert_eq!(files, ["x.hdr", "x.nii"]);
    }
}
