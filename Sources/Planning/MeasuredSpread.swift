import Statistics

/// A fitted constant: its median over rows with a spread, and its error on rows the fit did not see.
package struct MeasuredSpread: Sendable, Hashable {
    /// The low end of the spread.
    package let low: Double
    /// The median.
    package let likely: Double
    /// The high end of the spread.
    package let high: Double
    /// How many rows were used.
    package let rowCount: Int
    /// The median relative error on held-out rows; nil when there are none.
    package let residual: Double?

    package init(low: Double, likely: Double, high: Double, rowCount: Int, residual: Double?) {
        self.low = low
        self.likely = likely
        self.high = high
        self.rowCount = rowCount
        self.residual = residual
    }

    /// Median and 10th to 90th percentile of the fitted values; nil when there are none.
    init?(fitting values: [Double], heldOut: [Double]) {
        guard let median = quantile(values, 0.5), let low = quantile(values, 0.1),
            let high = quantile(values, 0.9)
        else { return nil }
        self.init(
            low: low, likely: median, high: high, rowCount: values.count,
            residual: quantile(heldOut.map { abs(median / $0 - 1) }, 0.5))
    }

    /// The basis of a number that rests on it.
    package var basis: Basis { .fitted(rows: rowCount, residual: residual) }
}

/// The value below which a share of the values lies, interpolated; nil when there are none.
func quantile(_ values: [Double], _ share: Double) -> Double? {
    guard let sample = try? Sample(values) else { return nil }
    return sample.quantile(share)
}
