import CGSL

/// A seeded stream of random numbers: the Mersenne twister MT19937 (Matsumoto and Nishimura 1998).
///
/// The same seed gives the same numbers on every machine. Not to be shared between threads.
@safe
package final class RandomNumbers: RandomNumberGenerator {
    private let generator: UnsafeMutablePointer<gsl_rng>

    /// A stream; the generator takes 32 bits, so the upper half of the seed is folded into the lower.
    package init(seed: UInt64) {
        _ = GSL.isQuiet
        guard let allocated = unsafe gsl_rng_alloc(cgsl_mersenne_twister()) else {
            fatalError("no memory for a random number generator")
        }
        unsafe generator = allocated
        let folded = UInt32(truncatingIfNeeded: seed) ^ UInt32(seed >> 32) &* 0x9E37_79B9
        unsafe gsl_rng_set(generator, UInt(folded))
    }

    deinit { unsafe gsl_rng_free(generator) }

    /// Sixty-four random bits.
    package func next() -> UInt64 {
        let (low, high) = unsafe (gsl_rng_get(generator), gsl_rng_get(generator))
        return UInt64(low) | UInt64(high) << 32
    }

    /// A number from zero, included, to one, excluded.
    package func uniform() -> Double { unsafe gsl_rng_uniform(generator) }

    /// A number of a range.
    package func uniform(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// A whole number from zero to `count` − 1; `count` is positive and below 2³².
    package func integer(below count: Int) -> Int {
        unsafe Int(gsl_rng_uniform_int(generator, UInt(count)))
    }

    /// A normal deviate.
    package func normal(mean: Double = 0, deviation: Double = 1) -> Double {
        unsafe mean + gsl_ran_gaussian_ziggurat(generator, deviation)
    }

    /// A number whose logarithm is a normal deviate.
    package func logNormal(logMean: Double, logDeviation: Double) -> Double {
        unsafe gsl_ran_lognormal(generator, logMean, logDeviation)
    }

    /// An exponential deviate.
    package func exponential(mean: Double) -> Double {
        unsafe gsl_ran_exponential(generator, mean)
    }

    /// A Poisson deviate.
    package func poisson(mean: Double) -> Int { unsafe Int(gsl_ran_poisson(generator, mean)) }

    /// The numbers from zero to `count` − 1 in random order.
    package func permutation(of count: Int) -> [Int] {
        var order = Array(0 ..< count)
        shuffle(&order)
        return order
    }

    /// Puts the elements in random order (Fisher and Yates).
    package func shuffle<Element>(_ elements: inout [Element]) {
        guard elements.count > 1 else { return }
        for last in (1 ... elements.count - 1).reversed() {
            elements.swapAt(last, integer(below: last + 1))
        }
    }
}
