//! Which of the files that a user chose or dropped make one image.

/// One image: position of the file that holds the header, and of the `.img` that belongs to a `.hdr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneImage {
    pub main: usize,
    pub image: Option<usize>,
}

/// Largest file that is read at all: no whole-head image of 1 mm comes near it, and a browser tab survives it.
pub const MAX_FILE_BYTES: f64 = 512.0 * 1024.0 * 1024.0;

/// A file's name without the endings of an image; as it is where it has none.
pub fn stem(name: &str) -> &str {
    [".nii.gz", ".nii", ".hdr.gz", ".hdr"].into_iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// Finds the image among `names` and sizes in bytes, or says what to do instead.
pub fn one_image(files: &[(String, f64)]) -> Result<OneImage, String> {
    let ends = |index: usize, suffixes: &[&str]| {
        let name = files[index].0.to_ascii_lowercase();
        suffixes.iter().any(|suffix| name.ends_with(suffix))
    };
    for (name, bytes) in files {
        if *bytes > MAX_FILE_BYTES {
            let megabytes = (bytes / 1e6).round();
            return Err(format!(
                "{name}: {megabytes} MB is more than this page reads. Choose one 3-D image, a raw T1 image of a head \
                 or a grey-matter map; such files usually have a few megabytes."
            ));
        }
        if *bytes == 0.0 {
            return Err(format!("{name}: the file is empty. Copy or download it again."));
        }
    }
    let indices = || 0..files.len();
    let headers: Vec<usize> = indices().filter(|&index| ends(index, &[".hdr", ".hdr.gz"])).collect();
    let images: Vec<usize> = indices().filter(|&index| ends(index, &[".img", ".img.gz"])).collect();
    let singles: Vec<usize> = indices().filter(|&index| ends(index, &[".nii", ".nii.gz"])).collect();
    match (singles.as_slice(), headers.as_slice(), images.as_slice(), files) {
        (&[main], [], [], [_]) => Ok(OneImage { main, image: None }),
        ([], &[main], &[image], [_, _]) => Ok(OneImage { main, image: Some(image) }),
        (_, _, _, []) => Err("No file was chosen. Choose a .nii or .nii.gz file, or a .hdr with its .img.".into()),
        ([], [_], [], _) => Err(format!("{}: choose it together with the .img of the same name.", files[headers[0]].0)),
        ([], [], [_], _) => Err(format!("{}: choose it together with the .hdr of the same name.", files[images[0]].0)),
        ([], [], [], [(name, _)]) if is_dicom(name) => {
            Err(format!("{name}: looks like DICOM. Convert the T1 series to NIfTI first, for example with dcm2niix."))
        }
        ([], [], [], [(name, _)]) => Err(format!(
            "{name}: does not look like a NIfTI file. Choose a .nii or .nii.gz file, or a .hdr with its .img."
        )),
        _ => Err(format!(
            "{} files were chosen. Choose one image: a .nii or .nii.gz file, or a .hdr with its .img.",
            files.len()
        )),
    }
}

fn is_dicom(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".dcm") || name.ends_with(".ima") || name == "dicomdir"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(names: &[&str]) -> Result<OneImage, String> {
        let files: Vec<_> = names.iter().map(|name| (name.to_string(), 1000.0)).collect();
        one_image(&files)
    }

    #[test]
    fn finds_single_files_and_pairs() {
        assert_eq!(choose(&["a.nii"]), Ok(OneImage { main: 0, image: None }));
        assert_eq!(choose(&["A.NII.GZ"]), Ok(OneImage { main: 0, image: None }));
        assert_eq!(choose(&["a.img", "a.hdr"]), Ok(OneImage { main: 1, image: Some(0) }));
    }

    #[test]
    fn says_what_to_do_instead() {
        for (names, words) in [
            (&[][..], "No file"),
            (&["a.hdr"], "together with the .img"),
            (&["a.img"], "together with the .hdr"),
            (&["a.dcm"], "dcm2niix"),
            (&["a.png"], "not look like a NIfTI"),
            (&["a.nii", "b.nii"], "2 files"),
            (&["a.nii", "b.txt"], "2 files"),
        ] {
            let message = choose(names).unwrap_err();
            assert!(message.contains(words), "{names:?}: {message}");
        }
        let too_large = one_image(&[("big.nii".into(), 1e12)]).unwrap_err();
        assert!(too_large.starts_with("big.nii"), "{too_large}");
        assert!(one_image(&[("none.nii".into(), 0.0)]).unwrap_err().contains("empty"));
    }
}
