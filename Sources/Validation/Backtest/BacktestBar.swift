import Catalog

/// One thing that predictions must achieve on rows that no fit has seen.
package struct BacktestBar: Sendable, Hashable {
    /// What is demanded, in words.
    package let demand: String
    /// The rows that count.
    package let rowCount: Int
    /// What was achieved; nil when no row counts.
    package let achieved: Double?
    /// The bound.
    package let bound: Double
    /// Whether `achieved` must not exceed the bound, rather than reach it.
    package let isUpperBound: Bool

    /// Whether the bar is passed; nil when no row counts.
    package var passes: Bool? {
        achieved.map { isUpperBound ? $0 <= bound : $0 >= bound }
    }

    /// The bars, over all rows of a back-test.
    package static func all(_ rows: [BacktestRow]) -> [BacktestBar] {
        let judged = rows.filter(\.isJudged)
        return errorBars(judged) + rangeBars(judged) + fitBars(rows)
    }

    private static func errorBars(_ judged: [BacktestRow]) -> [BacktestBar] {
        let groups: [(String, (BacktestRow) -> Bool)] = [
            ("full", { $0.measurement.run.strategy == .full }),
            ("lora", { $0.measurement.run.strategy == .lora }),
            ("qlora", { $0.measurement.run.strategy == .qlora }),
            ("one GPU", { !$0.measurement.run.usesSeveralDevices }),
            ("several GPUs", { $0.measurement.run.usesSeveralDevices }),
        ]
        return groups.flatMap { name, isMember in
            let summary = BacktestSummary([name], judged.filter(isMember))
            return [
                most("\(name): median absolute error", summary, summary.median, 0.05),
                most("\(name): 80th percentile", summary, summary.eightieth, 0.12),
            ]
        }
    }

    private static func rangeBars(_ judged: [BacktestRow]) -> [BacktestBar] {
        let all = BacktestSummary(["all"], judged)
        let tensors = BacktestSummary(
            ["allocated"], judged.filter { $0.measurement.kind == .allocated })
        return [
            BacktestBar(
                demand: "rows with a prediction", rowCount: all.rowCount,
                achieved: all.predictedShare, bound: 0.9, isUpperBound: false),
            BacktestBar(
                demand: "measured values inside the range", rowCount: all.predictedCount,
                achieved: all.insideShare, bound: 0.85, isUpperBound: false),
            most("half width of the range, median", all, all.halfWidth, 0.2),
            most("allocated memory: median absolute error", tensors, tensors.median, 0.02),
        ]
    }

    private static func fitBars(_ rows: [BacktestRow]) -> [BacktestBar] {
        func share(_ demand: String, _ rows: [BacktestRow], _ fits: Bool, _ bound: Double)
            -> BacktestBar
        {
            let known = rows.compactMap { $0.prediction?.fits }
            let right = known.count(where: { $0 == fits })
            return BacktestBar(
                demand: demand, rowCount: known.count,
                achieved: known.isEmpty ? nil : Double(right) / Double(known.count), bound: bound,
                isUpperBound: false)
        }
        let failed = rows.filter(\.ranOutOfMemory)
        let ran = rows.filter { $0.measurement.peak != nil && $0.isWellSpecified }
        func heldOut(_ rows: [BacktestRow]) -> [BacktestRow] {
            rows.filter(\.measurement.run.isHeldOut)
        }
        return [
            share("out of memory: predicted not to fit", failed, false, 0.95),
            share("out of memory, held out: predicted not to fit", heldOut(failed), false, 0.95),
            share("ran: predicted to fit", ran, true, 0.98),
            share("ran, held out: predicted to fit", heldOut(ran), true, 0.98),
        ]
    }

    private static func most(
        _ demand: String, _ summary: BacktestSummary, _ achieved: Double?, _ bound: Double
    ) -> BacktestBar {
        BacktestBar(
            demand: demand, rowCount: summary.predictedCount, achieved: achieved, bound: bound,
            isUpperBound: true)
    }
}
