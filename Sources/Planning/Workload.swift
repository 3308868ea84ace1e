import Quantities
import TrainingSteps

/// How long the sequences of a data set are, in tokens.
package enum TokenLengths: Sendable, Hashable {
    /// Every sequence has this many, as somebody says.
    case stated(Int)
    /// Measured lengths in ascending order; never empty.
    case measured([Int])

    /// The mean of the lengths, none longer than `limit`.
    package func mean(limit: Int) -> Double {
        switch self {
        case .stated(let length): Double(min(length, limit))
        case .measured(let lengths):
            Double(lengths.reduce(0) { $0 + min($1, limit) }) / Double(max(lengths.count, 1))
        }
    }

    /// The longest sequence that memory must hold: the limit itself when lengths are only stated.
    package func longest(limit: Int) -> Int {
        switch self {
        case .stated: limit
        case .measured(let lengths): max(1, min(lengths.last ?? limit, limit))
        }
    }

    /// The mean over batches of the longest of so many sequences drawn at random, none longer than
    /// `limit`: what a batch is padded to.
    ///
    /// E[max] = Σ x₍ᵢ₎ ((i/n)ˢ − ((i−1)/n)ˢ) over the order statistics of n lengths.
    package func meanOfLongest(of sequences: Int, limit: Int) -> Double {
        switch self {
        case .stated(let length): return Double(min(length, limit))
        case .measured(let lengths):
            let count = Double(lengths.count)
            var (sum, below) = (0.0, 0.0)
            for (index, length) in lengths.enumerated() {
                let share = power(Double(index + 1) / count, sequences)
                sum += Double(min(length, limit)) * (share - below)
                below = share
            }
            return sum
        }
    }
}

/// x to a whole power, by squaring.
private func power(_ x: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, x, exponent)
    while rest > 0 {
        if rest & 1 == 1 { result *= square }
        square *= square
        rest >>= 1
    }
    return result
}

/// What is trained on.
package struct PlannedData: Sendable, Hashable {
    /// Examples: rows, pairs or documents.
    package var examples: Int
    /// How long they are; of a pair, each side.
    package var lengths: TokenLengths
    /// Where examples and lengths come from.
    package var basis: Basis
    /// Whether several examples are put into one sequence; raw text always is.
    package var packs: Bool

    package init(examples: Int, lengths: TokenLengths, basis: Basis, packs: Bool = false) {
        self.examples = examples
        self.lengths = lengths
        self.basis = basis
        self.packs = packs
    }
}

/// How a strategy walks through the data.
package struct Workload: Sendable, Hashable {
    /// Rows of one epoch: examples, or packed sequences.
    package let rows: Int
    /// Optimizer steps of the whole run.
    package let steps: Int
    /// Tokens of data that the whole run sees, padding left out.
    package let tokens: Double
    /// Whether rows are packed.
    package let isPacked: Bool
    private let lengths: TokenLengths
    private let limit: Int
    private let sequencesPerRow: Int

    /// The walk of a strategy; preference pairs are never packed.
    package init(
        _ data: PlannedData, strategy: Strategy, epochs: Int, batchSize: Int, sequenceLength: Int
    ) {
        let perExample = strategy.sequencesPerExample
        let mean = data.lengths.mean(limit: sequenceLength)
        switch strategy {
        case .continuedPretraining:
            isPacked = true
            // Documents are cut into blocks, so nothing is lost to the limit.
            let total = data.lengths.mean(limit: .max) * Double(data.examples)
            rows = Int((total / Double(sequenceLength)).rounded(.up))
            tokens = total * Double(epochs)
        case .dpo:
            isPacked = false
            rows = data.examples
            tokens = mean * Double(data.examples * perExample * epochs)
        case .promptOnly, .full, .lora, .qlora:
            isPacked = data.packs
            let total = mean * Double(data.examples)
            rows =
                isPacked
                ? Int((total / Double(sequenceLength)).rounded(.up)) : data.examples
            tokens = total * Double(epochs)
        }
        steps = (rows + batchSize - 1) / batchSize * epochs
        lengths = data.lengths
        limit = sequenceLength
        sequencesPerRow = perExample
    }

    /// The largest microbatch of so many rows, which memory must hold.
    package func largest(rows: Int) -> BatchShape {
        BatchShape(
            sequences: rows * sequencesPerRow,
            length: isPacked ? limit : lengths.longest(limit: limit))
    }

    /// A microbatch of so many rows as long as the mean, which time is taken for.
    package func mean(rows: Int) -> BatchShape {
        let sequences = rows * sequencesPerRow
        let length = isPacked ? Double(limit) : lengths.meanOfLongest(of: sequences, limit: limit)
        return BatchShape(sequences: sequences, length: max(1, Int(length.rounded(.up))))
    }
}
