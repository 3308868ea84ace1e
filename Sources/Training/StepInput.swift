/// One microbatch as the engine takes it: rows of all sequences, one after another.
package struct StepInput: Sendable, Hashable {
    /// Token of each row.
    package var tokens: [Int32]
    /// Next token of each row where it is a target, else -1.
    package var targets: [Int32]
    /// Row at which each row's segment starts; its own index for padding.
    package var segmentStarts: [Int32]
    /// For preference training: the response each target row belongs to, chosen ones first.
    package var sequences: [Int32]?
    /// Rows that are not padding.
    package var tokenCount: Int
    /// Log-probabilities of the reference, when they were computed before.
    package var referenceLogProbabilities: [Float]?
    /// For preference training: pairs that are really there.
    package var pairCount = 0

    package init(
        tokens: [Int32], targets: [Int32], segmentStarts: [Int32], sequences: [Int32]? = nil,
        tokenCount: Int, referenceLogProbabilities: [Float]? = nil
    ) {
        self.tokens = tokens
        self.targets = targets
        self.segmentStarts = segmentStarts
        self.sequences = sequences
        self.tokenCount = tokenCount
        self.referenceLogProbabilities = referenceLogProbabilities
    }

    /// Number of target rows.
    package var targetCount: Int { targets.count { $0 >= 0 } }
}

extension StepInput {
    /// A batch of supervised examples.
    package init(_ batch: MicroBatch) {
        self.init(
            tokens: batch.tokens, targets: batch.targets, segmentStarts: batch.segmentStarts,
            tokenCount: batch.tokenCount)
    }

    /// A batch of pairs.
    package init(_ batch: PreferenceMicroBatch) {
        self.init(batch.batch)
        sequences = batch.sequences
        pairCount = batch.pairCount
    }
}
