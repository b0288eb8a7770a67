//! How a subject of IXI is called.

/// `sub-IXI012`, as IXI writes its numbers.
pub fn subject_id(number: u32) -> String {
    format!("sub-IXI{number:03}")
}
