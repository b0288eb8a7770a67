//! Numbers at fixed places of a binary header.

use super::ByteOrder;

/// The bytes of a header whose length was checked: every place asked for lies inside.
pub(super) struct Fields<'a, const LENGTH: usize> {
    pub bytes: &'a [u8; LENGTH],
    pub byte_order: ByteOrder,
}

impl<const LENGTH: usize> Fields<'_, LENGTH> {
    /// The bytes at `offset`.
    pub(super) fn at<const N: usize>(&self, offset: usize) -> [u8; N] {
        std::array::from_fn(|index| self.bytes[offset + index])
    }

    /// The same, least significant byte first.
    fn little<const N: usize>(&self, offset: usize) -> [u8; N] {
        let mut bytes = self.at(offset);
        if self.byte_order == ByteOrder::Big {
            bytes.reverse();
        }
        bytes
    }

    pub(super) fn i16(&self, offset: usize) -> i16 {
        i16::from_le_bytes(self.little(offset))
    }

    pub(super) fn i32(&self, offset: usize) -> i32 {
        i32::from_le_bytes(self.little(offset))
    }

    pub(super) fn i64(&self, offset: usize) -> i64 {
        i64::from_le_bytes(self.little(offset))
    }

    pub(super) fn f64(&self, offset: usize) -> f64 {
        f64::from_le_bytes(self.little(offset))
    }

    pub(super) fn f32s<const N: usize>(&self, offset: usize) -> [f64; N] {
        std::array::from_fn(|index| f32::from_le_bytes(self.little(offset + 4 * index)).into())
    }

    pub(super) fn f64s<const N: usize>(&self, offset: usize) -> [f64; N] {
        std::array::from_fn(|index| self.f64(offset + 8 * index))
    }
}
