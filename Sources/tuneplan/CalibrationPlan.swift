import ArgumentParser
import Engine
import Foundation
import Quantities
import Reporting
import Simulation
import StepPrograms
import Training
import TrainingSteps
import Validation

/// The runs of a calibration.
struct CalibrationPlan {
    /// Where rows come from.
    struct Files {
        let supervised: String
        let preferences: String
        let text: String
    }

    let basePath: String
    let files: Files
    let strategies: [TrainingOptions.StrategyName]
    let shapes: [BatchShape]
    let steps: Int
    let rank: Int
    let threads: Int
    let base: LoadedBase

    init(
        basePath: String, files: Files, strategies: [TrainingOptions.StrategyName],
        shapes: [BatchShape], steps: Int, rank: Int, threads: Int
    ) throws {
        self.basePath = basePath
        self.files = files
        self.strategies = strategies
        self.shapes = shapes
        self.steps = steps
        self.rank = rank
        self.threads = threads
        base = try LoadedBase.open(basePath)
    }

    /// Predicts every run; no run has been done before this returns.
    ///
    /// Each run is preceded by a dry start, a process that loads everything the run loads and trains one
    /// layer, so that what a process takes beside its arena is known without the run.
    func predict(
        on device: DeviceModel, note: (String) -> Void
    ) throws -> [CalibrationPrediction] {
        var predictions: [CalibrationPrediction] = []
        for strategy in strategies {
            for shape in shapes {
                let arguments = arguments(strategy, shape)
                let options = try TrainingOptions.parse(arguments.training)
                let session = try TrainingSession(
                    basePath: basePath, data: arguments.data, heldOut: nil, options: options,
                    threads: threads, fixedLength: shape.length)
                note("dry start for \(strategy.rawValue) \(shape.sequences)×\(shape.length)")
                let dryStart = try MeasuringChild.run(arguments.all + ["--dry-start"]).peak
                let step = try TrainingStep.make(
                    base.architecture, strategy: session.strategy,
                    batch: session.configuration.batch,
                    optimizer: session.configuration.optimizer,
                    profile: session.configuration.profile)
                predictions.append(
                    CalibrationPrediction(
                        strategy: strategy.rawValue, shape: shape, program: step.program,
                        run: RunPrediction(
                            step.program, on: device,
                            occupancy: session.data.occupancy(steps: steps),
                            dryStart: dryStart),
                        dryStart: dryStart,
                        tokens: session.data.tokenCount(steps: steps) / steps,
                        childArguments: arguments.all))
            }
        }
        return predictions
    }

    private func arguments(
        _ strategy: TrainingOptions.StrategyName, _ shape: BatchShape
    ) -> (data: String, training: [String], all: [String]) {
        let data: String
        switch strategy {
        case .dpo: data = files.preferences
        case .continuedPretraining: data = files.text
        case .full, .lora, .qlora: data = files.supervised
        }
        let training = [
            "--strategy", strategy.rawValue, "--steps", String(steps), "--batch-size",
            String(shape.sequences), "--sequence-length", String(shape.length), "--rank",
            String(rank), "--schedule", "constant",
        ]
        let all =
            training + ["--base", basePath, "--data", data, "--threads", String(threads)]
        return (data, training, all)
    }

    /// What the calibration was made from.
    func manifest(command: [String]) throws -> Manifest {
        var used = Set<String>()
        for strategy in strategies { used.insert(arguments(strategy, shapes[0]).data) }
        let inputs = try (base.files + used.sorted()).map { try FileRecord(hashing: $0) }
        return Manifest(
            version: TunePlan.version, command: command, seed: 0, inputs: inputs,
            packages: [.init("OpenBLAS", version: blasDescription())])
    }
}

/// A run that is predicted and not done yet.
struct CalibrationPrediction {
    let strategy: String
    let shape: BatchShape
    let program: StepProgram
    let run: RunPrediction
    let dryStart: Bytes
    /// Tokens of a step that are not padding, on average.
    let tokens: Int
    let childArguments: [String]

    /// How the run is called in the report.
    var name: String { "\(strategy) \(shape.sequences)×\(shape.length)" }

    /// The command line that does it.
    func arguments(dryStart: Bool) -> [String] {
        childArguments + (dryStart ? ["--dry-start"] : [])
    }
}

/// A run that is predicted and done.
struct CalibrationResult {
    let predicted: CalibrationPrediction
    let measured: LocalRun

    /// (predicted − measured) / measured of the process peak.
    var memoryError: Double {
        Double(predicted.run.processPeak.rawValue) / Double(measured.peak.rawValue) - 1
    }
    /// The same of the typical step's time.
    var timeError: Double { predicted.run.stepTime.rawValue / measured.typicalStep - 1 }
}
