import ArgumentParser
import Foundation
import ModelFiles
import Quantities
import Reporting
import Training
import TrainingSteps

/// Trains a model on this machine.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model on this machine, for real.",
        discussion: """
            With --format json, standard output has one JSON object a step: step, loss, gradientNorm, \
            learningRate, tokens, seconds, for dpo also rewardMargin and accuracy, and after the last \
            step one with heldOutLoss when rows are held out.
            """)

    enum SavedFormat: String, ExpressibleByArgument, CaseIterable { case f32, bf16, f16 }

    @OptionGroup var baseOption: BaseOption
    @Option(help: "The training data: JSONL, JSON or text.")
    var data: String
    @OptionGroup var options: TrainingOptions
    @OptionGroup var threads: ThreadsOption
    @Option(help: "Rows that are not trained on: a fraction of them, or a file.")
    var heldOut: String?
    @Flag(help: "Begin with fresh weights instead of those of the base.")
    var fromScratch = false
    @Option(help: "Directory for the trained adapter or model.")
    var output: String?
    @Option(help: "How a full model is saved.")
    var saveFormat = SavedFormat.f32
    @Option(help: "The form of standard output.")
    var format = OutputFormat.table
    @Flag(help: "No progress on standard error.")
    var quiet = false

    func validate() throws {
        switch options.strategy {
        case .full, .continuedPretraining: return
        case .lora, .qlora, .dpo:
            guard !fromScratch else {
                throw ValidationError(
                    "--from-scratch needs --strategy full or continued-pretraining: an adapter or a "
                        + "preference is trained on a model that is kept")
            }
        }
    }

    func run() throws {
        let folder = try output.map { try ReportFolder(at: $0) }
        try runTraining(folder)
    }

    private func runTraining(_ folder: consuming ReportFolder?) throws {
        let session = try TrainingSession(
            basePath: try baseOption.path(), data: data, heldOut: heldOut, options: options,
            threads: threads.threads, fromScratch: fromScratch)
        for warning in session.warnings { note("warning: \(warning)") }
        var trainer = try session.makeTrainer(workers: threads.workers)
        let total = session.configuration.schedule.totalSteps
        var progress = ProgressLine(
            "training", total: total, style: .detected(isQuiet: quiet || format == .json))
        var records: [StepRecord] = []
        for index in 0 ..< total {
            let record = try trainer.train(on: session.inputs(step: index))
            records.append(record)
            if format == .json { emit(record.json.text(.compact)) }
            progress.advance(to: index + 1, note: "loss \(fixed(record.loss, 4))")
        }
        progress.finish()
        let heldOutLoss = session.heldOutLoss(&trainer)
        if let heldOutLoss, format == .json {
            emit(
                Reporting.JSONValue.object([.init("heldOutLoss", .number(heldOutLoss))]).text(
                    .compact))
        }
        if format != .json {
            let table = RunTable.make(
                records, heldOutLoss: heldOutLoss, most: format == .csv ? .max : 20)
            emit(table.text(as: format, style: .detected(descriptor: 1)))
        }
        guard var folder else { return }
        try session.save(&folder, trainer: trainer, records: records, as: saveFormat.encoding)
        _ = try folder.commit(
            try session.manifest(command: CommandLine.arguments, seed: options.seed))
        note("saved to \(output ?? "")")
    }
}

extension TrainCommand.SavedFormat {
    /// The encoding in a safetensors file.
    var encoding: TensorEncoding {
        switch self {
        case .f32: .f32
        case .bf16: .bf16
        case .f16: .f16
        }
    }
}

extension StepRecord {
    /// One line of the training log.
    var json: Reporting.JSONValue {
        var members: [Reporting.JSONValue.Member] = [
            .init("step", .count(step)), .init("loss", .number(loss)),
            .init("gradientNorm", .number(gradientNorm)),
            .init("learningRate", .number(learningRate)), .init("tokens", .count(tokens)),
            .init("seconds", .number(seconds)),
        ]
        if let preference {
            members += [
                .init("rewardMargin", .number(preference.rewardMargin)),
                .init("accuracy", .number(preference.accuracy)),
                .init("rewardChosen", .number(preference.chosenReward)),
                .init("rewardRejected", .number(preference.rejectedReward)),
            ]
        }
        return .object(members)
    }
}

/// The steps of a run as a table: all when few, else about as many as wanted, spread over the run.
enum RunTable {
    static func make(_ records: [StepRecord], heldOutLoss: Double?, most: Int) -> Table {
        var table = Table(
            columns: [
                .init("step"), .init("loss"), .init("gradient norm"), .init("learning rate"),
                .init("tokens"), .init("time"),
            ])
        let stride = max(1, records.count / most)
        for (index, record) in records.enumerated()
        where index % stride == 0 || index == records.count - 1 {
            table.append([
                .integer(record.step), .number(record.loss, decimals: 4),
                .number(record.gradientNorm, decimals: 3),
                .text(String(format: "%.2e", record.learningRate)), .integer(record.tokens),
                .quantity(Seconds(record.seconds)),
            ])
        }
        if let heldOutLoss {
            table.notes.append("loss on the rows held out: \(fixed(heldOutLoss, 4))")
        }
        return table
    }
}
