import Architectures
import Engine
import ModelFiles
import Quantities
import StepPrograms
import TrainingSteps

/// Scores text and continues prompts on the local engine, with one copy of the weights.
package struct Evaluator: ~Copyable {
    /// The program it runs.
    package let step: EvaluationStep
    private let extents: EvaluationStep.Extents
    private var executor: Executor

    /// Loads a model.
    ///
    /// - Parameters:
    ///   - architecture: the model's description.
    ///   - weights: where the values of the model come from.
    ///   - adapter: a saved adapter with its rank and scale, or nil for the model as it is.
    ///   - doubleQuantization: 4-bit storage of the linear weights, or nil for plain ones.
    ///   - extents: sizes of batches and caches.
    ///   - workers: who shares the work of an op.
    ///   - nestedRounding: how nested scales of 4-bit weights take their codes.
    /// - Throws: `EngineError` when memory is refused, `ModelFileError` when a file cannot be read.
    package init(
        _ architecture: Architecture, weights: WeightSource,
        adapter: (file: AdapterFile, shape: LowRank)? = nil, doubleQuantization: Bool? = nil,
        extents: EvaluationStep.Extents, workers: Workers,
        nestedRounding: NestedRounding = .standard
    ) throws {
        let strategy: Strategy =
            switch (adapter?.shape, doubleQuantization) {
            case (nil, _): .promptOnly(shots: 0)
            case (let shape?, nil): .lora(shape)
            case (let shape?, let double?): .qlora(shape, doubleQuantized: double)
            }
        let step = try EvaluationStep(
            architecture, strategy: strategy, extents: extents,
            profile: LocalProfile(workers: workers.count))
        let executor = try Executor(
            step.program, workers: workers, nestedRounding: nestedRounding)
        try executor.load(
            step.model.parameters, order: architecture.parameters, from: weights)
        if let adapter {
            try executor.loadAdapter(
                adapter.file, adapter.shape, into: step.model.adapters,
                architecture: architecture, seed: 0)
        }
        executor.write(architecture.rotaryFrequencies, to: step.scoring.frequencies)
        self.extents = extents
        self.step = step
        self.executor = executor
    }

    /// The cross-entropy of a batch, summed over its targets.
    package mutating func crossEntropy(_ input: StepInput) -> (sum: Double, targets: Int) {
        let targets = input.targetCount
        guard targets > 0 else { return (0, 0) }
        executor.write(input, targetCount: targets, to: step.scoring)
        executor.beginStep()
        executor.run(section: 0)
        return (Double(executor.scalar(step.loss)) * Double(targets), targets)
    }

    /// Logits of every row of a batch [rows, vocabulary], when the extents keep them.
    package mutating func logits(_ input: StepInput) -> [Float] {
        guard let logits = step.logits else { return [] }
        executor.write(input, targetCount: input.targetCount, to: step.scoring)
        executor.beginStep()
        executor.run(section: 0)
        return executor.floatValues(of: logits)
    }

    /// Continues prompts greedily, as many side by side as the cache has slots.
    ///
    /// - Parameters:
    ///   - prompts: token ids; a prompt that leaves no room in the cache is continued by nothing.
    ///   - maximumCount: most tokens to add to a prompt.
    ///   - stops: tokens that end a continuation; they are not part of it.
    ///   - finished: called with the index of each prompt when its continuation is complete.
    /// - Returns: the continuations, in the order of the prompts.
    package mutating func continuations(
        of prompts: [[Int32]], maximumCount: Int, stops: Set<Int32>,
        finished: (Int) -> Void = { _ in }
    ) -> [[Int32]] {
        var results = [[Int32]](repeating: [], count: prompts.count)
        var slots = [Slot?](repeating: nil, count: step.slotCount)
        var waiting = prompts.indices.makeIterator()
        while true {
            for index in slots.indices where slots[index] == nil {
                while let prompt = waiting.next() {
                    let tokens = prompts[prompt]
                    guard let last = tokens.last, tokens.count < extents.capacity,
                        maximumCount > 0
                    else {
                        finished(prompt)
                        continue
                    }
                    prefill(tokens.dropLast(), slot: index)
                    slots[index] = Slot(prompt: prompt, last: last, position: tokens.count - 1)
                    break
                }
            }
            guard slots.contains(where: { $0 != nil }) else { return results }
            let next = decode(slots)
            for (index, slot) in slots.enumerated() {
                guard var slot else { continue }
                let token = next[index]
                slot.position += 1
                slot.last = token
                let stopped = stops.contains(token)
                if !stopped { results[slot.prompt].append(token) }
                let isFull =
                    results[slot.prompt].count >= maximumCount
                    || slot.position + 1 >= extents.capacity
                slots[index] = stopped || isFull ? nil : slot
                if stopped || isFull { finished(slot.prompt) }
            }
        }
    }

    /// A sequence that is being continued.
    private struct Slot {
        let prompt: Int
        var last: Int32
        /// The place of `last` in its sequence.
        var position: Int
    }

    private mutating func prefill(_ tokens: ArraySlice<Int32>, slot: Int) {
        var start = tokens.startIndex
        while start < tokens.endIndex {
            let end = min(start + step.prefill.count, tokens.endIndex)
            let rows = (start ..< end).map {
                Row(token: tokens[$0], slot: slot, position: $0 - tokens.startIndex)
            }
            run(rows, step.prefill, section: 1)
            start = end
        }
    }

    private mutating func decode(_ slots: [Slot?]) -> [Int32] {
        let rows = slots.enumerated().map { index, slot in
            slot.map { Row(token: $0.last, slot: index, position: $0.position) } ?? padding
        }
        run(rows, step.decode, section: 2)
        return executor.integerValues(of: step.next)
    }

    private struct Row {
        let token: Int32
        let slot: Int
        let position: Int
    }

    /// A row that belongs to no sequence.
    private var padding: Row { Row(token: 0, slot: step.slotCount, position: 0) }

    private mutating func run(_ rows: [Row], _ inputs: EvaluationStep.Rows, section: Int) {
        let all = rows + [Row](repeating: padding, count: inputs.count - rows.count)
        executor.write(all.map(\.token), to: inputs.tokens)
        executor.write(all.map { Int32($0.slot) }, to: inputs.slots)
        executor.write(all.map { Int32($0.position) }, to: inputs.positions)
        executor.write(
            all.enumerated().map { Int32($0 - $1.position) }, to: inputs.segmentStarts)
        executor.beginStep()
        executor.run(section: section)
    }
}
