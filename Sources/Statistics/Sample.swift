import CGSL
import Foundation

/// Observed numbers, and what can be said of them.
package struct Sample: Sendable, Hashable {
    /// The values in ascending order; never empty, all finite.
    package let sorted: [Double]

    /// A sample of at least one finite value.
    package init(_ values: some Sequence<Double>) throws(StatisticsError) {
        let values = Array(values)
        guard !values.isEmpty else { throw .tooFewValues(of: "A sample", count: 0, needed: 1) }
        try StatisticsError.checkFinite(values, "the sample")
        _ = GSL.isQuiet
        sorted = values.sorted()
    }

    /// How many values there are.
    package var count: Int { sorted.count }
    /// The least value.
    package var minimum: Double { sorted[0] }
    /// The greatest value.
    package var maximum: Double { sorted[count - 1] }
    /// The arithmetic mean.
    package var mean: Double { unsafe gsl_stats_mean(sorted, 1, count) }
    /// The standard deviation, with count − 1 in the denominator; zero for one value.
    package var standardDeviation: Double { count > 1 ? unsafe gsl_stats_sd(sorted, 1, count) : 0 }
    /// The middle value.
    package var median: Double { unsafe gsl_stats_median_from_sorted_data(sorted, 1, count) }

    /// The value below which a share of the sample lies, interpolated between neighbours: position
    /// (count − 1) · share.
    package func quantile(_ share: Double) -> Double {
        unsafe gsl_stats_quantile_from_sorted_data(sorted, 1, count, min(max(share, 0), 1))
    }

    /// The median distance from the median.
    package var medianAbsoluteDeviation: Double {
        var work = sorted
        return unsafe gsl_stats_mad0(sorted, 1, count, &work)
    }

    /// The standard deviation that a normal distribution with this median absolute deviation has.
    package var robustDeviation: Double { 1.482_602_218_505_602 * medianAbsoluteDeviation }

    /// The mean of what is left when a share of the values is cut off at each end.
    package func trimmedMean(cutting share: Double) -> Double {
        unsafe gsl_stats_trmean_from_sorted_data(min(max(share, 0), 0.5), sorted, 1, count)
    }

    /// The geometric mean of positive values; zero when a value is not positive.
    package var geometricMean: Double {
        guard minimum > 0 else { return 0 }
        return exp(sorted.reduce(0) { $0 + log($1) } / Double(count))
    }
}
