//! What page and viewer throw as JavaScript errors: with a `code` where it is ours, and a `detail`.

use shared::coded;
use shared::told::Coded;

/// An error that was thrown. Its English is not in the error, which may come from the viewer: it has only code and detail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Thrown {
    #[error("there is no window")]
    NoWindow,
    #[error("there is no document")]
    NoDocument,
    #[error("the page has no {detail}")]
    NoElement { detail: String },
    #[error("the picture cannot be drawn")]
    NoPicture,
    #[error("This graphics device cannot draw the brain in 3-D ({detail}). The slices still work.")]
    NoBody { detail: String },
    #[error("The 3-D drawing of the brain could not be loaded ({detail}). Check the connection and try again.")]
    NotLoaded { detail: String },
    #[error("The picture is too large for this browser. Make the window smaller and try again.")]
    LargePicture,
    #[error("There is no map on the screen to save as a picture.")]
    NoMap,
    /// In words of the browser, or of a library.
    #[error("{detail}")]
    Other { detail: String },
}

coded!(enum Thrown {
    NoWindow {} => "page.no_window",
    NoDocument {} => "page.no_document",
    NoElement { detail } => "page.no_element",
    NoPicture {} => "page.no_picture",
    NoBody { detail } => "viewer.body",
    NotLoaded { detail } => "viewer.not_loaded",
    LargePicture {} => "viewer.picture.too_large",
    NoMap {} => "viewer.picture.none",
    Other { detail } => "page.thrown",
});

impl Thrown {
    /// From the parts of an error.
    pub fn of(code: Option<&str>, detail: String) -> Self {
        match code {
            Some("page.no_window") => Thrown::NoWindow,
            Some("page.no_document") => Thrown::NoDocument,
            Some("page.no_element") => Thrown::NoElement { detail },
            Some("page.no_picture") => Thrown::NoPicture,
            Some("viewer.body") => Thrown::NoBody { detail },
            Some("viewer.not_loaded") => Thrown::NotLoaded { detail },
            Some("viewer.picture.too_large") => Thrown::LargePicture,
            Some("viewer.picture.none") => Thrown::NoMap,
            _ => Thrown::Other { detail },
        }
    }

    pub fn code(&self) -> String {
        self.told().code
    }

    /// What its sentence cannot say without.
    pub fn detail(&self) -> &str {
        match self {
            Thrown::NoElement { detail }
            | Thrown::NoBody { detail }
            | Thrown::NotLoaded { detail }
            | Thrown::Other { detail } => detail,
            Thrown::NoWindow | Thrown::NoDocument | Thrown::NoPicture | Thrown::LargePicture | Thrown::NoMap => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_known_again_by_its_code() {
        for code in Thrown::CODES.own {
            let thrown = Thrown::of(Some(code.name), "detail".into());
            assert_eq!(thrown.code(), code.name);
            assert_eq!(Thrown::of(Some(&thrown.code()), thrown.detail().to_owned()), thrown);
        }
        assert_eq!(Thrown::of(None, "odd".into()).to_string(), "odd");
    }

    #[test]
    fn the_viewer_throws_what_is_known() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/viewer/src");
        let mut found = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let source = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            for code in source.split("failure('").skip(1).filter_map(|rest| rest.split('\'').next()) {
                assert!(Thrown::CODES.own.iter().any(|known| known.name == code), "{code}");
                found += 1;
            }
        }
        assert_eq!(found, 4);
    }
}
