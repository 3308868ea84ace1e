import Testing
import Training
import TrainingSteps

/// An example of consecutive tokens whose last `targets` tokens are learnt.
private func example(_ first: Int32, count: Int, targets: Int, line: Int = 1) -> Example {
    Example(
        tokens: (0 ..< Int32(count)).map { first + $0 },
        isTarget: (0 ..< count).map { $0 >= count - targets }, line: line)
}

/// Examples of random lengths up to `limit`, every token of all different.
private func randomExamples(seed: UInt64, limit: Int) -> [Example] {
    var generator = SeededGenerator(seed: seed)
    var next: Int32 = 0
    return (0 ..< 1 + generator.number(below: 60)).map { index in
        let count = min(limit, 2 + generator.number(below: limit))
        defer { next += Int32(count) }
        return example(
            next, count: count, targets: 1 + generator.number(below: count - 1), line: index + 1)
    }
}

@Suite("Batches") struct DataBatchTests {
    @Test func masksARaggedBatchAsByHand() throws {
        // Prompt 10 11, completion 12 13; prompt 20, completion 21; padded to 5 with 9.
        let batches = Batches(
            examples: [example(10, count: 4, targets: 2), example(20, count: 2, targets: 1)],
            shape: try BatchShape(checking: 2, length: 5), arrangement: .padded,
            order: .sequential, paddingToken: 9)
        let step = batches.step(0)
        #expect(step.count == 1)
        let batch = try #require(step.first)
        #expect(batch.tokens == [10, 11, 12, 13, 9, 20, 21, 9, 9, 9])
        #expect(batch.targets == [-1, 12, 13, -1, -1, 21, -1, -1, -1, -1])
        #expect(batch.weights == [0, 1, 1, 0, 0, 1, 0, 0, 0, 0])
        #expect(batch.segmentStarts == [0, 0, 0, 0, 4, 5, 5, 7, 8, 9])
        #expect(batch.tokenCount == 6)
        #expect(batch.targetCount == 3)
    }

    @Test func packsARowOfTwoSegmentsAsByHand() throws {
        let batches = Batches(
            examples: [example(20, count: 2, targets: 1), example(10, count: 4, targets: 4)],
            shape: try BatchShape(checking: 1, length: 7), arrangement: .packed,
            order: .sequential, paddingToken: 9)
        let batch = try #require(batches.step(0).first)
        #expect(batches.stepsPerEpoch == 1)
        #expect(batch.tokens == [10, 11, 12, 13, 20, 21, 9])
        #expect(batch.targets == [11, 12, 13, -1, 21, -1, -1])
        #expect(batch.segmentStarts == [0, 0, 0, 0, 4, 4, 6])
    }

    @Test func padsToTheLongestRoundedUp() throws {
        let shape = try BatchShape(checking: 1, length: 10)
        let batches = Batches(
            examples: [5, 8, 9].map { example(0, count: $0, targets: 1) }, shape: shape,
            arrangement: .paddedToLongest(multiple: 4), order: .sequential, paddingToken: 0)
        #expect((0 ..< 3).flatMap(batches.step).map(\.width) == [8, 8, 10])
    }

    @Test func endsAnEpochWithAShorterStepAndPaddingRows() throws {
        let shape = try BatchShape(checking: 2, length: 4, accumulation: 2)
        let batches = Batches(
            examples: (0 ..< 7).map { example(Int32($0 * 10), count: 3, targets: 1) },
            shape: shape, arrangement: .padded, order: .sequential, paddingToken: -5)
        #expect(batches.stepsPerEpoch == 2)
        #expect(batches.step(0).map(\.rowCount) == [2, 2])
        let last = batches.step(1)
        #expect(last.map(\.rowCount) == [2, 2])
        #expect(last.map(\.targetCount) == [2, 1])
        #expect(last.last?.tokens == [60, 61, 62, -5, -5, -5, -5, -5])
        #expect(batches.step(2) == batches.step(0))
        let five = Batches(
            examples: Array(batches.rows.joined().prefix(5)), shape: shape, arrangement: .padded,
            order: .sequential, paddingToken: -5)
        #expect(five.step(1).map(\.targetCount) == [1])
    }

    @Test func blocksPredictEveryTokenButTheirFirst() throws {
        let documents = [
            example(0, count: 5, targets: 5, line: 1), example(5, count: 4, targets: 4, line: 8),
        ]
        let shape = try BatchShape(checking: 2, length: 4)
        let packed = Batches(
            documents: documents, shape: shape, arrangement: .packed, order: .sequential,
            paddingToken: 99)
        // The ninth token would be a block that predicts nothing.
        let batch = try #require(packed.step(0).first)
        #expect(packed.stepsPerEpoch == 1)
        #expect(batch.tokens == [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(batch.targets == [1, 2, 3, -1, 5, 6, 7, -1])
        #expect(batch.segmentStarts == [0, 0, 0, 0, 4, 4, 4, 4])
        #expect(packed.rows.joined().map(\.line) == [1, 1])

        let padded = Batches(
            documents: documents, shape: shape, arrangement: .padded, order: .sequential,
            paddingToken: 99)
        let alone = try #require(padded.step(0).first)
        #expect(alone.targets == [1, 2, 3, -1, 6, 7, 8, -1])
    }

