/// e^x for loops that the compiler is to vectorise: no branches, no calls.
///
/// x = n · ln 2 + r with |r| ≤ ln 2 / 2, then e^r ≈ 1 + r + r² · q(r) with q of degree 4, fitted for the
/// least relative error (3.2e-9, less than 2⁻²⁸); the result is within 2 units in the last place. Below
/// −87.33, where float32 becomes subnormal, it is 0; above 88.72 it is infinite; NaN stays NaN.
@inline(__always)
package func exponential(_ x: Float) -> Float {
    let lowest: Float = -87.33
    let highest: Float = 88.722_83
    // Adding 1.5 · 2²³ rounds to the nearest integer and leaves it in the low bits.
    let shift: Float = 12_582_912
    let bounded = x < lowest ? lowest : (x > highest ? highest : x)
    let shifted = bounded * 1.442_695_04 + shift
    let n = shifted - shift
    // ln 2 in two parts; n times the first is exact.
    let r = (bounded - n * 0.693_359_375) + n * 2.121_944_4e-4
    var q: Float = 0.001_381_432_0
    q = q * r + 0.008_368_851
    q = q * r + 0.041_668_4
    q = q * r + 0.166_665_2
    q = q * r + 0.499_999_94
    let power = q * (r * r) + r + 1
    let scaled = Float(bitPattern: power.bitPattern &+ (shifted.bitPattern &<< 23))
    let flushed = x < lowest ? 0 : scaled
    return x > highest ? .infinity : flushed
}
