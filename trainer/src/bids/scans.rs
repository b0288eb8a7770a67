//! The T1 images of a data set, as BIDS names them: `sub-<label>/[ses-<label>/]anat/sub-<label>_…_T1w.nii[.gz]`.

use crate::cohort::dataset::{part_of_no_plain_t1, sort_plain_first};
use crate::failure::unusable;
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::Path;

/// Endings that BIDS allows, the one to take first.
const ENDINGS: [&str; 2] = [".nii.gz", ".nii"];

/// One T1 image.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// `sub-…`.
    pub participant: String,
    /// `ses-…`.
    pub session: Option<String>,
    /// Below the data set, with `/`.
    pub path: String,
    /// What the names of the results begin with: the file's name without `_T1w` and its ending.
    pub stem: String,
    /// Why it is not taken, whatever it shows.
    pub not_taken: Option<String>,
}

impl Scan {
    /// The person's folder, and of the session, below the data set and below the results.
    pub fn folder(&self) -> String {
        match &self.session {
            Some(session) => format!("{}/{session}", self.participant),
            None => self.participant.clone(),
        }
    }
}

/// A person with all T1 images, the plain, first one first.
#[derive(Clone, Debug, PartialEq)]
pub struct Participant {
    pub id: String,
    pub scans: Vec<Scan>,
}

/// The people of a data set, or those of `labels`, in the order of their names.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: nobody is there, somebody asked for is not, or a folder cannot be read.
pub fn find(dataset: &Path, labels: &[String]) -> Result<Vec<Participant>> {
    let all = folders(dataset, "sub-")?;
    if all.is_empty() {
        return Err(unusable(format!(
            "{}: no folder sub-… in it; give the BIDS data set itself, in which sub-01/anat/sub-01_T1w.nii.gz lies",
            dataset.display()
        )));
    }
    let asked: BTreeSet<String> =
        labels.iter().map(|label| format!("sub-{}", label.strip_prefix("sub-").unwrap_or(label))).collect();
    if let Some(missing) = asked.iter().find(|id| !all.contains(id)) {
        return Err(unusable(format!("{}: no folder {missing}; see --participant-label", dataset.display())));
    }
    let wanted = all.into_iter().filter(|id| asked.is_empty() || asked.contains(id));
    wanted.map(|id| Ok(Participant { scans: scans_of(dataset, &id)?, id })).collect()
}

fn scans_of(dataset: &Path, id: &str) -> Result<Vec<Scan>> {
    let sessions = folders(&dataset.join(id), "ses-")?;
    let mut found = Vec::new();
    for session in std::iter::once(None).chain(sessions.into_iter().map(Some)) {
        let folder = match &session {
            Some(session) => format!("{id}/{session}/anat"),
            None => format!("{id}/anat"),
        };
        let mut names = names(&dataset.join(&folder))?;
        names.sort();
        for name in names {
            let Some(stem) = stem(&name) else { continue };
            let not_taken = why_not(id, session.as_deref(), stem, &name, &dataset.join(&folder));
            found.push(Scan {
                participant: id.to_owned(),
                session: session.clone(),
                path: format!("{folder}/{name}"),
                stem: stem.to_owned(),
                not_taken,
            });
        }
    }
    let name = |scan: &Scan| (scan.path.clone(), format!("{}_T1w", scan.stem));
    let mut named: Vec<((String, String), Scan)> = found.into_iter().map(|scan| (name(&scan), scan)).collect();
    sort_plain_first(&mut named, |((path, stem), _)| (Path::new(path), stem));
    Ok(named.into_iter().map(|(_, scan)| scan).collect())
}

/// The name without `_T1w` and its ending; `None` for other files.
fn stem(name: &str) -> Option<&str> {
    ENDINGS
        .into_iter()
        .find_map(|ending| name.strip_suffix(ending))?
        .strip_suffix("_T1w")
        .filter(|stem| !stem.is_empty())
}

