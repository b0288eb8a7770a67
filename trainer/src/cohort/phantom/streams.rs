//! Random numbers of a phantom.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// One stream of a seed's random numbers; streams never overlap.
pub(super) fn random(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}
