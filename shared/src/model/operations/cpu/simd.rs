//! The widest vectors that this processor has.

use pulp::WithSimd;

/// Runs an operation with them: AVX-512 or AVX2 on x86, NEON on ARM, SIMD128 in the browser; number by number where there are none.
#[inline]
pub fn dispatch<W: WithSimd>(operation: W) -> W::Output {
    // Not `pulp::Arch`: it knows AVX2 only with a feature that would have gemm and all that uses it compiled differently.
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(simd) = pulp::x86::V4::try_new() {
            return pulp::Simd::vectorize(simd, operation);
        }
        match pulp::x86::V3::try_new() {
            Some(simd) => pulp::Simd::vectorize(simd, operation),
            None => pulp::Simd::vectorize(pulp::Scalar, operation),
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    pulp::Arch::new().dispatch(operation)
}
