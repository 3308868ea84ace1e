import Quantities
import Reporting
import StepPrograms

/// The charts of a calibration, as SVG.
struct CalibrationCharts {
    let results: [CalibrationResult]

    /// Predicted memory by role with a mark at the measured peak.
    var memory: String {
        let roles = Role.allCases.filter { role in
            results.contains { $0.predicted.run.roles[role] != nil }
        }
        return StackedBarChart(
            ChartHeading(
                "Peak memory of the process",
                subtitle: "Bars: predicted before the run. Marks: the operating system's peak."),
            axisTitle: "Memory (MiB)",
            parts: ["dry start"] + roles.map(\.rawValue) + ["between tensors"],
            bars: results.map { result in
                let run = result.predicted.run
                let parts =
                    [result.predicted.dryStart] + roles.map { run.roles[$0] ?? .zero }
                    + [run.arena - run.livePeak]
                return .init(
                    result.predicted.name, parts.map(\.mebibytes),
                    measured: result.measured.peak.mebibytes)
            }
        ).svg()
    }

    /// Predicted against measured step time.
    var time: String {
        var series: [ScatterChart.Series] = []
        for strategy in results.map(\.predicted.strategy).uniqued {
            series.append(
                .init(
                    strategy,
                    results.filter { $0.predicted.strategy == strategy }.map {
                        .init(
                            $0.predicted.name, measured: $0.measured.typicalStep,
                            predicted: $0.predicted.run.stepTime.rawValue)
                    }))
        }
        return ScatterChart(
            ChartHeading("Time of a step", subtitle: "The band is ±15%."), quantity: "seconds",
            series: series, tolerance: 0.15
        ).svg()
    }

    /// Time by kind of op, predicted and measured.
    func ops(_ totals: [(kind: String, predicted: Double, measured: Double)]) -> String {
        GroupedBarChart(
            ChartHeading(
                "Where the time goes", subtitle: "One step of every run, added up by kind of op."),
            axisTitle: "Time (s)", series: ["predicted", "measured"],
            groups: totals.prefix(12).map { .init($0.kind, [$0.predicted, $0.measured]) }
        ).svg()
    }

    /// Loss curves.
    var loss: String {
        LineChart(
            ChartHeading("Loss", subtitle: "Nats a target token; for dpo, nats a pair."),
            horizontal: Axis("step"), vertical: Axis("loss"),
            series: results.map { .init($0.predicted.name, values: $0.measured.losses) }
        ).svg()
    }

    /// Predicted memory by role over the step of the first run.
    var timeline: String {
        guard let result = results.first else { return "" }
        let program = result.predicted.program
        let samples = result.predicted.run.trace.memory
        let stride = max(1, samples.count / 240)
        let chosen = samples.indices.filter { $0 % stride == 0 }
        let liveness = Liveness(program)
        let breakdowns = chosen.map { liveness.breakdown(program, at: samples[$0].op) }
        let roles = Role.allCases.filter { role in breakdowns.contains { $0[role] != nil } }
        return StackedAreaChart(
            ChartHeading(
                "Memory over one step", subtitle: "\(result.predicted.name), predicted."),
            horizontalTitle: "Time (s)", verticalTitle: "Memory (MiB)",
            times: chosen.map { samples[$0].time.rawValue },
            layers: roles.map { role in
                .init(role.rawValue, breakdowns.map { ($0[role] ?? .zero).mebibytes })
            }
        ).svg()
    }
}

extension Array where Element: Hashable {
    /// The elements without repetitions, in order of first appearance.
    fileprivate var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}

/// One step as a Chrome trace: predicted and measured as two processes.
enum CalibrationTrace {
    static func text(_ result: CalibrationResult) -> String {
        let program = result.predicted.program
        let ops = program.ops
        var trace = Trace()
        trace.name(process: 1, "predicted, \(result.predicted.name)")
        trace.name(process: 2, "measured, \(result.predicted.name)")
        for span in result.predicted.run.trace.spans {
            trace.events.append(
                event(program, ops[span.op], span.start.rawValue, span.duration.rawValue, 1))
        }
        for sample in result.predicted.run.trace.memory {
            trace.events.append(
                TraceEvent(
                    "live tensors", category: "memory", kind: .counter,
                    start: sample.time.rawValue * 1e6, process: 1,
                    arguments: [.init("MiB", .number(sample.live.mebibytes))]))
        }
        for span in result.measured.spans {
            trace.events.append(event(program, ops[span.op], span.start, span.duration, 2))
        }
        return trace.text()
    }

    private static func event(
        _ program: StepProgram, _ op: Op, _ start: Double, _ duration: Double, _ process: Int
    ) -> TraceEvent {
        TraceEvent(
            op.kind.name, category: op.phase.rawValue, kind: .span(duration: duration * 1e6),
            start: start * 1e6, process: process,
            arguments: [.init("scope", .string(op.scope.description))])
    }
}
