import Statistics

/// How well a group of rows was predicted.
package struct BacktestSummary: Sendable, Hashable {
    /// The group, in words.
    package var group: [String]
    /// Rows of the group.
    package var rowCount: Int
    /// Rows with a prediction.
    package var predictedCount: Int
    /// Median absolute error.
    package var median: Double?
    /// 80th percentile of the absolute error.
    package var eightieth: Double?
    /// Median signed error.
    package var bias: Double?
    /// Share of measured values inside the range.
    package var insideShare: Double?
    /// Median half width of the range over the likely value.
    package var halfWidth: Double?

    /// The share of rows with a prediction.
    package var predictedShare: Double? {
        rowCount > 0 ? Double(predictedCount) / Double(rowCount) : nil
    }

    /// Summarises rows, those without a measured figure aside.
    package init(_ group: [String], _ rows: [BacktestRow]) {
        self.group = group
        let rows = rows.filter { $0.measurement.peak != nil }
        let predicted = rows.filter { $0.prediction != nil }
        (rowCount, predictedCount) = (rows.count, predicted.count)
        let errors = predicted.compactMap(\.signedError)
        if let sizes = try? Sample(errors.map(abs)), let signed = try? Sample(errors) {
            median = sizes.median
            eightieth = sizes.quantile(0.8)
            bias = signed.median
        }
        let inside = predicted.compactMap(\.isInRange)
        if !inside.isEmpty {
            insideShare = Double(inside.count(where: { $0 })) / Double(inside.count)
        }
        halfWidth = (try? Sample(predicted.compactMap(\.halfWidth)))?.median
    }

    /// Summaries of the groups that a key makes, the largest first.
    package static func all(
        _ rows: [BacktestRow], by key: (BacktestRow) -> [String]
    ) -> [BacktestSummary] {
        Dictionary(grouping: rows.filter { $0.measurement.peak != nil }, by: key)
            .map { BacktestSummary($0.key, $0.value) }
            .sorted {
                ($1.rowCount, $0.group.joined(separator: " "))
                    < ($0.rowCount, $1.group.joined(separator: " "))
            }
    }
}
