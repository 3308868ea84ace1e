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
    package let layer: Int?
    /// The part.
    package let module: Module

    package init(_ module: Module, layer: Int? = nil) {
        self.layer = layer
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
    /// Operands, in the order `OpKind` documents.
    package let reads: [TensorID]
    /// Results, in the order `OpKind` documents.
    package let writes: [Write]
    /// The part of the step.
    package let phase: Phase
    /// The part of the model.
    package let scope: Scope

    package init(
        _ kind: OpKind, reads: [TensorID], writes: [Write], phase: Phase, scope: Scope
    ) {
        self.kind = kind
        self.reads = reads
        self.writes = writes
        self.phase = phase
        self.scope = scope
    }
}
