import Quantities
import TrainingSteps

/// How examples become rows.
package enum Arrangement: Sendable, Hashable {
    /// One example a row, padded to the sequence length.
    case padded
    /// One example a row, padded to the longest of the micro-batch, rounded up to a multiple.
    case paddedToLongest(multiple: Int)
    /// Several examples a row, by ``Packing/bestFitDecreasing(_:capacity:)``.
    case packed
}

/// In which order rows are seen.
package enum RowOrder: Sendable, Hashable {
    /// The order of the file in every epoch.
    case sequential
    /// Another order in each epoch, from the seed alone.
    case shuffled(seed: UInt64)

    /// The order of `count` rows in an epoch.
    func order(of count: Int, epoch: Int) -> [Int] {
        switch self {
        case .sequential: return Array(0 ..< count)
        case .shuffled(let seed):
            let epochSeed = SeededGenerator.hash(of: "epoch \(epoch)", seed: seed)
            return SeededGenerator.permutation(of: count, seed: epochSeed)
        }
    }
}

extension BatchShape {
    /// The extents a user asked for.
    ///
    /// - Throws: `DataError` unless all three are positive.
    package init(checking sequences: Int, length: Int, accumulation: Int = 1) throws(DataError) {
        for (name, value) in [
            ("micro-batch size", sequences), ("sequence length", length),
            ("gradient accumulation", accumulation),
        ] where value < 1 {
            throw .request("the \(name) is \(value); it must be at least 1.")
        }
        self.init(sequences: sequences, length: length, accumulation: accumulation)
    }

    /// How many steps show each of `rowCount` rows once.
    package func stepsPerEpoch(rowCount: Int) -> Int {
        let microBatches = (rowCount + sequences - 1) / sequences
        return (microBatches + accumulation - 1) / accumulation
    }
}

/// The batches of every optimizer step, as a function of the step's index.
///
/// A step never spans two epochs: the last one of an epoch has fewer micro-batches where the rows
/// do not suffice, and its last micro-batch is filled up with rows of padding, so that every
/// micro-batch has `sequences` rows.
package struct Batches: Sendable {
    /// The sizes of a step.
    package let shape: BatchShape
    /// How examples become rows.
    package let arrangement: Arrangement
    /// In which order rows are seen.
    package let order: RowOrder
    /// The rows, each of one or more examples.
    package let rows: [[Example]]
    private let paddingToken: Int32

    /// Arranges examples; one longer than the sequence length is our mistake.
    package init(
        examples: [Example], shape: BatchShape, arrangement: Arrangement, order: RowOrder,
        paddingToken: Int32
    ) {
        self.shape = shape
        self.arrangement = arrangement
        self.order = order
        self.paddingToken = paddingToken
        if arrangement == .packed {
            let bins = Packing.bestFitDecreasing(
                examples.map(\.tokens.count), capacity: shape.length)
            rows = bins.map { bin in bin.map { examples[$0] } }
        } else {
            rows = examples.map { [$0] }
        }
    }

    /// Cuts raw text into blocks: across documents when packed, else each document by itself.
    package init(
        documents: [Example], shape: BatchShape, arrangement: Arrangement, order: RowOrder,
        paddingToken: Int32
    ) {
        let length = shape.length
        let blocks =
            arrangement == .packed
            ? Packing.blocks(of: documents, length: length)
            : documents.flatMap { Packing.blocks(of: [$0], length: length) }
        self.shape = shape
        self.arrangement = arrangement
        self.order = order
        self.paddingToken = paddingToken
        rows = blocks.map { [$0] }
    }

    /// How many steps show each row once; 0 without rows.
    package var stepsPerEpoch: Int { shape.stepsPerEpoch(rowCount: rows.count) }

    /// The micro-batches of a step, counted from 0 across epochs.
    package func step(_ index: Int) -> [MicroBatch] {
        invariant(stepsPerEpoch > 0, "there are no rows to make a batch of")
        return step(
            index % stepsPerEpoch, in: order.order(of: rows.count, epoch: index / stepsPerEpoch))
    }

    /// The steps from `first` on, without end; empty without rows.
    package func steps(from first: Int = 0) -> some Sequence<[MicroBatch]> {
        var cached: (epoch: Int, order: [Int])?
        let epochLength = stepsPerEpoch
        return sequence(state: first) { index -> [MicroBatch]? in
            guard epochLength > 0 else { return nil }
            let (epoch, step) = index.quotientAndRemainder(dividingBy: epochLength)
            let order: [Int]
            if let known = cached, known.epoch == epoch {
                order = known.order
            } else {
                order = self.order.order(of: rows.count, epoch: epoch)
                cached = (epoch, order)
            }
            index += 1
            return self.step(step, in: order)
        }
    }

    private func step(_ step: Int, in order: [Int]) -> [MicroBatch] {
        shape.slices(of: order, step: step).map { slice in
            let chosen = slice.map { rows[$0] }
            let filling = Array(repeating: [Example](), count: shape.sequences - chosen.count)
            let longest = chosen.map { $0.reduce(0) { $0 + $1.tokens.count } }.max() ?? 0
            return MicroBatch(
                rows: chosen + filling, width: arrangement.width(longest: longest, shape: shape),
                paddingToken: paddingToken)
        }
    }
}

