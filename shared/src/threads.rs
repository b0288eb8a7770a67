//! Sharing work among threads: rayon's natively, none in the browser.
//!
//! Results do not depend on the number of threads: each piece is computed alone, and sums are added in order.

/// Fills each slice of `slice_len` values; the last may be shorter.
pub(crate) fn fill_slices<T: Send>(out: &mut [T], slice_len: usize, fill: impl Fn(usize, &mut [T]) + Sync + Send) {
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
pub(crate) fn map<T: Send>(count: usize, of: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        (0..count).into_par_iter().map(of).collect()
    }
    #[cfg(not(feature = "parallel"))]
    (0..count).map(of).collect()
}

/// Does each piece of work, in any order.
#[cfg(feature = "model")]
pub(crate) fn for_each<T: Send>(work: Vec<T>, act: impl Fn(T) + Sync + Send) {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        work.into_par_iter().for_each(act);
    }
    #[cfg(not(feature = "parallel"))]
    work.into_iter().for_each(act);
}

/// A new array of pieces, each of the given length, side by side. Each is zero when its thread begins to fill it: large arrays
/// that one thread clears for all cost more than some of the sums they are for.
#[cfg(feature = "model")]
pub(crate) fn filled<W: Send>(work: Vec<(usize, W)>, fill: impl Fn(W, &mut [f32]) + Sync + Send) -> Vec<f32> {
    let length = work.iter().map(|(length, _)| length).sum();
    let mut out: Vec<f32> = Vec::with_capacity(length);
    let mut rest = &mut out.spare_capacity_mut()[..length];
    let mut pieces = Vec::with_capacity(work.len());
    for (length, work) in work {
        let (piece, after) = rest.split_at_mut(length);
        pieces.push((piece, work));
        rest = after;
    }
    for_each(pieces, |(piece, work)| {
        piece.fill(std::mem::MaybeUninit::new(0.0));
        // SAFETY: every number was just written.
        fill(work, unsafe { piece.assume_init_mut() });
    });
    // SAFETY: the pieces cover the first `length` numbers, and each was written.
    unsafe { out.set_len(length) };
    out
}

/// How many threads share the work.
#[cfg(feature = "model")]
pub(crate) fn count() -> usize {
    #[cfg(feature = "parallel")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "parallel"))]
    return 1;
}
