import Architectures
import StepPrograms

/// A step program with the names of what goes in and comes out.
package struct TrainingStep: Sendable, Hashable {
    /// The program.
    package var program: StepProgram
    /// The model's weights in it.
    package var model: ModelTensors
    /// The frozen second copy, for preference training of every weight.
    package var reference: ModelTensors?
    /// What the trainer writes before the step or each microbatch.
    package var inputs: Inputs
    /// What it reads afterwards.
    package var outputs: Outputs
    /// Moments of the optimizer by trained weight: first, then second.
    package var moments: [TensorID: (first: TensorID, second: TensorID)]

    /// Tensors that the trainer writes.
    package struct Inputs: Sendable, Hashable {
        /// [n] int32
        package var tokens: TensorID
        /// [n] int32: the row at which each row's segment starts.
        package var segmentStarts: TensorID
        /// [headWidth / 2] float32
        package var frequencies: TensorID
        /// [n] int32, -1 where nothing is predicted.
        package var targets: TensorID?
        /// [n] float32
        package var weights: TensorID?
        /// [StepScalar.count] float32
        package var scalars: TensorID?
        /// [n] int32: which sequence each target row belongs to, -1 for none.
        package var sequences: TensorID?
        /// [n] float32: log-probabilities of the reference computed before.
        package var referenceLogProbabilities: TensorID?
    }

    /// Tensors that the trainer reads.
    package struct Outputs: Sendable, Hashable {
        /// [1]
        package var loss: TensorID
        /// [1]
        package var gradientNorm: TensorID?
        /// [4]: chosen reward, rejected reward, margin, accuracy; sums over the pairs of the step,
        /// each times the pair weight.
        package var metrics: TensorID?
    }

    package static func == (a: Self, b: Self) -> Bool { a.program == b.program }
    package func hash(into hasher: inout Hasher) { hasher.combine(program) }
}

extension TrainingStep {
    /// The optimizer step of a strategy as the local engine runs it.
    ///
    /// - Parameters:
    ///   - longestSegment: the longest segment a batch may hold; sizes the attention workspace.
    /// - Throws: `ProgramError` when the program breaks a rule, which is a mistake of the builder.
    package static func make(
        _ architecture: Architecture, strategy: Strategy, batch: BatchShape,
        optimizer: OptimizerConfiguration, profile: LocalProfile
    ) throws(ProgramError) -> TrainingStep {
        var assembly = StepAssembly(
            architecture, strategy: strategy, batch: batch, profile: profile)
        assembly.addMicrobatch()
        assembly.addOptimizer(optimizer)
        return try assembly.finish(
            origin: "\(strategy.name), \(batch.sequences) × \(batch.length) × \(batch.accumulation)"
        )
    }

    /// The forward pass with the weighted cross-entropy, for evaluation.
    package static func makeScoring(
        _ architecture: Architecture, adapter: LowRank?, doubleQuantization: Bool? = nil,
        batch: BatchShape, profile: LocalProfile
    ) throws(ProgramError) -> TrainingStep {
        let strategy: Strategy =
            switch (adapter, doubleQuantization) {
            case (nil, _): .promptOnly(shots: 0)
            case (let adapter?, nil): .lora(adapter)
            case (let adapter?, let double?): .qlora(adapter, doubleQuantized: double)
            }
        var assembly = StepAssembly(
            architecture, strategy: strategy, batch: batch, profile: profile, trains: false)
        assembly.addForwardLoss()
        return try assembly.finish(
            origin: "scoring, \(batch.sequences) × \(batch.length)")
    }
}