extension BatchShape {
    /// The row indices of each micro-batch of a step.
    func slices(of order: [Int], step: Int) -> [ArraySlice<Int>] {
        let size = sequences * accumulation
        let rows = order[min(step * size, order.count) ..< min((step + 1) * size, order.count)]
        return stride(from: rows.startIndex, to: rows.endIndex, by: sequences).map {
            rows[$0 ..< min($0 + sequences, rows.endIndex)]
        }
    }
}

extension Arrangement {
    /// The positions of a row in a micro-batch whose longest row has `longest` tokens.
    func width(longest: Int, shape: BatchShape) -> Int {
        guard case .paddedToLongest(let multiple) = self else { return shape.length }
        let unit = max(multiple, 1)
        return min((longest + unit - 1) / unit * unit, shape.length)
    }
}

/// The preference batches of every optimizer step, as a function of the step's index.
///
/// Steps and epochs are those of ``Batches``; pairs are never packed.
package struct PreferenceBatches: Sendable {
    /// The sizes of a step; `sequences` counts pairs.
    package let shape: BatchShape
    /// How pairs become rows; `packed` counts as `padded`.
    package let arrangement: Arrangement
    /// In which order pairs are seen.
    package let order: RowOrder
    /// The pairs.
    package let pairs: [ExamplePair]
    private let paddingToken: Int32

    package init(
        pairs: [ExamplePair], shape: BatchShape, arrangement: Arrangement, order: RowOrder,
        paddingToken: Int32
    ) {
        self.pairs = pairs
        self.shape = shape
        self.arrangement = arrangement
        self.order = order
        self.paddingToken = paddingToken
    }

    /// How many steps show each pair once; 0 without pairs.
    package var stepsPerEpoch: Int { shape.stepsPerEpoch(rowCount: pairs.count) }

    /// The micro-batches of a step, counted from 0 across epochs.
    package func step(_ index: Int) -> [PreferenceMicroBatch] {
        invariant(stepsPerEpoch > 0, "there are no pairs to make a batch of")
        let order = order.order(of: pairs.count, epoch: index / stepsPerEpoch)
        return shape.slices(of: order, step: index % stepsPerEpoch).map { slice in
            let chosen = slice.map { pairs[$0] }
            let longest = chosen.map { max($0.chosen.tokens.count, $0.rejected.tokens.count) }.max()
            return PreferenceMicroBatch(
                pairs: chosen, size: shape.sequences,
                width: arrangement.width(longest: longest ?? 0, shape: shape),
                paddingToken: paddingToken)
        }
    }
}
