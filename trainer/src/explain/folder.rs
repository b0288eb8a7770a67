//! Every image of a folder, each into a folder of its own, and one table of all; an image that is refused does not stop the others,
//! and one whose results are there is not computed again.
//!
//! The table is written first, so that a later run knows the folders of one that was broken off. What is not done says so in it.

use crate::explain::{Answer, Explainer, outputs};
use crate::failure::{is_unusable, unusable};
use crate::files;
use crate::prepare::Input;
use crate::progress::{Progress, stop_requested};
use anyhow::{Result, bail};
use shared::explain::Target;
use shared::volume::SINGLE_FILE_ENDINGS;
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// The table of all images.
pub const TABLE: &str = "explained.csv";

/// Images between two writings of the table.
const TABLE_EVERY: usize = 20;

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

/// In the column `refused`, of an image whose turn has not come.
const NOT_YET: &str = "not explained yet; the same command continues";

/// An image of the folder, and where its results go.
#[derive(Debug, PartialEq)]
struct Image {
    file: String,
    /// Below the folder of the results.
    folder: String,
}

/// How an image ended: what was found, or why it was refused.
type Ended = Result<Answer, String>;

/// Explains every image that lies in `input`, into `out`. `hear` is told of each as it ends, with the reason where it is refused.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: no image in the folder, or none of them can be used; the table says why. Other errors: the device
/// failed, a file cannot be written, or it was stopped by Ctrl-C; the same command continues.
pub fn explain_folder(
    explainer: &Explainer,
    input: &Path,
    out: &Path,
    target: Option<Target>,
    hear: &mut dyn FnMut(&str, Result<&Answer, &str>),
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
    let mut rows = Vec::new();
    let write_table = |rows: &[Ended]| files::write(&out.join(TABLE), &table(&images, rows)?);
    write_table(&rows)?;
    let progress = Progress::new("images", images.len() as u64, 0);
    let each = images.iter().try_for_each(|image| {
        if stop_requested() {
            bail!("stopped after {} of {} images; the same command continues", rows.len(), images.len());
        }
        let ended = match explain_once(explainer, &input.join(&image.file), target, &out.join(&image.folder)) {
            Err(error) if is_unusable(&error) => Err(format!("{error:#}")),
            ended => Ok(ended?),
        };
        hear(&image.file, ended.as_ref().map_err(String::as_str));
        rows.push(ended);
        if rows.len().is_multiple_of(TABLE_EVERY) {
            write_table(&rows)?;
        }
        progress.advance();
        Ok(())
    });
    drop(progress);
    let written = write_table(&rows);
    // The first that went wrong is told.
    each?;
    written?;
    match rows.iter().any(Result::is_ok) {
        true => Ok(()),
        false => Err(unusable(format!(
            "{}: none of its {} images can be explained; {} says why",
            input.display(),
            images.len(),
            out.join(TABLE).display()
        ))),
    }
}

/// Explains one image, unless its results are there, made of the same file by the same bundle and program, with the same target.
fn explain_once(explainer: &Explainer, image: &Path, target: Option<Target>, folder: &Path) -> Result<Answer> {
    let input = Input::read(image);
    let target_reached = match target {
        Some(Target::Years(years)) => Some(Target::Years(explainer.within_dial(years))),
        _ => target,
    };
    if let (Ok(input), Some(there)) = (&input, outputs::read_whole(folder))
        && there.input_sha256 == input.sha256
        && explainer.is_maker(&there.bundle_sha256, &there.program_version)
        && there.leads_to(target_reached)
    {
        // The same file may be called by another path now.
        if there.input != input.name {
            let answer = Answer { input: input.name.clone(), ..there };
            outputs::write_answer(folder, &answer)?;
            return Ok(answer);
        }
        return Ok(there);
    }
    // What an earlier run left must not pass for the result of this one.
    outputs::remove(folder)?;
    let explained = explainer.explain_input(input?, target)?;
    outputs::write(folder, &explained)?;
    Ok(explained.answer)
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

/// A row for each image; `rows` are those that have ended, in the images' order.
fn table(images: &[Image], rows: &[Ended]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(COLUMNS)?;
    for (number, image) in images.iter().enumerate() {
        let ended = rows.get(number).map(Result::as_ref);
        let told = |cell: &dyn Fn(&Answer) -> Option<String>| ended?.ok().and_then(cell);
        let refused = ended.map_or(Some(NOT_YET), |ended| ended.err().map(String::as_str));
        let cells = [
            Some(image.file.clone()),
            // Of one whose turn has not come, too: results of an earlier run may lie in it.
            (!matches!(ended, Some(Err(_)))).then(|| image.folder.clone()),
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
            refused.map(str::to_owned),
        ];
        table.write_record(cells.map(Option::unwrap_or_default))?;
    }
    Ok(table.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_images_whose_turn_has_not_come_and_they_go_once_they_are_gone() {
        let images = with_folders(["a.nii", "b.nii"].map(str::to_owned).to_vec());
        let text = table(&images, &[Err("no image".to_owned())]).expect("table");
        let text = String::from_utf8(text).expect("text");
        let rows: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(rows, ["a.nii,,,,,,,,,no image", &format!("b.nii,b,,,,,,,,{NOT_YET}")]);
        let out = tempfile::tempdir().expect("folder");
        files::write(&out.path().join(TABLE), text.as_bytes()).expect("file");
        files::write(&out.path().join("b/cam.nii.gz"), b"").expect("file");
        remove_others(out.path(), &images).expect("removed");
        assert!(out.path().join("b/cam.nii.gz").exists());
        remove_others(out.path(), &images[..1]).expect("removed");
        assert!(!out.path().join("b").exists());
    }

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
