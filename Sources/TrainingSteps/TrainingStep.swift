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
    /// The gradient of each trained weight.
    package var gradients: [TensorID: TensorID]
    /// Moments of the optimizer by trained weight: first, then second.
    package var moments: [TensorID: (first: TensorID, second: TensorID)]

    /// Tensors that the trainer writes.
    package struct Inputs: Sendable, Hashable {
        /// Token of each row, int32 [n].
        package var tokens: TensorID
        /// The row at which each row's segment starts, int32 [n].
        package var segmentStarts: TensorID
        /// Rotary angles per position, [headWidth / 2].
        package var frequencies: TensorID
        /// The token each row predicts, -1 for none, int32 [n].
        package var targets: TensorID?
        /// The weight of each row's cross-entropy, [n].
        package var weights: TensorID?
        /// Learning rate and the like, in the order of `StepScalar`.
        package var scalars: TensorID?
        /// Which sequence each target row belongs to, -1 for none, int32 [n].
        package var sequences: TensorID?
        /// Log-probabilities of the reference computed before, [n].
        package var referenceLogProbabilities: TensorID?
    }

    /// Tensors that the trainer reads.
    package struct Outputs: Sendable, Hashable {
        /// The loss, [1].
        package var loss: TensorID
        /// The norm of all gradients before clipping, [1].
        package var gradientNorm: TensorID?
        /// Chosen reward, rejected reward, margin and accuracy, [4].
        ///
        /// Sums over the pairs of the step, each times the pair weight.
        package var metrics: TensorID?
    }

    package static func == (a: Self, b: Self) -> Bool { a.program == b.program }
    package func hash(into hasher: inout Hasher) { hasher.combine(program) }
}

extension TrainingStep {
    /// The optimizer step of a strategy as the local engine runs it.
    ///
    /// - Throws: `ProgramError` when the program breaks a rule, which is a mistake of the builder.
    /// - Returns: the program and the names of its inputs and outputs.
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
}
