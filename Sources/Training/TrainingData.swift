import Quantities
import StepPrograms
import TrainingSteps

/// A data set as a run uses it: tokenised, arranged in batches, measured.
package struct TrainingData: Sendable {
    /// The microbatches of each step.
    package let source: Source
    /// Extents of a step that hold every batch.
    package let batch: BatchShape
    /// What was cut or left out, one sentence each.
    package let warnings: [String]

    /// Where microbatches come from.
    package enum Source: Sendable {
        case supervised(Batches)
        case preferences(PreferenceBatches)
    }

    /// How a data set is to be arranged.
    package struct Arranging: Sendable, Hashable {
        /// Rows or pairs of a microbatch.
        package var batchSize: Int
        /// Most tokens of a row.
        package var sequenceLength: Int
        /// Microbatches of a step.
        package var accumulation: Int
        /// Whether several examples share a row.
        package var packs: Bool
        /// The order of rows.
        package var order: RowOrder

        package init(
            batchSize: Int, sequenceLength: Int, accumulation: Int, packs: Bool, order: RowOrder
        ) {
            self.batchSize = batchSize
            self.sequenceLength = sequenceLength
            self.accumulation = accumulation
            self.packs = packs
            self.order = order
        }
    }

    /// Tokenises and arranges a data set.
    ///
    /// Rows are as long as the longest example asks for, rounded up to a multiple of eight, but no
    /// longer than the sequence length.
    ///
    /// - Parameters:
    ///   - data: the rows.
    ///   - base: the model they are for.
    ///   - coding: how rows become text and text becomes tokens.
    ///   - arranging: how examples become batches.
    ///   - fixedLength: the length of rows, when it is decided already.
    /// - Throws: `DataError` naming the row that cannot be used.
    package init(
        _ data: DataSet, base: LoadedBase, coding: TextCoding, arranging: Arranging,
        fixedLength: Int? = nil
    ) throws {
        let maker = try ExampleMaker(
            coding: coding, sequenceLength: fixedLength ?? arranging.sequenceLength,
            contextLength: base.architecture.contextLength)
        let tokenised = try maker.tokenise(data)
        warnings = tokenised.report.warnings
        let longest = tokenised.content.sides.joined().map(\.tokens.count).max() ?? 0
        let length =
            fixedLength
            ?? (arranging.packs
                ? arranging.sequenceLength : min(arranging.sequenceLength, (longest + 7) / 8 * 8))
        let isPaired = data.format == .preference
        batch = BatchShape(
            sequences: arranging.batchSize * (isPaired ? 2 : 1), length: length,
            accumulation: arranging.accumulation)
        let shape = BatchShape(
            sequences: arranging.batchSize, length: length, accumulation: arranging.accumulation)
        let arrangement: Arrangement = arranging.packs ? .packed : .padded
        switch tokenised.content {
        case .examples(let examples):
            source = .supervised(
                Batches(
                    examples: examples, shape: shape, arrangement: arrangement,
                    order: arranging.order, paddingToken: base.padding))
        case .documents(let documents):
            source = .supervised(
                Batches(
                    documents: documents, shape: shape, arrangement: arrangement,
                    order: arranging.order, paddingToken: base.padding))
        case .pairs(let pairs):
            source = .preferences(
                PreferenceBatches(
                    pairs: pairs, shape: shape, arrangement: .padded, order: arranging.order,
                    paddingToken: base.padding))
        }
    }

    /// How many steps show every row once.
    package var stepsPerEpoch: Int {
        switch source {
        case .supervised(let batches): batches.stepsPerEpoch
        case .preferences(let batches): batches.stepsPerEpoch
        }
    }

    /// The microbatches of a step, counted from zero across epochs.
    package func inputs(step: Int) -> [StepInput] {
        switch source {
        case .supervised(let batches): batches.step(step).map { StepInput($0) }
        case .preferences(let batches): batches.step(step).map { StepInput($0) }
        }
    }

    /// How full the batches of the first steps are, on average.
    package func occupancy(steps: Int) -> Occupancy {
        var (rows, attended, targets, longest) = (0, 0, 0, 1)
        for step in 0 ..< max(1, steps) {
            for input in inputs(step: step) {
                rows += input.tokens.count
                targets += input.targetCount
                for (row, start) in input.segmentStarts.enumerated() {
                    let length = row - Int(start) + 1
                    attended += length
                    longest = max(longest, length)
                }
            }
        }
        return Occupancy(
            attendedLength: Double(attended) / Double(max(rows, 1)), longestSegment: longest,
            targetFraction: Double(targets) / Double(max(rows, 1)))
    }
}

extension TrainingData {
    /// Tokens of the first steps that are not padding.
    package func tokenCount(steps: Int) -> Int {
        (0 ..< steps).reduce(0) { sum, step in
            sum + inputs(step: step).reduce(0) { $0 + $1.tokenCount }
        }
    }
}
