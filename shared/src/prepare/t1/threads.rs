//! Work on the slices of a volume, on several threads where the program has them.
//!
//! Results do not depend on the number of threads: each slice is computed alone, and sums are added in order.

/// Fills each slice of `slice_len` values.
pub(super) fn fill_slices<T: Send>(out: &mut [T], slice_len: usize, fill: impl Fn(usize, &mut [T]) + Sync + Send) {
    let slice_len = slice_len.max(1);
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        out.par_chunks_mut(slice_len).enumerate().for_each(|(index, slice)| fill(index, slice));
    }
    #[cfg(not(feature = "parallel"))]
    out.chunks_mut(slice_len).enumerate().for_each(|(index, slice)| fill(index, slice));
}

/// One result for each index, in order.
pub(super) fn map<T: Send>(count: usize, of: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        (0..count).into_par_iter().map(of).collect()
    }
    #[cfg(not(feature = "parallel"))]
    (0..count).map(of).collect()
}
