import Catalog
import Quantities
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

    /// Summarises rows.
    package init(_ group: [String], _ rows: [BacktestRow]) {
        self.group = group
        rowCount = rows.count
        let predicted = rows.filter { $0.prediction != nil }
        predictedCount = predicted.count
        let errors = predicted.compactMap(\.signedError)
        if let sizes = try? Sample(errors.map(abs)), let signed = try? Sample(errors),
            !errors.isEmpty
        {
            median = sizes.quantile(0.5)
            eightieth = sizes.quantile(0.8)
            bias = signed.quantile(0.5)
        }
        let inside = predicted.compactMap(\.isInRange)
        if !inside.isEmpty {
            insideShare = Double(inside.count(where: { $0 })) / Double(inside.count)
        }
        let widths = predicted.compactMap { row -> Double? in
            guard let estimate = row.prediction?.estimate, estimate.likely > .zero else {
                return nil
            }
            return (estimate.high - estimate.low) / estimate.likely / 2
        }
        if let sample = try? Sample(widths), !widths.isEmpty { halfWidth = sample.quantile(0.5) }
    }

    /// Summaries of the groups that a key makes, the largest first.
    package static func all(
        _ rows: [BacktestRow], by key: (BacktestRow) -> [String]
    ) -> [BacktestSummary] {
        Dictionary(grouping: rows, by: key).map { BacktestSummary($0.key, $0.value) }
            .sorted {
                ($1.rowCount, $0.group.joined(separator: " "))
                    < ($0.rowCount, $1.group.joined(separator: " "))
            }
    }
}

extension BacktestRow {
    /// "one GPU" or "several GPUs".
    package var deviceWords: String {
        (measurement.run.deviceCount ?? 1) > 1 ? "several GPUs" : "one GPU"
    }
    /// The kind of figure, as predicted.
    package var kindWords: String {
        (prediction?.kind ?? measurement.kind).rawValue
    }
}
