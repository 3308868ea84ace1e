import CGSL

/// Ranges in which an unknown number lies with a given confidence.
package enum Intervals {
    /// The range of a share of which `successes` of `trials` were seen (Wilson 1927); sound for few trials too.
    package static func wilson(
        successes: Int, trials: Int, confidence: Double = 0.95
    ) throws(StatisticsError) -> ClosedRange<Double> {
        try StatisticsError.checkConfidence(confidence)
        guard trials > 0 else {
            throw .tooFewValues(of: "A proportion", count: trials, needed: 1)
        }
        guard (0 ... trials).contains(successes) else {
            throw .outOfRange(
                of: "The number of successes", value: Double(successes),
                expected: "from 0 to \(trials)")
        }
        let n = Double(trials)
        let share = Double(successes) / n
        let z = normalQuantile(0.5 + confidence / 2)
        let center = (share + z * z / (2 * n)) / (1 + z * z / n)
        let reach =
            z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        // Exact at the ends, where rounding would leave the share just outside.
        let low = successes == 0 ? 0 : max(0, center - reach)
        let high = successes == trials ? 1 : min(1, center + reach)
        return low ... high
    }

    /// The percentile bootstrap range of a statistic (Efron 1979).
    package static func bootstrap(
        _ values: [Double], resamples: Int = 2000, confidence: Double = 0.95,
        random: RandomNumbers, statistic: ([Double]) -> Double
    ) throws(StatisticsError) -> ClosedRange<Double> {
        try StatisticsError.checkConfidence(confidence)
        guard !values.isEmpty else {
            throw .tooFewValues(of: "A bootstrap", count: 0, needed: 1)
        }
        guard resamples >= 10 else {
            throw .outOfRange(
                of: "The number of resamples", value: Double(resamples), expected: "10 or more")
        }
        var resample = values
        var found: [Double] = []
        found.reserveCapacity(resamples)
        for _ in 0 ..< resamples {
            for index in resample.indices {
                resample[index] = values[random.integer(below: values.count)]
            }
            found.append(statistic(resample))
        }
        let sample = try Sample(found)
        let tail = (1 - confidence) / 2
        return sample.quantile(tail) ... sample.quantile(1 - tail)
    }

    /// The percentile bootstrap range of the mean; of a proportion when the values are zeros and ones.
    package static func bootstrapMean(
        _ values: [Double], resamples: Int = 2000, confidence: Double = 0.95,
        random: RandomNumbers
    ) throws(StatisticsError) -> ClosedRange<Double> {
        try bootstrap(
            values, resamples: resamples, confidence: confidence, random: random,
            statistic: { $0.reduce(0, +) / Double($0.count) })
    }

    /// The value that a standard normal deviate stays below with a probability.
    package static func normalQuantile(_ probability: Double) -> Double {
        gsl_cdf_ugaussian_Pinv(probability)
    }

    /// The value that Student's t stays below with a probability.
    package static func studentQuantile(_ probability: Double, degreesOfFreedom: Int) -> Double {
        gsl_cdf_tdist_Pinv(probability, Double(degreesOfFreedom))
    }
}
