import ArgumentParser
import Catalog
import Engine
import Foundation
import Quantities
import Reporting
import StepPrograms
import Training
import TrainingSteps
import Validation

/// Predicts runs on this machine, does them, and shows both.
struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Predict training runs on this machine, run them, and show both side by side.",
        discussion: """
            First micro-benchmarks give a model of this machine; then peak memory and step time of \
            every run are predicted from its step program; then the runs are done, each in a process \
            of its own. With --check the exit code is 1 when a tolerance is missed.
            """)

    @OptionGroup var baseOption: BaseOption
    @Option(help: "full, lora, qlora, dpo, continued-pretraining, separated by commas, or all.")
    var strategies = "all"
    @Option(help: "Batch shapes, rows x tokens, separated by commas.")
    var shapes: String?
    @Option(help: "Optimizer steps of each run; the first is not timed.")
    var steps = 6
    @Option(help: "Rank of adapters.")
    var rank = 16
    @Option(help: "Supervised rows; the demo's tickets by default.")
    var data: String?
    @Option(help: "Preference pairs; the demo's style pairs by default.")
    var preferences: String?
    @Option(help: "Raw text; the demo's handbook by default.")
    var text: String?
    @OptionGroup var threads: ThreadsOption
    @Option(help: "Largest accepted error of peak memory, as a share.")
    var memoryTolerance = 0.03
    @Option(help: "Largest accepted error of step time, as a share.")
    var timeTolerance = 0.15
    @Flag(help: "Exit with 1 when a tolerance is missed.")
    var check = false
    @Option(help: "Directory for the report.")
    var output: String?
    @Option(help: "The form of standard output.")
    var format = OutputFormat.table
    @Flag(help: "No progress on standard error.")
    var quiet = false

    func validate() throws {
        guard steps >= 2, steps <= 10_000 else {
            throw ValidationError("--steps must lie between 2 and 10000: the first is not timed")
        }
        guard memoryTolerance > 0, timeTolerance > 0, (1 ... 4096).contains(rank) else {
            throw ValidationError(
                "tolerances must be positive and --rank must lie between 1 and 4096")
        }
        guard !(try parsedShapes()).isEmpty, !(try parsedStrategies()).isEmpty else {
            throw ValidationError("--shapes and --strategies must name at least one each")
        }
    }

    func run() throws {
        let folder = try output.map { try ReportFolder(at: $0) }
        try calibrate(folder)
    }

    private func calibrate(_ folder: consuming ReportFolder?) throws {
        let plan = try CalibrationPlan(
            basePath: try baseOption.path(), files: try files(), strategies: try parsedStrategies(),
            shapes: try parsedShapes(), steps: steps, rank: rank, threads: threads.threads)
        var probing = ProgressLine(
            "probing this machine", total: 100, style: .detected(isQuiet: quiet))
        let machine = try probeMachine(workers: threads.workers) { share in
            probing.advance(to: Int(share * 100))
        }
        probing.finish()
        let predictions = try plan.predict(on: machine.device) { note in
            if !quiet { tuneplan.note(note) }
        }
        if !quiet { tuneplan.note("predicted \(predictions.count) runs; now doing them") }
        var running = ProgressLine(
            "running", total: predictions.count, style: .detected(isQuiet: quiet))
        var results: [CalibrationResult] = []
        for (index, prediction) in predictions.enumerated() {
            let measured = try MeasuringChild.run(prediction.arguments(dryStart: false))
            results.append(CalibrationResult(predicted: prediction, measured: measured))
            running.advance(to: index + 1, note: prediction.name)
        }
        running.finish()
        let report = CalibrationReport(
            plan: plan, machine: machine, results: results, memoryTolerance: memoryTolerance,
            timeTolerance: timeTolerance)
        emit(report.table.text(as: format, style: .detected(descriptor: 1)))
        if var folder {
            try report.write(into: &folder)
            _ = try folder.commit(try plan.manifest(command: CommandLine.arguments))
            tuneplan.note("report in \(output ?? "")")
        }
        if check, let missed = report.missed {
            throw Failure(missed, code: Failure.answerIsNo)
        }
    }

    private func files() throws -> CalibrationPlan.Files {
        let demo = try DataDirectory.locate().url.appendingPathComponent("demo")
        return CalibrationPlan.Files(
            supervised: data ?? demo.appendingPathComponent("tickets.jsonl").path,
            preferences: preferences
                ?? demo.appendingPathComponent("style-preferences.jsonl").path,
            text: text ?? demo.appendingPathComponent("handbook.txt").path)
    }

    private func parsedShapes() throws -> [BatchShape] {
        try (shapes ?? "2x128,8x256").split(separator: ",").map { part in
            let numbers = part.lowercased().split(separator: "x").map { Int($0) }
            guard numbers.count == 2, let rows = numbers[0], let length = numbers[1],
                (1 ... 4096).contains(rows), (2 ... 1 << 20).contains(length)
            else {
                throw ValidationError(
                    "--shapes: '\(part)' is no shape; write rows x tokens, such as 4x256")
            }
            return BatchShape(sequences: rows, length: length)
        }
    }

    private func parsedStrategies() throws -> [TrainingOptions.StrategyName] {
        let all: [TrainingOptions.StrategyName] = [
            .full, .lora, .qlora, .dpo, .continuedPretraining,
        ]
        guard strategies != "all" else { return all }
        return try strategies.split(separator: ",").map { part in
            let name = part.trimmingCharacters(in: .whitespaces)
            guard let strategy = TrainingOptions.StrategyName(rawValue: name) else {
                let hint = nearest(to: name, among: all.map(\.rawValue))
                throw ValidationError(
                    "--strategies: there is no strategy called '\(name)'"
                        + (hint.map { "; did you mean \($0)?" } ?? ""))
            }
            return strategy
        }
    }
}
