//! Why files of the site are not there, or not what they should be.

use shared::coded;

/// A file that could not be had. `name` is its place on the site.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    #[error("{name}: {reason}. Try again; if that does not help, files may be missing from the site.")]
    Again { name: String, reason: SiteFault },
    #[error("{name}: {reason}. Reload the page; if that does not help, files may be missing from the site.")]
    Reload { name: String, reason: SiteFault },
    /// `detail` in words of the library that reads JSON.
    #[error("{name}: {detail}. Export it again with this version.")]
    Export { name: String, detail: String },
    #[error("atlas/aal.tsv: is not text. Reload the page.")]
    AtlasNoText,
    #[error("template/: is not the standard brain of this version. Reload the page.")]
    TemplateOther,
}

coded!(enum SiteError {
    Again { name, reason: SiteFault } => "site.again",
    Reload { name, reason: SiteFault } => "site.reload",
    Export { name, detail } => "site.export",
    AtlasNoText {} => "atlas.no_text",
    TemplateOther {} => "site.template",
});

/// What happened to a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SiteFault {
    #[error("the transfer broke off")]
    BrokenOff,
    #[error("the transfer broke off (no connection?)")]
    Lost,
    #[error("could not be fetched (no connection?)")]
    NotFetched,
    #[error("cannot be fetched here")]
    NotHere,
    #[error("there is no window")]
    NoWindow,
    #[error("the server answers {status}")]
    Status { status: u16 },
    #[error("arrived empty")]
    NoContent,
    #[error("cannot be read")]
    Unreadable,
    #[error("could not be read")]
    NotRead,
    #[error("is larger than allowed")]
    TooLarge,
}

coded!(enum SiteFault {
    BrokenOff {} => "site.broken_off",
    Lost {} => "site.broken_off.connection",
    NotFetched {} => "site.not_fetched",
    NotHere {} => "site.not_fetched.here",
    NoWindow {} => "site.no_window",
    Status { status } => "site.status",
    NoContent {} => "site.no_content",
    Unreadable {} => "site.unreadable",
    NotRead {} => "site.not_read",
    TooLarge {} => "site.too_large",
});

/// A file that a bundle should have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    #[error("manifest.json: has no usable file for `{role}` of the bundle. Export the bundle again.")]
    NoFile { role: String },
    #[error("manifest.json: has no usable file for `{role}` of sample {sample}. Export the bundle again.")]
    NoFileOfSample { role: String, sample: String },
}

coded!(enum CardError {
    NoFile { role } => "bundle.manifest.file",
    NoFileOfSample { role, sample } => "bundle.manifest.file.sample",
});
