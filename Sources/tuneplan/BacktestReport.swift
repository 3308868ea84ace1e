import Catalog
import Planning
import Quantities
import Reporting
import Validation

/// A back-test as standard output, a document and a chart.
struct BacktestReport {
    /// The rows of input, in order.
    let rows: [BacktestRow]
    /// The rows again with figures of other kinds that their notes state.
    let others: [BacktestRow]
    /// The bars.
    let bars: [BacktestBar]

    init(_ predictions: [MemoryBacktest.Prediction]) {
        rows = predictions.map(\.row)
        others = predictions.flatMap(\.others)
        bars = BacktestBar.all(rows)
    }

    /// The back-test in the form of standard output: programs read the rows, people the summary.
    func text(as format: OutputFormat) -> String {
        switch format {
        case .csv, .json: return BacktestTables.lines(rows).text(as: format)
        case .markdown: return document(chart: nil).text
        case .table:
            let style = TerminalStyle.detected(descriptor: 1)
            return [
                BacktestTables.bars(bars),
                judged.isEmpty
                    ? BacktestTables.overview("All rows", rows)
                    : BacktestTables.overview("Held-out rows of quality A and B", judged),
                BacktestTables.summaries(
                    "All rows by framework and strategy",
                    BacktestSummary.all(rows, by: \.frameworkAndStrategy)),
                BacktestTables.reasons(rows),
            ].filter { !$0.rows.isEmpty }.map { $0.text(as: .table, style: style) }
                .joined(separator: "\n")
        }
    }

    /// Writes backtest-memory.md, its rows and its chart.
    func write(into folder: inout ReportFolder) throws {
        try folder.write(document(chart: "backtest-memory.svg").text, as: "backtest-memory.md")
        try folder.write(
            BacktestTables.lines(rows).text(as: .csv), as: "backtest-memory.csv")
        try folder.write(chart.svg(), as: "backtest-memory.svg")
    }

    private var judged: [BacktestRow] { rows.filter(\.isJudged) }

    private func document(chart: String?) -> Document {
        var document = Document()
        document.heading("Predicted and measured GPU memory", level: 1)
        document.list(Self.conventions)
        document.heading("Bars")
        document.table(BacktestTables.bars(bars))
        if let chart {
            document.image(
                chart, description: "Predicted against measured memory of held-out rows")
        }
        addGroups(&document)
        document.heading("Held-out rows that are farthest off")
        document.table(BacktestTables.worst(judged, count: 15))
        document.heading("Rows that cannot be predicted")
        document.table(BacktestTables.reasons(rows))
        return document
    }

    /// How the numbers were made, one sentence each.
    private static let conventions = [
        "Every row is predicted from its configuration alone; a figure is compared with what its "
            + "source prints: what the allocator handed out (allocated), what it took from the device "
            + "(reserved), or what the driver shows (nvidia-smi). Where the source does not say, the row "
            + "counts as what its framework usually prints, which the CSV names among the assumptions.",
        "Derived: tensors of the step program, the caching allocator's replay of it, and what a process "
            + "takes outside the allocator. Fitted: measured over derived, as median and as the range that "
            + "holds all but 3% of the rows at either end, for each framework, strategy and number of GPUs "
            + "with at least 8 rows that are not held out, else for the next wider group; the range also holds "
            + "nine tenths of the next wider group (`data/profiles/memory_residuals.csv`).",
        "Held-out rows, a third by the hash of their id, were used for nothing but this report.",
        "Where sequences vary in length (`packed` is no) and the fullest microbatch is not known, a "
            + "measured value between the prediction at the noted mean length and the one at the maximum "
            + "is no error; where the notes state no mean, at one token. The range begins at the former.",
        "A run is predicted to fit when the allocator's replay finds room on the named GPU beside what "
            + "the process takes; memory is per GPU, never pooled.",
    ]

    private func addGroups(_ document: inout Document) {
        let wellSpecified = rows.filter(\.isWellSpecified)
        let others = others.filter(\.isJudged)
        let parts: [(String, [BacktestRow])] = [
            ("Held-out rows of quality A and B", judged),
            (
                "Rows of quality A and B that fits saw",
                wellSpecified.filter { !$0.measurement.run.isHeldOut }
            ),
            (
                "Rows of quality C and D or without a tag, held out",
                rows.filter { !$0.isWellSpecified && $0.measurement.run.isHeldOut }
            ),
            ("Other figures that the notes of held-out rows of quality A and B state", others),
        ]
        for (title, rows) in parts {
            let overview = BacktestTables.overview(title, rows)
            guard rows.contains(where: { $0.measurement.peak != nil }) else { continue }
            document.heading(title)
            document.table(overview.untitled)
        }
        document.heading("By framework, strategy, GPUs and figure")
        document.table(
            BacktestTables.summaries(
                "Held out, quality A and B", BacktestSummary.all(judged, by: \.fullGroup)))
        document.table(
            BacktestTables.summaries("All rows", BacktestSummary.all(rows, by: \.fullGroup)))
    }

    private var chart: ScatterChart {
        let groups = Dictionary(grouping: judged) { $0.measurement.run.strategy.rawValue }
        let series = groups.sorted { $0.key < $1.key }.map { name, rows in
            ScatterChart.Series(
                name,
                rows.compactMap { row in
                    guard let measured = row.measurement.peak, let prediction = row.prediction
                    else { return nil }
                    return ScatterChart.Pair(
                        row.measurement.run.id, measured: measured.gibibytes,
                        predicted: prediction.estimate.likely.gibibytes)
                })
        }
        return ScatterChart(
            ChartHeading("Held-out runs of quality A and B", subtitle: "The band is ±20%."),
            quantity: "peak memory (GiB)", series: series.filter { !$0.points.isEmpty },
            tolerance: 0.2)
    }
}

extension Table {
    /// The same without its title, where a heading says it.
    fileprivate var untitled: Table {
        var table = self
        table.title = nil
        return table
    }
}

extension BacktestRow {
    /// Framework and strategy.
    fileprivate var frameworkAndStrategy: [String] {
        [framework, measurement.run.strategy.rawValue]
    }
    /// Framework, strategy, number of devices and figure.
    fileprivate var fullGroup: [String] { frameworkAndStrategy + [deviceWords, kindWords] }
}
