//! Who a subject is, where identifiers shall not be written.

use shared::bundle::sha256_hex;

/// What stands for a subject where identifiers shall not.
pub fn subject_hash(id: &str) -> String {
    sha256_hex(id.as_bytes())[..12].to_string()
}

/// The same as a number, for chance that belongs to a subject.
pub fn subject_number(id: &str) -> u64 {
    u64::from_str_radix(&subject_hash(id), 16).unwrap_or(0)
}
