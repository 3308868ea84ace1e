/// How an op writes one of its results.
package enum WriteMode: Sendable, Hashable {
    /// The old contents are gone.
    case overwrite
    /// The result is added to the old contents, or the old contents are changed in place.
    case accumulate
    /// Overwrites in the first repetition of the section and accumulates in the later ones, so that
    /// accumulators never need to be cleared.
    case accumulateAfterFirstRepetition
}

/// One result of an op.
package struct Write: Sendable, Hashable {
    /// The tensor written.
    package let tensor: TensorID
    /// How.
    package let mode: WriteMode

    package init(_ tensor: TensorID, _ mode: WriteMode = .overwrite) {
        self.tensor = tensor
        self.mode = mode
    }
}

/// The part of a step an op belongs to.
package enum Phase: String, Sendable, Hashable, CaseIterable {
    /// The forward pass of the frozen reference.
    case reference
    /// The forward pass.
    case forward
    /// Forward ops run again because their results were not kept.
    case recompute
    /// The backward pass.
    case backward
    /// Gradient norm, clipping and update.
    case optimizer
}

/// Where in the model an op belongs.
package struct Scope: Sendable, Hashable, CustomStringConvertible {
    /// A part of the model.
    package enum Module: String, Sendable, Hashable, CaseIterable {
        case embedding, positions, attentionNorm, query, key, value, attention, attentionOutput
        case feedForwardNorm, gate, up, activation, down, residual, finalNorm, head, loss, optimizer
        case queryKeyValue, gateUp, queryDown, queryUp, keyValueDown, keyValueUp
        case deltaInput, deltaScalars, router, experts, sharedExperts, afterAttentionNorm
        case afterFeedForwardNorm, collective
    }

    /// The transformer layer, or nil outside the layers.
    package var layer: Int? { place < 0 ? nil : Int(place) }
    /// The part.
    package let module: Module
    /// The layer; -1 outside the layers.
    private let place: Int32

    package init(_ module: Module, layer: Int? = nil) {
        place = layer.map { Int32($0) } ?? -1
        self.module = module
    }

    package var description: String {
        layer.map { "layer \($0) \(module.rawValue)" } ?? module.rawValue
    }
}

/// One operation of a step program.
package struct Op: Sendable, Hashable {
    /// What it does.
    package let kind: OpKind
    /// The part of the step.
    package let phase: Phase
    /// The part of the model.
    package let scope: Scope
    /// Operands, in the order `OpKind` documents.
    package let reads: Operands<TensorID>
    /// Results, in the order `OpKind` documents.
    package let writes: Operands<Write>

    package init(
        _ kind: OpKind, reads: [TensorID], writes: [Write], phase: Phase, scope: Scope
    ) {
        self.init(
            kind, reads: Operands(reads), writes: Operands(writes), phase: phase, scope: scope)
    }

    package init(
        _ kind: OpKind, reads: Operands<TensorID>, writes: Operands<Write>, phase: Phase,
        scope: Scope
    ) {
        self.kind = kind
        self.reads = reads
        self.writes = writes
        self.phase = phase
        self.scope = scope
    }
}
