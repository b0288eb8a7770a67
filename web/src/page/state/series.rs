//! The series that were found in the visitor's DICOM files.

use web::dicom::Series;
use web_sys::File;

/// A series of the visitor's DICOM files.
#[derive(Clone)]
pub struct OwnSeries {
    pub about: Series,
    /// None where it was too large to convert.
    pub file: Option<File>,
}
