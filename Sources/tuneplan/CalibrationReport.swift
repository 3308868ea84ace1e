import Foundation
import Quantities
import Reporting
import StepPrograms
import Validation

/// The report of a calibration: predicted beside measured, everywhere.
struct CalibrationReport {
    let plan: CalibrationPlan
    let machine: ProbedMachine
    let results: [CalibrationResult]
    let memoryTolerance: Double
    let timeTolerance: Double

    /// One line a run.
    var table: Table {
        var table = Table(
            columns: [
                .init("strategy"), .init("rows × tokens", key: "shape"),
                .init("peak predicted", key: "predicted_peak_bytes"),
                .init("peak measured", key: "measured_peak_bytes"),
                .init("error", key: "memory_error"),
                .init("step predicted", key: "predicted_step_seconds"),
                .init("step measured", key: "measured_step_seconds"),
                .init("error", key: "time_error"), .init("tokens/s", key: "tokens_per_second"),
                .init("rate", key: "flops_per_second"),
            ])
        for result in results {
            let run = result.predicted.run
            let step = Seconds(result.measured.typicalStep)
            table.append([
                .text(result.predicted.strategy),
                .text("\(result.predicted.shape.sequences)×\(result.predicted.shape.length)"),
                .quantity(run.processPeak), .quantity(result.measured.peak),
                .percent(result.memoryError), .quantity(run.stepTime), .quantity(step),
                .percent(result.timeError),
                .number(Double(result.predicted.tokens) / step.rawValue, decimals: 0),
                .quantity(run.flops / step),
            ])
        }
        table.notes = [summary]
        return table
    }

    /// The largest errors and whether they are within tolerance, in one sentence.
    var summary: String {
        "largest error: peak memory \(fixed(100 * worstMemory, 1))% (tolerance "
            + "\(fixed(100 * memoryTolerance, 0))%), step time \(fixed(100 * worstTime, 1))% "
            + "(tolerance \(fixed(100 * timeTolerance, 0))%), over \(results.count) runs"
    }

    /// What misses its tolerance, or nil.
    var missed: String? {
        worstMemory <= memoryTolerance && worstTime <= timeTolerance
            ? nil : "a prediction misses its tolerance: \(summary)"
    }

    private var worstMemory: Double { results.map { abs($0.memoryError) }.max() ?? 0 }
    private var worstTime: Double { results.map { abs($0.timeError) }.max() ?? 0 }

    /// Writes every file of the report.
    func write(into folder: inout ReportFolder) throws {
        try folder.write(markdown, as: "report.md")
        try folder.write(table.text(as: .csv), as: "strategies.csv")
        try folder.write(steps.text(as: .csv), as: "steps.csv")
        try folder.write(ops.text(as: .csv), as: "ops.csv")
        try folder.write(memory.text(as: .csv), as: "memory.csv")
        try folder.write(rates.text(as: .csv), as: "machine.csv")
        try folder.write(CalibrationCharts(results: results).memory, as: "memory.svg")
        try folder.write(CalibrationCharts(results: results).time, as: "time.svg")
        try folder.write(CalibrationCharts(results: results).ops(opTotals), as: "ops.svg")
        try folder.write(CalibrationCharts(results: results).loss, as: "loss.svg")
        try folder.write(CalibrationCharts(results: results).timeline, as: "timeline.svg")
        if let last = results.first {
            try folder.write(CalibrationTrace.text(last), as: "trace.json")
        }
    }

    /// Loss and time of every step.
    private var steps: Table {
        var table = Table(
            columns: [
                .init("strategy"), .init("shape"), .init("step"), .init("loss"),
                .init("seconds"),
            ])
        for result in results {
            for (index, seconds) in result.measured.stepSeconds.enumerated() {
                table.append([
                    .text(result.predicted.strategy), .text(shape(result)), .integer(index + 1),
                    .number(result.measured.losses[index]), .number(seconds),
                ])
            }
        }
        return table
    }

    private func shape(_ result: CalibrationResult) -> String {
        "\(result.predicted.shape.sequences)x\(result.predicted.shape.length)"
    }

    /// Predicted and measured time by kind of op and phase.
    private var ops: Table {
        var table = Table(
            columns: [
                .init("strategy"), .init("shape"), .init("phase"), .init("op"), .init("count"),
                .init("predicted_seconds"), .init("measured_seconds"), .init("flops"),
            ])
        for result in results {
            for total in OpTotal.all(result) {
                table.append([
                    .text(result.predicted.strategy), .text(shape(result)),
                    .text(total.phase.rawValue), .text(total.kind), .integer(total.count),
                    .number(total.predicted), .number(total.measured), .number(total.flops),
                ])
            }
        }
        return table
    }

    /// Predicted and measured time by kind of op over all runs, longest first.
    private var opTotals: [(kind: String, predicted: Double, measured: Double)] {
        var totals: [String: (Double, Double)] = [:]
        for result in results {
            for total in OpTotal.all(result) {
                totals[total.kind, default: (0, 0)].0 += total.predicted
                totals[total.kind, default: (0, 0)].1 += total.measured
            }
        }
        return totals.map { ($0.key, $0.value.0, $0.value.1) }.sorted { $0.2 > $1.2 }
    }

