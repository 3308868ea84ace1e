import Quantities

/// Writes a step program op by op and derives its backward pass.
///
/// Forward methods emit ops; while `records` is true they are also put on a tape, which
/// `backward()` walks in reverse. A tensor is kept for the backward pass because a backward op reads
/// it: nothing is declared to be saved.
package struct ProgramBuilder {
    package private(set) var tensors: [TensorSpec] = []
    var ops: [Op] = []
    var tape: [TapeEntry] = []
    /// The gradient of a tensor, once something has contributed to it.
    var gradients: [TensorID: TensorID] = [:]
    /// Tensors through which a gradient flows to something trained.
    var differentiable: Set<TensorID> = []
    /// Trained weights.
    var trained: Set<TensorID> = []
    /// For results that are cheaper to make again than to keep: the op that makes them.
    var recomputable: [TensorID: Op] = [:]
    /// What a forward tensor is called now, after it was made again.
    var renamed: [TensorID: TensorID] = [:]
    /// Who has a gradient tensor as its gradient while somebody else still has to read it.
    var holders: [TensorID: Set<TensorID>] = [:]
    /// The finished sections.
    var sections: [Section] = []
    /// Ops of the checkpointed block that is being built.
    var checkpointed: [Op]?

    /// The phase given to emitted ops.
    package var phase = Phase.forward
    /// The scope given to emitted ops.
    package var scope = Scope(.embedding)
    /// Whether forward ops are put on the tape.
    package var records = false
    /// How often the current section will run; decides how weight gradients are first written.
    package var repetitions = 1

    /// Sizes of the memory that ops need while they run.
    package let workspaces: WorkspaceSizes
    /// Whether a second contribution to a gradient is made apart and then added, and attention needs
    /// what FlashAttention allocates, as in an eager framework.
    package var isEager = false
    /// Whether the backward pass of a checkpointed block is one call that holds the block's output
    /// until it returns (`torch/utils/checkpoint.py`, `CheckpointFunction.backward`).
    package var reentersCheckpoints = false
    /// Whether the gradient of a checkpointed block's output is held until the end, but for the last
    /// block's.
    package var retainsBlockGradients = false
    /// Whether whole gradients of gathered weights are summed over microbatches and scattered once, as
    /// under `no_sync`.
    package var accumulatesWholeGradients = false
    /// The format of those sums; nil is the gradients' own.
    package var accumulationFormat: StorageFormat?
    /// Sums of whole gradients that wait to be scattered to their shards.
    var waiting: [(whole: [TensorID], shards: [TensorID], group: OpKind.Group)] = []
    /// The gradients held so.
    package var retained: [TensorID] = []
    /// Whether a block has been differentiated.
    var hasLeftLastBlock = false

    /// An empty program.
    package init(workspaces: WorkspaceSizes) { self.workspaces = workspaces }

    /// One step back in the backward pass.
    enum TapeEntry {
        /// A recorded op.
        case op(Op)
        /// Ops that ran without being recorded and are emitted again before they are differentiated.
        case checkpoint(ops: [Op], output: TensorID)
    }

    /// Adds a tensor.
    package mutating func tensor(
        _ name: String, _ shape: Shape, _ role: Role, format: StorageFormat = .float32,
        base: TensorID? = nil
    ) -> TensorID {
        tensors.append(
            TensorSpec(name: name, shape: shape, format: format, role: role, base: base))
        return TensorID(tensors.count - 1)
    }

    /// Adds a weight; a trained one gets a gradient when the backward pass reaches it.
    package mutating func weight(
        _ name: String, _ shape: Shape, role: Role, format: StorageFormat = .float32, trains: Bool
    ) -> TensorID {
        let id = tensor(name, shape, role, format: format)
        if trains {
            trained.insert(id)
            differentiable.insert(id)
        }
        return id
    }

    /// Asks for the gradient of a tensor though nothing that is trained made it.
    package mutating func requireGradient(of id: TensorID) { differentiable.insert(id) }

    /// The specification of a tensor.
    package func spec(_ id: TensorID) -> TensorSpec { tensors[id.index] }

    /// Emits an op, records it when asked to, and lets gradients flow through its results.
    package mutating func emit(_ kind: OpKind, reads: [TensorID], writes: [Write]) {
        let op = Op(kind, reads: reads, writes: writes, phase: phase, scope: scope)
        ops.append(op)
        guard records || checkpointed != nil else { return }
        if kind == .release {
            if checkpointed == nil { tape.append(.op(op)) } else { checkpointed?.append(op) }
            return
        }
        if reads.contains(where: differentiable.contains) {
            for write in writes { differentiable.insert(write.tensor) }
            if checkpointed == nil { tape.append(.op(op)) }
        }
        checkpointed?.append(op)
    }

    /// Runs a block whose results, but the returned one, are made again in the backward pass.
    ///
    /// This is gradient checkpointing (Chen and others, 2016).
    ///
    /// - Parameter block: emits the ops of the block and returns its output.
    /// - Returns: the output of the block.
    package mutating func checkpoint(
        _ block: (inout ProgramBuilder) -> TensorID
    ) -> TensorID {
        guard records else { return block(&self) }
        checkpointed = []
        let output = block(&self)
        tape.append(.checkpoint(ops: checkpointed ?? [], output: output))
        checkpointed = nil
        return output
    }

    /// Marks the op just emitted as one whose first result is made again in the backward pass
    /// instead of being kept.
    package mutating func recomputeLastInsteadOfKeeping() {
        guard records || checkpointed != nil, let op = ops.last, let first = op.writes.first else {
            return
        }
        recomputable[first.tensor] = op
        for write in op.writes.dropFirst() where spec(write.tensor).role != .workspace {
            recomputable[write.tensor] = op
        }
    }

    /// Ends the current section.
    package mutating func endSection(_ name: Section.Name) {
        sections.append(
            Section(name, repetitions: repetitions, ops: withoutUnreadRecomputation(ops)))
        ops = []
        repetitions = 1
    }

    /// The finished program.
    ///
    /// - Throws: `ProgramError` when the program breaks a rule of `verify()`.
    package consuming func finish(origin: String) throws(ProgramError) -> StepProgram {
        let program = StepProgram(tensors: tensors, sections: sections, origin: origin)
        try program.verify()
        return program
    }
}
