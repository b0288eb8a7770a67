//! Which of the files that a user chose or dropped make one image.

use shared::coded;
use shared::volume::SINGLE_FILE_ENDINGS;

/// Files of which no image can be taken, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    #[error(
        "{name}: {megabytes} MB is more than this page reads. Choose one 3-D image, a raw T1 image of a head or a \
         grey-matter map; such files usually have a few megabytes."
    )]
    TooLarge { name: String, megabytes: u64 },
    #[error("{name}: the file is empty. Copy or download it again.")]
    Empty { name: String },
    #[error(
        "No file was chosen. Choose a .nii, .nii.gz, .mgz, .mgh or .nrrd file, a .hdr with its .img, or a folder of DICOM files."
    )]
    None,
    #[error("{name}: choose it together with the .img of the same name.")]
    NeedsImage { name: String },
    #[error("{name}: choose it together with the .hdr of the same name.")]
    NeedsHeader { name: String },
    #[error("{name}: is named like a DICOM file, but is not one. Choose the whole folder of the scan, or a zip of it.")]
    Dicom { name: String },
    #[error(
        "{name}: does not look like an image that this page reads. Choose a .nii, .nii.gz, .mgz, .mgh or .nrrd file, a .hdr \
         with its .img, or DICOM files, their folder or a zip of them."
    )]
    OtherName { name: String },
    #[error(
        "{count} files were chosen. Choose one image: a .nii, .nii.gz, .mgz, .mgh or .nrrd file, or a .hdr with its .img."
    )]
    Several { count: usize },
}

coded!(enum ChoiceError {
    TooLarge { name, megabytes } => "file.too_large.chosen",
    Empty { name } => "file.empty.chosen",
    None {} => "file.none",
    NeedsImage { name } => "file.needs_img",
    NeedsHeader { name } => "file.needs_hdr",
    Dicom { name } => "file.dicom.chosen",
    OtherName { name } => "file.other_name",
    Several { count } => "file.several",
});

impl ChoiceError {
    /// Whether files that are no image by their names may be DICOM by what is in them.
    pub fn may_be_dicom(&self, files: usize) -> bool {
        match self {
            ChoiceError::None | ChoiceError::NeedsImage { .. } | ChoiceError::NeedsHeader { .. } => false,
            ChoiceError::TooLarge { .. } | ChoiceError::Empty { .. } => files > 1,
            ChoiceError::Dicom { .. } | ChoiceError::OtherName { .. } | ChoiceError::Several { .. } => true,
        }
    }
}

/// One image: position of the file that holds the header, and of the `.img` that belongs to a `.hdr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneImage {
    pub main: usize,
    pub image: Option<usize>,
}

/// Largest file that is read at all: no whole-head image of 1 mm comes near it, and a browser tab survives it.
pub const MAX_FILE_BYTES: f64 = 512.0 * 1024.0 * 1024.0;

/// How names of headers end whose voxels are in an `.img`.
const HEADER_ENDINGS: [&str; 2] = [".hdr.gz", ".hdr"];

