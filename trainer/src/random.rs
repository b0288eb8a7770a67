//! Random numbers: every draw depends on a seed, a purpose and a step alone, so that a resumed training draws what an unbroken one
//! would have drawn.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// A generator of random numbers for one purpose (`stream`) at one step.
pub fn random(seed: u64, stream: u64, step: u64) -> ChaCha8Rng {
    random_of(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ step, stream)
}

/// The same for what has no steps; streams of a seed never overlap.
pub fn random_of(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    random
}
