import Architectures
import StepPrograms

/// The extents of one optimizer step on one rank.
package struct BatchShape: Sendable, Hashable {
    /// Sequences in a microbatch; preference training puts two responses for each pair.
    package var sequences: Int
    /// Tokens in each sequence.
    package var length: Int
    /// Microbatches in a step.
    package var accumulation: Int

    package init(sequences: Int, length: Int, accumulation: Int = 1) {
        self.sequences = sequences
        self.length = length
        self.accumulation = accumulation
    }

    /// Rows of a microbatch.
    package var rows: Int { sequences * length }
}

/// The optimizer of a step.
package struct OptimizerConfiguration: Sendable, Hashable {
    /// Decoupled weight decay of every trained weight.
    package var weightDecay: Double
    /// Gradients are scaled down to this norm; nil leaves them alone.
    package var maximumGradientNorm: Double?

    package init(weightDecay: Double = 0, maximumGradientNorm: Double? = 1) {
        self.weightDecay = weightDecay
        self.maximumGradientNorm = maximumGradientNorm
    }
}

/// What the local engine keeps and what it makes again.
package struct LocalProfile: Sendable, Hashable {
    /// Threads that share the work of one op.
    package var workers: Int
    /// Whether whole layers are run again in the backward pass instead of being kept.
    package var checkpointing: Bool
    /// Whether normalised rows and the product of gate and up are kept or made again.
    package var keepsElementwiseResults: Bool

    package init(
        workers: Int, checkpointing: Bool = false, keepsElementwiseResults: Bool = false
    ) {
        self.workers = workers
        self.checkpointing = checkpointing
        self.keepsElementwiseResults = keepsElementwiseResults
    }

    /// Rows of logits that exist at a time: about 6 million elements (24 MB), at least 32 rows.
    package func lossChunk(vocabulary: Int, rows: Int) -> Int {
        min(rows, max(32, 6_291_456 / vocabulary))
    }
}
