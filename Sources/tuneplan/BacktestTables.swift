import Catalog
import Planning
import Quantities
import Reporting
import Validation

/// The tables of a back-test.
enum BacktestTables {
    /// One line for each row of input; memory in GiB.
    static func lines(_ rows: [BacktestRow]) -> Table {
        var table = Table(
            columns: [
                .init("id"), .init("kind"), .init("low"), .init("likely"), .init("high"),
                .init("measured"), .init("signed error", key: "signed_error"), .init("assumed"),
                .init("skipped reason", key: "skipped_reason"),
            ])
        for row in rows {
            let estimate = row.prediction?.estimate
            func gibibytes(_ bytes: Bytes?) -> Cell {
                bytes.map { .number(rounded($0.gibibytes), decimals: 3) } ?? .empty
            }
            table.append([
                .text(row.measurement.run.id), .text(row.kindWords), gibibytes(estimate?.low),
                gibibytes(estimate?.likely), gibibytes(estimate?.high),
                gibibytes(row.measurement.peak),
                row.signedError.map { .number(rounded($0), decimals: 4) } ?? .empty,
                .text(row.assumed.joined(separator: "; ")),
                row.skippedReason.map { .text($0) } ?? .empty,
            ])
        }
        return table
    }

    /// Five decimals: more than any source has.
    private static func rounded(_ value: Double) -> Double { (value * 1e5).rounded() / 1e5 }

    /// Demands, achievements and whether they are met.
    static func bars(_ bars: [BacktestBar]) -> Table {
        var table = Table(
            "Bars, on held-out rows of quality A and B",
            columns: [
                .init("demand"), .init("rows"), .init("achieved"), .init("bound"),
                .init("result"),
            ])
        for bar in bars where bar.passes != nil {
            table.append([
                .text(bar.demand), .integer(bar.rowCount),
                bar.achieved.map { .percent($0) } ?? .empty,
                .text("\(bar.isUpperBound ? "≤" : "≥") \(fixed(bar.bound * 100, 0))%"),
                .text(bar.passes == true ? "pass" : "miss"),
            ])
        }
        return table
    }

    /// How well groups of rows were predicted.
    static func summaries(_ title: String, _ summaries: [BacktestSummary]) -> Table {
        var table = Table(
            title,
            columns: [
                .init("group"), .init("rows"), .init("predicted"),
                .init("median |error|", key: "median_absolute_error"),
                .init("80th percentile", key: "eightieth_percentile"), .init("bias"),
                .init("inside range", key: "inside_share"),
                .init("half width", key: "half_width"),
            ])
        for summary in summaries {
            func percent(_ value: Double?) -> Cell { value.map { .percent($0) } ?? .empty }
            table.append([
                .text(summary.group.joined(separator: ", ")), .integer(summary.rowCount),
                percent(summary.predictedShare), percent(summary.median),
                percent(summary.eightieth), percent(summary.bias), percent(summary.insideShare),
                percent(summary.halfWidth),
            ])
        }
        return table
    }

    /// By strategy, number of devices and kind of figure, each in rows of its own.
    static func overview(_ title: String, _ rows: [BacktestRow]) -> Table {
        summaries(
            title,
            BacktestSummary.all(rows) { [$0.measurement.run.strategy.rawValue] }
                + BacktestSummary.all(rows) { [$0.deviceWords] }
                + BacktestSummary.all(rows) { [$0.kindWords] }
                + [BacktestSummary(["all"], rows)])
    }

    /// Rows without a prediction, by reason.
    static func reasons(_ rows: [BacktestRow]) -> Table {
        var table = Table(
            "Rows that cannot be predicted", columns: [.init("reason"), .init("rows")])
        let counts = Dictionary(grouping: rows.compactMap(\.skippedReason)) { $0 }
            .mapValues(\.count)
        for (reason, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            table.append([.text(reason), .integer(count)])
        }
        return table
    }

    /// The judged rows that are farthest off, with what they say.
    static func worst(_ rows: [BacktestRow], count: Int) -> Table {
        var table = Table(
            columns: [
                .init("id"), .init("framework"), .init("run"), .init("figure"),
                .init("measured", unit: "GiB"), .init("predicted", unit: "GiB"),
                .init("error"), .init("at the peak", key: "peak"),
                .init("likely reason", key: "reason"), .init("what the row says", key: "notes"),
            ])
        let sorted = rows.filter { $0.signedError != nil }.sorted {
            (-abs($0.signedError ?? 0), $0.measurement.run.id)
                < (-abs($1.signedError ?? 0), $1.measurement.run.id)
        }
        for row in sorted.prefix(count) {
            guard let prediction = row.prediction, let measured = row.measurement.peak
            else { continue }
            table.append([
                .text(row.measurement.run.id), .text(row.framework), .text(row.runWords),
                .text(row.kindWords), .number(measured.gibibytes, decimals: 2),
                .number(prediction.estimate.likely.gibibytes, decimals: 2),
                .percent(row.signedError ?? 0), .text(prediction.derived.peakOp),
                .text(row.likelyReason), .text(String(row.whatTheRowSays.prefix(240))),
            ])
        }
        return table
    }
}

extension BacktestRow {
    /// Model, strategy, batch and devices in a few words.
    fileprivate var runWords: String {
        let run = measurement.run
        let batch = [run.microbatch, run.sequenceLength].map { $0.map(String.init) ?? "?" }
        return [
            run.model, run.strategyText, batch.joined(separator: " × "),
            "\(run.deviceCount ?? 1) × \(run.device ?? "unknown GPU")",
        ].joined(separator: ", ")
    }
}