/// Why an image is not taken, whatever it shows.
fn why_not(id: &str, session: Option<&str>, stem: &str, name: &str, folder: &Path) -> Option<String> {
    let own = match session {
        Some(session) => format!("{id}_{session}"),
        None => id.to_owned(),
    };
    let rest = stem.strip_prefix(own.as_str());
    if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_')) {
        return Some(format!("its name does not begin with {own}_, so it may be somebody else's; correct the name"));
    }
    if name.ends_with(ENDINGS[1]) && folder.join(format!("{name}.gz")).exists() {
        return Some("the same image lies beside it as .nii.gz, which is used".to_owned());
    }
    part_of_no_plain_t1(stem).map(|key| {
        format!("it is not a plain T1 image ({key}-… in its name), and the preparation works only for those")
    })
}

/// Folders of a folder whose names begin so, in order.
fn folders(folder: &Path, start: &str) -> Result<Vec<String>> {
    let mut found = names(folder)?;
    found.retain(|name| name.starts_with(start) && name.len() > start.len() && folder.join(name).is_dir());
    found.sort();
    Ok(found)
}

/// Names in a folder; none where there is no such folder. Links to what is not there count: their image is refused by name.
fn names(folder: &Path) -> Result<Vec<String>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let unreadable =
        |error| unusable(format!("{}: cannot be listed ({error}); check its permissions", folder.display()));
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(paths: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("folder");
        for path in paths {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            std::fs::write(path, b"").expect("file");
        }
        folder
    }

    #[test]
    fn every_session_and_run_is_found_the_plain_first_one_first() {
        let folder = dataset(&[
            "sub-01/ses-2/anat/sub-01_ses-2_T1w.nii.gz",
            "sub-01/ses-1/anat/sub-01_ses-1_run-10_T1w.nii.gz",
            "sub-01/ses-1/anat/sub-01_ses-1_run-2_T1w.nii",
            "sub-01/ses-1/anat/sub-01_ses-1_T2w.nii.gz",
            "sub-02/anat/sub-02_T1w.nii.gz",
            "sub-02/anat/sub-02_T1w.json",
            "sub-03/func/sub-03_task-rest_bold.nii.gz",
            "derivatives/x/sub-04/anat/sub-04_T1w.nii.gz",
        ]);
        let found = find(folder.path(), &[]).expect("found");
        let ids: Vec<(&str, usize)> = found.iter().map(|one| (one.id.as_str(), one.scans.len())).collect();
        assert_eq!(ids, [("sub-01", 3), ("sub-02", 1), ("sub-03", 0)]);
        let stems: Vec<&str> = found[0].scans.iter().map(|scan| scan.stem.as_str()).collect();
        assert_eq!(stems, ["sub-01_ses-1_run-2", "sub-01_ses-1_run-10", "sub-01_ses-2"]);
        assert_eq!(
            (found[0].scans[0].folder().as_str(), found[1].scans[0].folder().as_str()),
            ("sub-01/ses-1", "sub-02")
        );
        assert!(found.iter().flat_map(|one| &one.scans).all(|scan| scan.not_taken.is_none()));
        let some = find(folder.path(), &["02".to_owned(), "sub-03".to_owned()]).expect("found");
        assert_eq!(some.len(), 2);
        assert!(find(folder.path(), &["04".to_owned()]).is_err_and(|error| error.to_string().contains("sub-04")));
        assert!(find(&folder.path().join("sub-03"), &[]).is_err());
    }

    #[test]
    fn what_is_not_taken_has_its_reason() {
        let folder = dataset(&[
            "sub-01/anat/sub-01_T1w.nii.gz",
            "sub-01/anat/sub-01_T1w.nii",
            "sub-01/anat/sub-01_ce-gadolinium_T1w.nii.gz",
            "sub-01/anat/sub-010_T1w.nii.gz",
        ]);
        let scans = find(folder.path(), &[]).expect("found").remove(0).scans;
        let reasons: Vec<Option<&str>> = scans.iter().map(|scan| scan.not_taken.as_deref()).collect();
        let has = |word: &str| reasons.iter().flatten().any(|reason| reason.contains(word));
        assert!(has("as .nii.gz") && has("ce-…") && has("does not begin with sub-01_"), "{reasons:?}");
        assert_eq!(reasons.iter().filter(|reason| reason.is_none()).count(), 1);
    }
}
