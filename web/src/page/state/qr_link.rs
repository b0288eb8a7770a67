//! A link whose QR code is on the screen.

/// The link, and what must be said of it.
#[derive(Hash)]
pub struct QrLink {
    pub link: String,
    /// The sender looks at a scan of their own, which is not in it.
    pub leaves_scan_out: bool,
    /// Only the computer that serves the page can open it.
    pub is_of_this_computer: bool,
}
