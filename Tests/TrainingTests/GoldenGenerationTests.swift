import Engine
import ModelFiles
import Testing
import Training
import TrainingSteps

/// Continuations through the cache against whole passes over the growing text.
@Suite struct GoldenGenerationTests {
    private static let capacity = 40

    private func evaluator(
        _ model: ModelFile, _ adapter: AdapterFile?, slots: Int = 1, prefillRows: Int = 64,
        capacity: Int = capacity
    ) throws -> Evaluator {
        try Evaluator(
            model.architecture, weights: .checkpoint(model),
            adapter: adapter.map { ($0, $0.lowRank) },
            extents: .init(
                scoring: BatchShape(sequences: 1, length: Self.capacity), slots: slots,
                capacity: capacity, prefillRows: prefillRows, keepsLogits: true),
            workers: Workers(count: 2))
    }

    /// The most likely successor again and again, from the logits of the last token.
    private func greedy(
        _ evaluator: inout Evaluator, after prompt: [Int32], count: Int, vocabulary: Int
    ) -> [Int32] {
        var text = prompt
        for _ in 0 ..< count {
            let logits = evaluator.logits(
                GoldenBatch(prompts: [text]).input(rows: 1, length: Self.capacity))
            let last = logits[(text.count - 1) * vocabulary ..< text.count * vocabulary]
            let best = last.indices.max { last[$0] < last[$1] } ?? last.startIndex
            text.append(Int32(best - last.startIndex))
        }
        return Array(text.dropFirst(prompt.count))
    }

    /// Prompts of many lengths, more than there are slots; one is longer than a prefill.
    private static let prompts: [[Int32]] = [1, 5, 9, 2, 17, 3, 12].enumerated().map { row, count in
        (0 ..< count).map { Int32((row * 53 + $0 * 29 + 7) % 320) }
    }

    @Test(arguments: Golden.models, [false, true])
    func cacheGivesWhatWholePassesGive(name: String, isAdapted: Bool) throws {
        let model = try Golden.model(name)
        let adapter = isAdapted ? try Golden.adapter("\(name)-lora", for: model) : nil
        var whole = try evaluator(model, adapter)
        var cached = try evaluator(model, adapter, slots: 3, prefillRows: 6)
        let expected = Self.prompts.map {
            greedy(
                &whole, after: $0, count: 12, vocabulary: model.architecture.vocabularySize)
        }
        #expect(Set(expected).count == expected.count, "the prompts lead to different texts")
        var finished: [Int] = []
        let found = cached.continuations(
            of: Self.prompts, maximumCount: 12, stops: [], finished: { finished.append($0) })
        #expect(found == expected)
        #expect(finished.sorted() == Array(Self.prompts.indices))
        // Again with the same cache: nothing of the first round is left.
        #expect(
            cached.continuations(of: Self.prompts, maximumCount: 5, stops: []).allSatisfy {
                $0.count == 5
            })
        #expect(
            cached.continuations(of: Self.prompts.reversed(), maximumCount: 12, stops: [])
                == expected.reversed())
    }

    @Test func stopTokensEndContinuations() throws {
        let model = try Golden.model("tiny-llama")
        var cached = try evaluator(model, nil, slots: 2)
        let free = cached.continuations(of: Self.prompts, maximumCount: 12, stops: [])
        // Tokens in the middle of two texts, so that their slots go to other prompts early.
        let stops: Set<Int32> = [free[0][4], free[3][0]]
        let expected = free.map { Array($0.prefix { !stops.contains($0) }) }
        #expect(expected[3].isEmpty && expected.contains { $0.count == 12 })
        #expect(
            cached.continuations(of: Self.prompts, maximumCount: 12, stops: stops) == expected)
    }

    /// A prompt and its continuation fit in the cache together.
    @Test func capacityLimitsPromptAndContinuation() throws {
        let model = try Golden.model("tiny-qwen3")
        var roomy = try evaluator(model, nil, slots: 3)
        var tight = try evaluator(model, nil, slots: 3, capacity: 12)
        let free = roomy.continuations(of: Self.prompts, maximumCount: 10, stops: [])
        let expected = zip(Self.prompts, free).map { prompt, text in
            Array(text.prefix(max(0, 12 - prompt.count)))
        }
        #expect(expected.map(\.count).contains(0) && expected.map(\.count).contains(10))
        #expect(tight.continuations(of: Self.prompts, maximumCount: 10, stops: []) == expected)
        #expect(
            tight.continuations(of: Self.prompts, maximumCount: 0, stops: [])
                == Self.prompts.map { _ in [] })
        #expect(tight.continuations(of: [[]], maximumCount: 3, stops: []) == [[]])
    }

    /// Held-out loss is the loss that training would report for the same batch.
    @Test(arguments: Golden.models, [false, true])
    func scoringAndTrainingAgree(name: String, isAdapted: Bool) throws {
        let file: GoldenTrainingTests.File = try Golden.read("\(name)-training")
        let model = try Golden.model(name)
        let adapter = isAdapted ? try Golden.adapter("\(name)-lora", for: model) : nil
        let run = try #require(file.cases["full"])
        let shape = BatchShape(sequences: 4, length: 21)
        let input = file.batches[0].input(rows: 4, length: 21)
        var trainer = try Trainer(
            model.architecture, weights: .checkpoint(model), adapter: adapter,
            configuration: run.configuration(
                adapter.map { .lora($0.lowRank) } ?? .full, shape, workers: 2),
            workers: Workers(count: 2))
        var evaluator = try Evaluator(
            model.architecture, weights: .checkpoint(model),
            adapter: adapter.map { ($0, $0.lowRank) },
            extents: .init(scoring: shape, slots: 1, capacity: 8), workers: Workers(count: 2))
        let score = evaluator.crossEntropy(input)
        let record = try trainer.train(on: [input])
        #expect(score.targets == input.targetCount)
        expectGolden(
            [score.sum / Double(score.targets)], [record.loss], Tolerance(relative: 1e-7), "loss")
    }
}
