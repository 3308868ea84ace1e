import Architectures
import StepPrograms

/// A program that scores text and continues prompts, with one copy of the weights.
///
/// Its sections: scoring (weighted cross-entropy of whole sequences), prefill (rows of prompts into
/// the cache), decode (the last token of every slot, giving its most likely successor).
package struct EvaluationStep: Sendable {
    /// The program.
    package let program: StepProgram
    /// The model's weights in it.
    package let model: ModelTensors
    /// Inputs of the scoring section.
    package let scoring: TrainingStep.Inputs
    /// The loss that the scoring section leaves.
    package let loss: TensorID
    /// Logits of every row of the scoring section, when they were asked for.
    package let logits: TensorID?
    /// Inputs of the prefill section.
    package let prefill: Rows
    /// Inputs of the decode section.
    package let decode: Rows
    /// The most likely successor of each decode row, int32.
    package let next: TensorID
    /// Sequences that the cache holds; one more slot takes padding rows.
    package let slotCount: Int

    /// Tokens that continue sequences.
    package struct Rows: Sendable {
        /// Number of rows.
        package let count: Int
        /// Token of each row, int32 [n].
        package let tokens: TensorID
        /// Which sequence a row belongs to, int32 [n].
        package let slots: TensorID
        /// Place in its sequence, int32 [n].
        package let positions: TensorID
        /// Row index less position, from which rotary angles follow, int32 [n].
        package let segmentStarts: TensorID
    }

    /// The sizes of an evaluation.
    package struct Extents: Sendable, Hashable {
        /// Shape of a scored batch.
        package var scoring: BatchShape
        /// Sequences continued side by side.
        package var slots: Int
        /// Longest prompt and continuation together.
        package var capacity: Int
        /// Rows of prompts taken in at a time.
        package var prefillRows: Int
        /// Whether scoring leaves all logits (small models only).
        package var keepsLogits: Bool

        package init(
            scoring: BatchShape, slots: Int, capacity: Int, prefillRows: Int = 64,
            keepsLogits: Bool = false
        ) {
            self.scoring = scoring
            self.slots = slots
            self.capacity = capacity
            self.prefillRows = prefillRows
            self.keepsLogits = keepsLogits
        }
    }

    /// Builds the program.
    ///
    /// - Throws: `ProgramError` when it breaks a rule, which is a mistake of the builder.
    package init(
        _ architecture: Architecture, strategy: Strategy, extents: Extents, profile: LocalProfile
    ) throws(ProgramError) {
        var assembly = StepAssembly(
            architecture, strategy: strategy, batch: extents.scoring, profile: profile,
            trains: false)
        assembly.addSupervisedLoss(records: false)
        logits = extents.keepsLogits ? assembly.addLogits() : nil
        assembly.b.endSection(.scoring)

        let caches = assembly.addCaches(slots: extents.slots + 1, capacity: extents.capacity)
        prefill = assembly.addRows(extents.prefillRows, prefix: "prefill.")
        _ = assembly.addCachedPass(prefill, caches: caches, prefix: "prefill.")
        assembly.b.endSection(.prefill)
        decode = assembly.addRows(extents.slots, prefix: "decode.")
        let hidden = assembly.addCachedPass(decode, caches: caches, prefix: "decode.")
        next = assembly.addGreedyTokens(hidden, rows: extents.slots)
        assembly.b.endSection(.decode)

        slotCount = extents.slots
        let step = try assembly.finish(origin: "evaluation of \(strategy.name)")
        program = step.program
        model = step.model
        scoring = step.inputs
        loss = step.outputs.loss
    }
}

extension StepAssembly {
    mutating func addLogits() -> TensorID? {
        guard let hidden = lastHidden else { return nil }
        let output = b.tensor(
            "logits", Shape(batch.rows, architecture.vocabularySize), .output)
        b.logits(hidden: hidden, head: head, into: output)
        return output
    }

    mutating func addCaches(slots: Int, capacity: Int) -> [(key: TensorID, value: TensorID)] {
        let shape = Shape(slots, capacity, architecture.keyValueWidth)
        return (0 ..< architecture.layerCount).map { layer in
            (
                b.tensor("layers.\(layer).key-cache", shape, .cache),
                b.tensor("layers.\(layer).value-cache", shape, .cache)
            )
        }
    }

    mutating func addRows(_ count: Int, prefix: String) -> EvaluationStep.Rows {
        func input(_ name: String) -> TensorID {
            b.tensor(prefix + name, Shape(count), .input, format: .int32)
        }
        return EvaluationStep.Rows(
            count: count, tokens: input("tokens"), slots: input("slots"),
            positions: input("positions"), segmentStarts: input("segment-starts"))
    }

    mutating func addCachedPass(
        _ rows: EvaluationStep.Rows, caches: [(key: TensorID, value: TensorID)], prefix: String
    ) -> TensorID {
        b.scope = Scope(.positions)
        let rotary = b.rotaryTable(
            segmentStarts: rows.segmentStarts, frequencies: inputs.frequencies, prefix: prefix)
        let decoder = Decoder(
            architecture: architecture, model: model, adapter: strategy.adapter, profile: profile,
            segmentStarts: rows.segmentStarts, rotary: rotary,
            cache: Decoder.Cache(slots: rows.slots, positions: rows.positions, layers: caches),
            prefix: prefix)
        return decoder.hidden(&b, ids: rows.tokens)
    }

    mutating func addGreedyTokens(_ hidden: TensorID, rows: Int) -> TensorID {
        b.scope = Scope(.head)
        let next = b.tensor("decode.next", Shape(rows), .output, format: .int32)
        b.greedyTokens(
            hidden: hidden, head: head,
            chunk: profile.lossChunk(vocabulary: architecture.vocabularySize, rows: rows),
            into: next)
        return next
    }
}