    /// Bytes of tensors by role at the peak of each run, and what the process adds.
    private var memory: Table {
        var table = Table(
            columns: [.init("strategy"), .init("shape"), .init("part"), .init("bytes")])
        for result in results {
            let run = result.predicted.run
            func add(_ part: String, _ bytes: Bytes) {
                table.append([
                    .text(result.predicted.strategy), .text(shape(result)), .text(part),
                    .quantity(bytes),
                ])
            }
            for role in Role.allCases {
                if let bytes = run.roles[role] { add(role.rawValue, bytes) }
            }
            add("arena beyond live tensors", run.arena - run.livePeak)
            add("dry start", result.predicted.dryStart)
            add("predicted process peak", run.processPeak)
            add("measured process peak", result.measured.peak)
        }
        return table
    }

    /// The machine as it was probed.
    private var rates: Table {
        var table = Table(
            columns: [
                .init("op"), .init("samples"),
                .init("overhead", key: "overhead_seconds"),
                .init("arithmetic", key: "flops_per_second"),
                .init("memory", key: "bytes_per_second"),
                .init("median residual", key: "median_residual"),
                .init("largest residual", key: "largest_residual"),
            ])
        for quality in machine.quality {
            guard let rate = machine.device.rates[quality.kind] else { continue }
            table.append([
                .text(quality.kind), .integer(quality.count), .quantity(rate.overhead),
                rate.secondsPerFLOP > 0
                    ? .quantity(FLOPsPerSecond(rawValue: 1 / rate.secondsPerFLOP)) : .empty,
                rate.secondsPerByte > 0
                    ? .quantity(BytesPerSecond(rawValue: 1 / rate.secondsPerByte)) : .empty,
                .percent(quality.medianError), .percent(quality.largestError),
            ])
        }
        return table
    }

    private var markdown: String {
        var document = Document()
        document.heading("Calibration on this machine", level: 1)
        document.paragraph(
            "Every number under *predicted* was computed before the first run: memory from the step "
                + "program's memory plan and a dry start of the process, time from the step program "
                + "and micro-benchmarks of this machine. Then each run trained "
                + "\(markdownCode(recordedPath(plan.base.path))) for \(plan.steps) steps in a process of its own. "
                + "*Measured* is the operating system's peak of that process (VmHWM) and the median "
                + "wall-clock time of a step without the first.")
        document.paragraph("**\(markdownEscaped(summary)).**")
        document.table(table)
        document.heading("Memory")
        document.image("memory.svg", description: "Predicted memory by role with the measured peak")
        document.image("timeline.svg", description: "Predicted memory over one step")
        document.paragraph(peaks)
        document.heading("Time")
        document.image("time.svg", description: "Predicted against measured step time")
        document.image("ops.svg", description: "Predicted and measured time by kind of op")
        document.heading("Learning")
        document.image("loss.svg", description: "Loss of every step")
        document.heading("This machine")
        document.paragraph(
            "Fitted to micro-benchmarks in \(machine.elapsed) with \(plan.threads) threads; the "
                + "residuals say how well each kind of op follows its formula.")
        document.table(rates)
        document.heading("What this shows, and what it does not")
        document.paragraph(
            "It shows that the step program says which tensors exist, how large they are and how "
                + "long they live, and that time follows from arithmetic and memory traffic at rates "
                + "measured beforehand, on the local engine. It shows nothing about what a GPU "
                + "framework keeps in memory or how fast its kernels are: only measured GPU runs can."
        )
        document.paragraph(
            "Files: `strategies.csv`, `steps.csv`, `ops.csv`, `memory.csv`, `machine.csv`, "
                + "`trace.json` (open in chrome://tracing or Perfetto: predicted above measured), "
                + "`manifest.json`.")
        return document.text
    }

    /// One sentence a run: where the peak is and what lives there.
    private var peaks: String {
        results.map { result in
            let run = result.predicted.run
            let largest = run.roles.sorted { $0.value > $1.value }.prefix(3).map {
                "\($0.key.rawValue) \($0.value)"
            }.joined(separator: ", ")
            return "- \(result.predicted.name): at \(run.peakOp.kind.name) (\(run.peakOp.scope), "
                + "\(run.peakOp.phase.rawValue)): \(largest)"
        }.joined(separator: "\n")
    }
}

/// Time of one kind of op in one phase of one run.
struct OpTotal {
    let phase: Phase
    let kind: String
    var count = 0
    var predicted = 0.0
    var measured = 0.0
    var flops = 0.0

    /// The totals of a run, longest first.
    static func all(_ result: CalibrationResult) -> [OpTotal] {
        var totals: [String: OpTotal] = [:]
        let occupancy = Occupancy.full(length: result.predicted.shape.length)
        for (index, op) in result.predicted.program.ops.enumerated() {
            let key = "\(op.phase.rawValue) \(op.kind.name)"
            var total = totals[key] ?? OpTotal(phase: op.phase, kind: op.kind.name)
            total.count += 1
            total.predicted += result.predicted.run.opSeconds[index]
            total.measured += result.measured.opSeconds[index]
            total.flops +=
                result.predicted.program.cost(of: op, occupancy: occupancy).flops.rawValue
            totals[key] = total
        }
        return totals.values.sorted { ($1.measured, $0.kind) < ($0.measured, $1.kind) }
    }
}
