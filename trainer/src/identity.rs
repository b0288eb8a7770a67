//! Who a subject is, where identifiers shall not be written.

use shared::bundle::sha256_hex;

/// What stands for a subject where identifiers shall not.
pub fn subject_hash(id: &str) -> String {
    sha256_hex(id.as_bytes())[..12].to_string()
}
