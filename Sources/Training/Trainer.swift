import Architectures
import Engine
import Foundation
import ModelFiles
import Quantities
import Statistics
import StepPrograms
import TrainingSteps

/// What a run of the local engine is to do.
package struct TrainingConfiguration: Sendable, Hashable {
    /// What is trained and how.
    package var strategy: Strategy
    /// Extents of a step.
    package var batch: BatchShape
    /// Learning rate over time.
    package var schedule: Schedule
    /// Update rule.
    package var optimizer: OptimizerConfiguration
    /// What the engine keeps and makes again.
    package var profile: LocalProfile
    /// Seed of fresh adapters.
    package var seed: UInt64

    package init(
        strategy: Strategy, batch: BatchShape, schedule: Schedule,
        optimizer: OptimizerConfiguration, profile: LocalProfile, seed: UInt64
    ) {
        self.strategy = strategy
        self.batch = batch
        self.schedule = schedule
        self.optimizer = optimizer
        self.profile = profile
        self.seed = seed
    }
}

/// Trains a model on the local engine, one optimizer step at a time.
package struct Trainer: ~Copyable {
    /// The model's description.
    package let architecture: Architecture
    /// What it does.
    package let configuration: TrainingConfiguration
    /// The step it runs.
    package let step: TrainingStep
    /// The engine that runs it.
    package var executor: Executor
    /// Steps done.
    package private(set) var stepsDone = 0

    /// Loads a model into a step of the local engine.
    ///
    /// - Parameters:
    ///   - architecture: the model's description.
    ///   - weights: where the values of the model come from.
    ///   - adapter: a saved adapter to start from; a fresh one otherwise (A uniform within
    ///     ±1/√inputs as PEFT initialises it, B zero).
    ///   - configuration: what is trained and how.
    ///   - workers: who shares the work of an op.
    ///   - overwritesDeadTensors: test mode of `Executor`.
    ///   - nestedRounding: how nested scales of 4-bit weights take their codes.
    /// - Throws: `EngineError` when memory is refused, `ModelFileError` when a file cannot be read,
    ///   `TrainingError` when the adapter does not belong to the strategy.
    package init(
        _ architecture: Architecture, weights: WeightSource, adapter: AdapterFile? = nil,
        configuration: TrainingConfiguration, workers: Workers, overwritesDeadTensors: Bool = false,
        nestedRounding: NestedRounding = .standard
    ) throws {
        let step = try TrainingStep.make(
            architecture, strategy: configuration.strategy, batch: configuration.batch,
            optimizer: configuration.optimizer, profile: configuration.profile)
        let executor = try Executor(
            step.program, workers: workers, overwritesDeadTensors: overwritesDeadTensors,
            nestedRounding: nestedRounding)
        try executor.load(step.model.parameters, order: architecture.parameters, from: weights)
        if let reference = step.reference {
            try executor.load(
                reference.parameters, order: architecture.parameters, from: weights)
        }
        if let shape = configuration.strategy.adapter {
            try executor.loadAdapter(
                adapter, shape, into: step.model.adapters, architecture: architecture,
                seed: configuration.seed)
        }
        executor.write(architecture.rotaryFrequencies, to: step.inputs.frequencies)
        self.architecture = architecture
        self.configuration = configuration
        self.step = step
        self.executor = executor
    }

    /// Runs one optimizer step over at most as many microbatches as the batch shape says.
    ///
    /// - Throws: `TrainingError.diverged` when the loss or gradient is not finite.
    package mutating func train(on microbatches: [StepInput]) throws(TrainingError) -> StepRecord {
        invariant(
            (1 ... configuration.batch.accumulation).contains(microbatches.count),
            "a step takes up to \(configuration.batch.accumulation) microbatches")
        let rate = configuration.schedule.learningRate(at: stepsDone)
        writeScalars(rate: rate, pairs: microbatches.reduce(0) { $0 + $1.pairCount })
        let targetCount = microbatches.reduce(0) { $0 + $1.targetCount }
        executor.beginStep()
        let began = ContinuousClock.now
        for (repetition, input) in microbatches.enumerated() {
            write(input, targetCount: targetCount)
            executor.run(section: 0, repetition: repetition)
        }
        executor.run(section: 1)
        let seconds = (ContinuousClock.now - began).inSeconds
        stepsDone += 1
        return try record(microbatches, rate: rate, seconds: seconds)
    }

    /// Runs forward and backward only, leaving the weights as they are (for tests and probes).
    package mutating func differentiate(_ input: StepInput, poison: Executor.Poison? = nil) {
        writeScalars(rate: 0, pairs: input.pairCount)
        write(input, targetCount: input.targetCount)
        executor.beginStep()
        executor.run(section: 0, poison: poison)
    }

    private func writeScalars(rate: Double, pairs: Int) {
        guard let scalars = step.inputs.scalars else { return }
        let constants = OpKind.AdamW(weightDecay: 0)
        let t = Double(stepsDone + 1)
        var values = [Float](repeating: 0, count: StepScalar.allCases.count)
        values[StepScalar.learningRate.rawValue] = Float(rate)
        values[StepScalar.firstBiasCorrection.rawValue] = Float(1 - pow(constants.beta1, t))
        values[StepScalar.secondBiasCorrection.rawValue] = Float(1 - pow(constants.beta2, t))
        values[StepScalar.pairWeight.rawValue] = pairs > 0 ? 1 / Float(pairs) : 0
        executor.write(values, to: scalars)
    }

    private func write(_ input: StepInput, targetCount: Int) {
        executor.write(input, targetCount: targetCount, to: step.inputs)
    }

    private func record(
        _ microbatches: [StepInput], rate: Double, seconds: Double
    ) throws(TrainingError) -> StepRecord {
        let loss = Double(executor.scalar(step.outputs.loss))
        let norm = step.outputs.gradientNorm.map { Double(executor.scalar($0)) } ?? 0
        guard loss.isFinite, norm.isFinite else {
            throw .diverged(step: stepsDone, learningRate: rate)
        }
        let metrics = step.outputs.metrics.map { executor.floatValues(of: $0).map(Double.init) }
        return StepRecord(
            step: stepsDone, loss: loss, gradientNorm: norm, learningRate: rate,
            tokens: microbatches.reduce(0) { $0 + $1.tokenCount }, seconds: seconds,
            preference: metrics.map {
                StepRecord.Preference(
                    chosenReward: $0[0], rejectedReward: $0[1], rewardMargin: $0[2],
                    accuracy: $0[3])
            })
    }
}

extension Duration {
    /// The duration as a number of seconds.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
