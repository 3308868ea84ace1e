import Foundation

/// A fit y ≈ floor + scale · n^(−exponent), the usual form of a learning curve (arXiv 1712.00409).
package struct PowerLaw: Sendable, Hashable {
    /// What remains however large n becomes.
    package let floor: Double
    /// The part that shrinks, at n = 1.
    package let scale: Double
    /// How fast it shrinks; positive.
    package let exponent: Double
    /// The curve fit of (floor, scale, ln exponent) behind it.
    package let fit: CurveFit
    /// The sizes that were fitted.
    package let fittedSizes: ClosedRange<Double>

    /// Fits at least four points with positive, not all equal sizes.
    ///
    /// For each of a grid of exponents floor and scale are linear; the best is then polished together.
    package init(
        sizes: [Double], values: [Double], weights: [Double]? = nil
    ) throws(StatisticsError) {
        guard sizes.count >= 4 else {
            throw .tooFewValues(of: "A power law", count: sizes.count, needed: 4)
        }
        guard values.count == sizes.count else {
            throw .unequalCounts(
                of: "The list of values", count: values.count, expected: sizes.count)
        }
        try StatisticsError.checkFinite(sizes, "the sizes")
        guard let least = sizes.min(), let most = sizes.max(), least > 0, least < most else {
            throw .outOfRange(
                of: "The least size", value: sizes.min() ?? 0,
                expected: "positive and below the greatest")
        }
        // Sizes in units of their geometric middle, so that the scale is near the values.
        let unit = (least * most).squareRoot()
        var best: (error: Double, start: [Double])?
        for step in -12 ... 8 {
            let exponent = exp(Double(step) / 4)
            let rows = sizes.map { [1, pow($0 / unit, -exponent)] }
            let line = try LinearFit.leastSquares(rows: rows, targets: values, weights: weights)
            let error = zip(line.residuals, weights ?? values.map { _ in 1 })
                .reduce(0) { $0 + $1.1 * $1.0 * $1.0 }
            if best.map({ error < $0.error }) ?? true {
                best = (error, line.coefficients + [log(exponent)])
            }
        }
        let roots = weights?.map { $0.squareRoot() }
        fit = try CurveFit.leastSquares(
            from: best?.start ?? [0, 0, 0], residualCount: sizes.count
        ) { parameters, residuals in
            let exponent = exp(parameters[2])
            for index in sizes.indices {
                let shrunk = pow(sizes[index] / unit, -exponent)
                let model = parameters[0] + parameters[1] * shrunk
                residuals[index] = (model - values[index]) * (roots?[index] ?? 1)
            }
        }
        self.unit = unit
        floor = fit.parameters[0]
        exponent = exp(fit.parameters[2])
        scale = fit.parameters[1] * pow(unit, exponent)
        fittedSizes = least ... most
    }

    private let unit: Double

    /// The fitted value at a size.
    package func value(at size: Double) -> Double {
        floor + fit.parameters[1] * pow(size / unit, -exponent)
    }

    /// The range of the curve at a size, with the parameters' covariance and Student's t.
    package func range(
        at size: Double, confidence: Double = 0.9
    ) throws(StatisticsError) -> ClosedRange<Double> {
        try StatisticsError.checkConfidence(confidence)
        let shrunk = pow(size / unit, -exponent)
        let slope = -fit.parameters[1] * shrunk * exponent * log(size / unit)
        let error = quadraticForm(fit.covariance, [1, shrunk, slope]).squareRoot()
        let reach =
            error
            * Intervals.studentQuantile(
                0.5 + confidence / 2, degreesOfFreedom: fit.degreesOfFreedom)
        let center = value(at: size)
        return reach.isFinite ? center - reach ... center + reach : center ... center
    }
}
