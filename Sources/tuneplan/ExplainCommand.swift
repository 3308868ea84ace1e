import ArgumentParser
import Catalog
import Foundation
import Planning
import Quantities
import Reporting
import StepPrograms
import TrainingSteps
import Validation

/// Explains the memory of one run.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show why one run needs the GPU memory it needs, and what would lower it.",
        discussion: """
            The peak by role, the op that runs then, the largest live tensors, what the allocator and the \
            process take, and every change that lowers the peak with the memory it saves and what it does \
            to the time of a step. Times need --gpu. The exit code is 1 when the run does not fit --gpu.
            """)

    @OptionGroup var options: RunOptions
    @Option(help: "The GPU, such as A100-80GB, to compare with and to price time on.")
    var gpu: String?
    @Option(help: "The id of a measured run to explain instead of --model.")
    var id: String?
    @Option(help: ArgumentHelp("The file with that run; ours by default.", valueName: "file"))
    var measurements: String?
    @Option(help: "The form of standard output.")
    var format = OutputFormat.table
    @Option(
        help: """
            Directory for the report: report.md, tensors.csv, levers.csv, explain.json, timeline.svg, \
            trace.json.
            """)
    var output: String?

    func validate() throws {
        if (options.model == nil) == (id == nil) {
            throw ValidationError("give --model, or --id of a measured run")
        }
        if measurements != nil, id == nil {
            throw ValidationError("--measurements needs --id")
        }
    }

    func run() throws {
        do {
            try explain()
        } catch let error as CatalogError {
            guard case .unknownName = error else { throw error }
            throw Failure(error.description, code: Failure.badUsage)
        } catch let error as MeasuredConfiguration.Refusal {
            throw Failure("\(error.description).", code: Failure.badInput)
        }
    }

    private func explain() throws {
        let folder = try output.map { try ReportFolder(at: $0) }
        let data = try DataDirectory.locate()
        let backtest = try MemoryBacktest.load(from: data)
        let subject = try subject(data, backtest)
        let device = try subject.device.map { try backtest.catalog.device(named: $0) }
        let timing = try device.flatMap {
            StepTiming(
                $0,
                efficiency: try DeviceEfficiency(
                    backtest.measurements.rates, catalog: backtest.catalog))
        }
        let explainer = Explainer(
            backtest, framework: subject.framework, strategy: subject.strategy, device: device,
            timing: timing)
        let report = ExplainReport(
            title: subject.title, device: device, timing: timing,
            explanation: try explainer.explain(subject.run), measured: subject.measured)
        emit(report.text(as: format))
        if var folder {
            try report.write(to: &folder)
            _ = try folder.commit(
                Manifest(
                    version: TunePlan.version, command: CommandLine.arguments, seed: nil,
                    inputs: try inputs(data), packages: []))
            note("saved to \(output ?? "")")
        }
        if let missing = report.missing {
            throw Failure(missing, code: Failure.answerIsNo)
        }
    }

    /// What is explained.
    private struct Subject {
        let title: String
        let run: MeasuredConfiguration
        let framework: String
        let strategy: MeasuredRun.Strategy
        let device: String?
        var measured: MemoryMeasurement?
    }

    private func subject(_ data: DataDirectory, _ backtest: MemoryBacktest) throws -> Subject {
        if let id {
            let file = measurements.map { URL(fileURLWithPath: $0) } ?? measured(id, data)
            let found = try backtest.reading(ofRow: id, in: file)
            let known = found.row.run.device.flatMap { backtest.catalog.knownDevice(named: $0) }
            return Subject(
                title: "\(id): \(found.row.run.model)", run: found.reading,
                framework: found.framework, strategy: found.row.run.strategy,
                device: gpu ?? known?.name, measured: found.row)
        }
        let (name, run) = try options.run(backtest.catalog)
        let framework = try options.framework()
        return Subject(
            title: "\(name), \(run.configuration.strategy.planName.rawValue), \(framework)",
            run: run, framework: framework,
            strategy: MeasuredRun.Strategy(run.configuration.strategy), device: gpu)
    }

    /// Ours that has the row: runs that ran out of memory have a file of their own.
    private func measured(_ id: String, _ data: DataDirectory) -> URL {
        data.measurements.appendingPathComponent(
            id.hasPrefix("oom-") ? "out_of_memory.csv" : "memory.csv")
    }

    private func inputs(_ data: DataDirectory) throws -> [FileRecord] {
        let shipped = [
            data.catalogs.appendingPathComponent("gpus.csv"), MemoryResiduals.file(in: data),
        ]
        let given = [measurements, options.model].compactMap { $0 }.filter {
            PathKind($0) == .file
        }
        return try shipped.map {
            try FileRecord(hashing: $0.path, label: "data/\($0.lastPathComponent)")
        } + given.map { try FileRecord(hashing: $0) }
    }
}

extension MeasuredRun.Strategy {
    /// The word that measured rows use for a strategy.
    init(_ strategy: TrainingSteps.Strategy) {
        switch strategy {
        case .full: self = .full
        case .continuedPretraining: self = .pretrain
        case .lora: self = .lora
        case .qlora: self = .qlora
        case .dpo(.full, _): self = .preferenceFull
        case .dpo(.lora, _): self = .preferenceLoRA
        case .dpo(.qlora, _): self = .preferenceQLoRA
        case .promptOnly: self = .other
        }
    }
}