    @Test func putsChosenRowsBeforeRejected() throws {
        let pairs = [
            ExamplePair(
                chosen: example(10, count: 3, targets: 2),
                rejected: example(20, count: 2, targets: 1))
        ]
        let batches = PreferenceBatches(
            pairs: pairs, shape: try BatchShape(checking: 2, length: 8),
            arrangement: .paddedToLongest(multiple: 1), order: .sequential, paddingToken: 0)
        let batch = try #require(batches.step(0).first)
        #expect(batch.pairCount == 1)
        #expect(batch.batch.rowCount == 4)
        #expect(batch.batch.tokens == [10, 11, 12, 0, 0, 0, 20, 21, 0, 0, 0, 0])
        #expect(batch.batch.targets == [11, 12, -1, -1, -1, -1, 21, -1, -1, -1, -1, -1])
        #expect(batch.sequences == [0, 0, -1, -1, -1, -1, 2, -1, -1, -1, -1, -1])
    }

    @Test func refusesSizesBelowOne() {
        let error = #expect(throws: DataError.self) {
            try BatchShape(checking: 1, length: 0)
        }
        #expect(error?.description == "the sequence length is 0; it must be at least 1.")
    }
}

@Suite("Laws of batches") struct DataBatchLawTests {
    static let arrangements: [Arrangement] = [.padded, .paddedToLongest(multiple: 8), .packed]

    @Test(arguments: 0 ..< 20 as Range<UInt64>, arrangements)
    func everyTokenAndTargetOccursOnceAnEpoch(seed: UInt64, arrangement: Arrangement) throws {
        let limit = 4 + Int(seed) * 7
        let examples = randomExamples(seed: seed, limit: limit)
        let shape = try BatchShape(
            checking: 1 + Int(seed % 3), length: limit, accumulation: 1 + Int(seed % 2))
        let batches = Batches(
            examples: examples, shape: shape, arrangement: arrangement,
            order: .shuffled(seed: seed), paddingToken: -7)
        let epoch = (0 ..< batches.stepsPerEpoch).flatMap(batches.step)

        let tokens = epoch.flatMap { $0.tokens.filter { $0 != -7 } }
        #expect(tokens.sorted() == Array(0 ..< Int32(examples.reduce(0) { $0 + $1.tokens.count })))
        let targets = epoch.flatMap { $0.targets.filter { $0 >= 0 } }
        let expected = examples.flatMap { example in
            zip(example.tokens, example.isTarget).dropFirst().filter { $1 }.map(\.0)
        }
        #expect(targets.sorted() == expected.sorted())
        for batch in epoch { checkSegments(of: batch) }
    }

    /// Segments stay in their row, hold consecutive tokens, and predict only inside themselves.
    private func checkSegments(of batch: MicroBatch) {
        for index in batch.tokens.indices {
            let start = Int(batch.segmentStarts[index])
            #expect(start <= index && start / batch.width == index / batch.width)
            if batch.tokens[index] == -7 { #expect(start == index) }
            if start < index {
                #expect(batch.tokens[index] == batch.tokens[index - 1] + 1)
                #expect(Int(batch.segmentStarts[index - 1]) == start)
            }
            guard batch.targets[index] >= 0 else {
                #expect(batch.weights[index] == 0)
                continue
            }
            #expect(batch.weights[index] == 1)
            #expect(batch.targets[index] == batch.tokens[index + 1])
            #expect(Int(batch.segmentStarts[index + 1]) == start)
        }
    }

    @Test(arguments: 0 ..< 20 as Range<UInt64>)
    func packingFillsBinsWithoutOverflow(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let capacity = 1 + generator.number(below: 200)
        let lengths = (0 ..< generator.number(below: 300)).map { _ in
            1 + generator.number(below: capacity)
        }
        let bins = Packing.bestFitDecreasing(lengths, capacity: capacity)
        #expect(bins.joined().sorted() == Array(lengths.indices))
        let filled = bins.map { $0.reduce(0) { $0 + lengths[$1] } }
        #expect(filled.allSatisfy { $0 <= capacity })
        // Any two bins together overflow one, or one item could have been placed better.
        let smallest = filled.sorted().prefix(2)
        if smallest.count == 2 { #expect(smallest.reduce(0, +) > capacity) }
        #expect(bins == bestFitByScanning(lengths, capacity: capacity))
    }

    /// The definition: for each item look at every bin.
    private func bestFitByScanning(_ lengths: [Int], capacity: Int) -> [[Int]] {
        var bins: [(items: [Int], room: Int, touched: Int)] = []
        let order = lengths.indices.sorted { (-lengths[$0], $0) < (-lengths[$1], $1) }
        for (turn, index) in order.enumerated() {
            let fitting = bins.indices.filter { bins[$0].room >= lengths[index] }
            let best = fitting.min {
                (bins[$0].room, -bins[$0].touched) < (bins[$1].room, -bins[$1].touched)
            }
            if let best {
                bins[best].items.append(index)
                bins[best].room -= lengths[index]
                bins[best].touched = turn
            } else {
                bins.append(([index], capacity - lengths[index], turn))
            }
        }
        return bins.map(\.items)
    }

    @Test func sequenceOfStepsResumesAnywhere() throws {
        let batches = Batches(
            examples: randomExamples(seed: 3, limit: 20),
            shape: try BatchShape(checking: 2, length: 20, accumulation: 3),
            arrangement: .packed, order: .shuffled(seed: 11), paddingToken: 0)
        let count = batches.stepsPerEpoch * 3
        let all = Array(batches.steps().prefix(count))
        #expect(all == (0 ..< count).map(batches.step))
        #expect(Array(batches.steps(from: 4).prefix(count - 4)) == Array(all.dropFirst(4)))
        #expect(all[0] != all[batches.stepsPerEpoch])
    }

    @Test func sequenceWithoutRowsIsEmpty() throws {
        let batches = Batches(
            examples: [], shape: try BatchShape(checking: 1, length: 1),
            arrangement: .padded, order: .sequential, paddingToken: 0)
        #expect(Array(batches.steps()).isEmpty)
    }
}
