import Quantities

/// The rows that go through the model together, flattened: row r, position t stands at r·width + t.
package struct MicroBatch: Sendable, Hashable {
    /// Rows of the batch.
    package let rowCount: Int
    /// Positions of a row, padding included.
    package let width: Int
    /// Token identifiers; rowCount × width.
    package private(set) var tokens: [Int32]
    /// The token to predict at each position, or -1 where none is; rowCount × width.
    package private(set) var targets: [Int32]
    /// 1 where a token is to be predicted, else 0; rowCount × width.
    ///
    /// The loss is the weighted sum divided by the targets of the whole optimizer step.
    package private(set) var weights: [Float]
    /// The flat index at which each position's segment starts; rowCount × width.
    ///
    /// Position i attends to segmentStarts[i] ... i and has the rotary position
    /// i - segmentStarts[i]. A padding position is a segment of its own.
    package private(set) var segmentStarts: [Int32]
    /// Positions that hold a token of an example.
    package private(set) var tokenCount = 0
    /// Positions that predict a target.
    package private(set) var targetCount = 0

    /// Lays each row's examples side by side and pads on the right.
    init(rows: [[Example]], width: Int, paddingToken: Int32) {
        rowCount = rows.count
        self.width = width
        let count = rows.count * width
        tokens = Array(repeating: paddingToken, count: count)
        targets = Array(repeating: -1, count: count)
        weights = Array(repeating: 0, count: count)
        segmentStarts = Array(0 ..< Int32(count))
        for (row, examples) in rows.enumerated() {
            var start = row * width
            for example in examples {
                let end = start + example.tokens.count
                invariant(end <= (row + 1) * width, "the examples of a row exceed its \(width)")
                tokens.replaceSubrange(start ..< end, with: example.tokens)
                targets.replaceSubrange(start ..< end, with: example.nextTokens)
                for index in start ..< end { segmentStarts[index] = Int32(start) }
                start = end
            }
            tokenCount += start - row * width
        }
        for index in targets.indices where targets[index] >= 0 {
            weights[index] = 1
            targetCount += 1
        }
    }
}

/// Pairs that go through the model together: the chosen rows first, then the rejected.
package struct PreferenceMicroBatch: Sendable, Hashable {
    /// Pairs of the batch; rows that only fill it up are not counted.
    package let pairCount: Int
    /// 2 × the micro-batch size rows: pair p is row p and row p + half of the rows.
    package let batch: MicroBatch
    /// The row a position's target belongs to, or -1 where there is none.
    ///
    /// Summing log-probabilities by this index gives those of whole responses. Rows without a pair
    /// do not occur.
    package let sequences: [Int32]

    init(pairs: [ExamplePair], size: Int, width: Int, paddingToken: Int32) {
        pairCount = pairs.count
        let filling = Array(repeating: [Example](), count: size - pairs.count)
        let rows = pairs.map { [$0.chosen] } + filling + pairs.map { [$0.rejected] } + filling
        let batch = MicroBatch(rows: rows, width: width, paddingToken: paddingToken)
        self.batch = batch
        sequences = batch.targets.indices.map { index in
            batch.targets[index] >= 0 ? Int32(index / width) : -1
        }
    }
}
