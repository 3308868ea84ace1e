import Catalog
import Planning
import Quantities
import Reporting
import Validation

/// A back-test as tables, a document and a chart.
struct BacktestReport {
    let rows: [BacktestRow]

    init(_ rows: [BacktestRow]) { self.rows = rows }

    /// The back-test in the form of standard output: programs read the rows, people the summary.
    func text(as format: OutputFormat) -> String {
        switch format {
        case .csv, .json: lines.text(as: format)
        case .markdown: document(chart: nil).text
        case .table:
            [bars, groups("By framework", \.frameworkGroup), reasons]
                .map { $0.text(as: .table, style: TerminalStyle.detected(descriptor: 1)) }
                .joined(separator: "\n")
        }
    }

    /// Writes backtest-memory.md, its rows and its chart.
    func write(into folder: inout ReportFolder) throws {
        try folder.write(document(chart: "backtest-memory.svg").text, as: "backtest-memory.md")
        try folder.write(lines.text(as: .csv), as: "backtest-memory.csv")
        try folder.write(chart.svg(), as: "backtest-memory.svg")
    }

    // MARK: Tables

    /// One line for each row of input.
    var lines: Table {
        var table = Table(
            columns: [
                .init("id"), .init("kind"), .init("low"), .init("likely"), .init("high"),
                .init("measured"), .init("signed error", key: "signed_error"), .init("assumed"),
                .init("skipped reason", key: "skipped_reason"),
            ])
        for row in rows {
            let estimate = row.prediction?.estimate
            func gibibytes(_ bytes: Bytes?) -> Cell {
                bytes.map { .number(($0.gibibytes * 10_000).rounded() / 10_000, decimals: 3) }
                    ?? .empty
            }
            table.append([
                .text(row.measurement.run.id), .text(row.kindWords), gibibytes(estimate?.low),
                gibibytes(estimate?.likely), gibibytes(estimate?.high),
                gibibytes(row.measurement.peak),
                row.signedError.map { .number(($0 * 1e5).rounded() / 1e5, decimals: 4) } ?? .empty,
                .text(row.assumed.joined(separator: "; ")),
                row.skippedReason.map { .text($0) } ?? .empty,
            ])
        }
        return table
    }

    /// The rows that bars count: measured, of the two best grades, held out of every fit.
    private var judged: [BacktestRow] {
        rows.filter {
            $0.measurement.run.isHeldOut && $0.isWellSpecified && $0.measurement.peak != nil
        }
    }

    /// Held-out rows of the two best grades by strategy and by number of devices.
    private var bars: Table {
        let summaries =
            BacktestSummary.all(judged) { [$0.measurement.run.strategy.rawValue] }
            + BacktestSummary.all(judged) { [$0.deviceWords] }
            + BacktestSummary.all(judged) { [$0.kindWords] }
            + [BacktestSummary(["all"], judged)]
        var table = summaryTable("Held-out rows of quality A and B", summaries)
        table.notes = fitNotes
        return table
    }

    /// What device memory says of runs that ran and of runs that did not.
    private var fitNotes: [String] {
        func share(_ rows: [BacktestRow], _ wanted: Bool) -> String {
            let known = rows.compactMap { $0.prediction?.fits }
            guard !known.isEmpty else { return "none" }
            let right = known.count(where: { $0 == wanted })
            return "\(right) of \(known.count)"
        }
        let failed = rows.filter { $0.measurement.ranOutOfMemory && $0.skippedReason == nil }
        let ran = rows.filter { !$0.measurement.ranOutOfMemory && $0.isWellSpecified }
        return [
            "runs that ran out of memory and are predicted not to fit: \(share(failed, false))",
            "runs that ran and are predicted to fit: \(share(ran, true))",
        ]
    }

    private func groups(
        _ title: String, _ key: (BacktestRow) -> [String]
    ) -> Table {
        summaryTable(
            title, BacktestSummary.all(rows.filter { $0.measurement.peak != nil }, by: key))
    }

    private func summaryTable(_ title: String, _ summaries: [BacktestSummary]) -> Table {
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
                .integer(summary.predictedCount), percent(summary.median),
                percent(summary.eightieth), percent(summary.bias), percent(summary.insideShare),
                percent(summary.halfWidth),
            ])
        }
        return table
    }

    /// Rows without a prediction, by reason.
    private var reasons: Table {
        var table = Table(
            "Rows that cannot be predicted", columns: [.init("reason"), .init("rows")])
        let counts = Dictionary(grouping: rows.compactMap(\.skippedReason)) { $0 }
            .mapValues(\.count)
        for (reason, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            table.append([.text(reason), .integer(count)])
        }
        return table
    }

    /// The held-out rows that are farthest off.
    private var worst: Table {
        var table = Table(
            columns: [
                .init("id"), .init("framework"), .init("model"), .init("strategy"),
                .init("figure"), .init("measured", unit: "GiB"), .init("predicted", unit: "GiB"),
                .init("error"), .init("at the peak", key: "peak"), .init("assumed"),
            ])
        let sorted = judged.filter { $0.signedError != nil }.sorted {
            abs($0.signedError ?? 0) > abs($1.signedError ?? 0)
        }
        for row in sorted.prefix(15) {
            guard let prediction = row.prediction, let measured = row.measurement.peak else {
                continue
            }
            table.append([
                .text(row.measurement.run.id), .text(row.framework),
                .text(row.measurement.run.model), .text(row.measurement.run.strategyText),
                .text(row.kindWords), .number(measured.gibibytes, decimals: 2),
                .number(prediction.estimate.likely.gibibytes, decimals: 2),
                .percent(row.signedError ?? 0), .text(prediction.derived.peakOp),
                .text(row.assumed.joined(separator: "; ")),
            ])
        }
        return table
    }

    // MARK: Document

    private func document(chart: String?) -> Document {
        var document = Document()
        document.heading("Predicted and measured GPU memory", level: 1)
        document.paragraph(
            "Every row of the measured runs was predicted from its configuration alone. Fits saw only "
                + "rows that are not held out; a third is, by the hash of the id. The figure is the one that "
                + "the source prints: what the allocator handed out, what it reserved, or what the device "
                + "showed.")
        document.heading("Held-out rows")
        document.table(bars)
        if let chart {
            document.image(chart, description: "Predicted against measured memory of held-out rows")
        }
        document.heading("All rows by framework, strategy, devices and figure")
        document.table(groups("All rows", \.fullGroup))
        document.heading("Worst held-out rows")
        document.table(worst)
        document.heading("Rows that cannot be predicted")
        document.table(reasons)
        return document
    }

    private var chart: ScatterChart {
        let pairs = Dictionary(grouping: judged) { $0.measurement.run.strategy.rawValue }
        let series = pairs.sorted { $0.key < $1.key }.map { name, rows in
            ScatterChart.Series(
                name,
                rows.compactMap { row in
                    guard let measured = row.measurement.peak, let prediction = row.prediction
                    else {
                        return nil
                    }
                    return ScatterChart.Pair(
                        row.measurement.run.id, measured: measured.gibibytes,
                        predicted: prediction.estimate.likely.gibibytes)
                })
        }
        return ScatterChart(
            ChartHeading("Held-out runs of quality A and B"), quantity: "peak memory (GiB)",
            series: series, tolerance: 0.2)
    }
}

extension BacktestRow {
    /// Framework and strategy.
    fileprivate var frameworkGroup: [String] { [framework, measurement.run.strategy.rawValue] }
    /// Framework, strategy, number of devices and figure.
    fileprivate var fullGroup: [String] {
        [framework, measurement.run.strategy.rawValue, deviceWords, kindWords]
    }
}