/// A file's name without the endings of an image; as it is where it has none.
pub fn stem(name: &str) -> &str {
    let endings = SINGLE_FILE_ENDINGS.iter().chain(&HEADER_ENDINGS);
    endings.into_iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// Finds the image among `names` and sizes in bytes, or says what to do instead.
pub fn one_image(files: &[(String, f64)]) -> Result<OneImage, ChoiceError> {
    let ends = |index: usize, suffixes: &[&str]| {
        let name = files[index].0.to_ascii_lowercase();
        suffixes.iter().any(|suffix| name.ends_with(suffix))
    };
    for (name, bytes) in files {
        if *bytes > MAX_FILE_BYTES {
            return Err(ChoiceError::TooLarge { name: name.clone(), megabytes: (bytes / 1e6).round() as u64 });
        }
        if *bytes == 0.0 {
            return Err(ChoiceError::Empty { name: name.clone() });
        }
    }
    let indices = || 0..files.len();
    let headers: Vec<usize> = indices().filter(|&index| ends(index, &HEADER_ENDINGS)).collect();
    let images: Vec<usize> = indices().filter(|&index| ends(index, &[".img", ".img.gz"])).collect();
    let singles: Vec<usize> = indices().filter(|&index| ends(index, &SINGLE_FILE_ENDINGS)).collect();
    // An NRRD header, with or without the file that holds its voxels: whoever reads it says why not, and what to do.
    let detached: Vec<usize> = indices().filter(|&index| ends(index, &[".nhdr"])).collect();
    if let (&[main], [], [], [], [_] | [_, _]) = (&detached[..], &singles[..], &headers[..], &images[..], files) {
        return Ok(OneImage { main, image: None });
    }
    match (singles.as_slice(), headers.as_slice(), images.as_slice(), files) {
        (&[main], [], [], [_]) => Ok(OneImage { main, image: None }),
        ([], &[main], &[image], [_, _]) => Ok(OneImage { main, image: Some(image) }),
        (_, _, _, []) => Err(ChoiceError::None),
        ([], [_], [], _) => Err(ChoiceError::NeedsImage { name: files[headers[0]].0.clone() }),
        ([], [], [_], _) => Err(ChoiceError::NeedsHeader { name: files[images[0]].0.clone() }),
        ([], [], [], [(name, _)]) if is_dicom(name) => Err(ChoiceError::Dicom { name: name.clone() }),
        ([], [], [], [(name, _)]) => Err(ChoiceError::OtherName { name: name.clone() }),
        _ => Err(ChoiceError::Several { count: files.len() }),
    }
}

fn is_dicom(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".dcm") || name.ends_with(".ima") || name == "dicomdir"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(names: &[&str]) -> Result<OneImage, ChoiceError> {
        let files: Vec<_> = names.iter().map(|name| (name.to_string(), 1000.0)).collect();
        one_image(&files)
    }

    #[test]
    fn finds_single_files_and_pairs() {
        assert_eq!(choose(&["a.nii"]), Ok(OneImage { main: 0, image: None }));
        assert_eq!(choose(&["A.NII.GZ"]), Ok(OneImage { main: 0, image: None }));
        for name in ["a.mgz", "a.MGH", "a.nrrd"] {
            assert_eq!(choose(&[name]), Ok(OneImage { main: 0, image: None }));
        }
        assert_eq!(choose(&["a.img", "a.hdr"]), Ok(OneImage { main: 1, image: Some(0) }));
    }

    #[test]
    fn a_header_of_nrrd_goes_to_the_reader_who_refuses_it() {
        for (names, main) in [(&["a.nhdr"][..], 0), (&["a.raw", "a.nhdr"], 1), (&["a.nhdr", "a.raw.gz"], 0)] {
            assert_eq!(choose(names), Ok(OneImage { main, image: None }));
        }
    }

    #[test]
    fn names_lose_the_ending_of_an_image() {
        for name in ["a.nii", "a.nii.gz", "a.hdr", "a.mgz", "a.mgh", "a.nrrd", "a"] {
            assert_eq!(stem(name), "a");
        }
    }

    #[test]
    fn says_what_to_do_instead() {
        for (names, words) in [
            (&[][..], "No file"),
            (&["a.hdr"], "together with the .img"),
            (&["a.img"], "together with the .hdr"),
            (&["a.dcm"], "whole folder"),
            (&["a.png"], "not look like an image"),
            (&["a.raw"], "not look like an image"),
            (&["a.nii", "b.nii"], "2 files"),
            (&["a.nii", "b.txt"], "2 files"),
            (&["a.mgz", "b.nrrd"], "2 files"),
            (&["a.nhdr", "b.nhdr"], "2 files"),
        ] {
            let message = choose(names).unwrap_err().to_string();
            assert!(message.contains(words), "{names:?}: {message}");
        }
        let too_large = one_image(&[("big.nii".into(), 1e12)]).unwrap_err().to_string();
        assert!(too_large.starts_with("big.nii: 1000000 MB"), "{too_large}");
        assert!(one_image(&[("none.nii".into(), 0.0)]).unwrap_err().to_string().contains("empty"));
    }
}
