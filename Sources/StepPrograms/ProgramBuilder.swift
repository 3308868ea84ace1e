import Quantities

/// Writes a step program op by op and derives its backward pass.
///
/// Forward methods emit ops; while `records` is true they are also put on a tape, which
/// `backward()` walks in reverse. A tensor is kept for the backward pass because a backward op reads
/// it: nothing is declared to be saved.
package struct ProgramBuilder {
    package private(set) var tensors: [TensorSpec] = []
    /// What is known of each tensor besides.
    var notes: [TensorNote] = []
    /// Ops of the section that is being built.
    var ops: [Op] = []
    /// Recorded ops.
    var tape: [TapeEntry] = []
    /// Those who have a shared gradient as theirs while somebody else still has to read it.
    var holders: [[TensorID]] = []
    /// The finished sections.
    var sections: [Section] = []
    /// Places in `ops` of the checkpointed block that is being built.
    var checkpointed: [Int]?

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
    package init(workspaces: WorkspaceSizes) {
        self.workspaces = workspaces
        // A program of a few layers, without moving what is there already.
        tensors.reserveCapacity(Self.expectedCount)
        notes.reserveCapacity(Self.expectedCount)
        ops.reserveCapacity(Self.expectedCount)
    }

    /// Tensors, and ops, for which room is made at the start.
    private static let expectedCount = 1024

    /// One step back in the backward pass.
    enum TapeEntry {
        /// A recorded op, by its place in `ops`.
        case op(Int)
        /// Ops that ran without being recorded and are emitted again before they are differentiated.
        case checkpoint(ops: [Int], output: TensorID)
    }

    /// What the builder knows of a tensor besides its specification.
    struct TensorNote {
        /// Its gradient, once something has contributed to it.
        var gradient: TensorID?
        /// What a forward tensor is called now, after it was made again.
        var renamed: TensorID?
        /// For a result that is cheaper to make again than to keep: the place of the op that makes it.
        var maker: Int32 = -1
        /// For a gradient that several share: their place in `holders`.
        var holders: Int32 = -1
        /// Whether a gradient flows through it to something trained.
        var isDifferentiable = false
        /// Whether it is a trained weight.
        var isTrained = false
    }

    /// Adds a tensor.
    package mutating func tensor(
        _ name: String, _ shape: Shape, _ role: Role, format: StorageFormat = .float32,
        base: TensorID? = nil
    ) -> TensorID {
        tensors.append(
            TensorSpec(name: name, shape: shape, format: format, role: role, base: base))
        notes.append(TensorNote())
        return TensorID(tensors.count - 1)
    }

    /// Adds a weight; a trained one gets a gradient when the backward pass reaches it.
    package mutating func weight(
        _ name: String, _ shape: Shape, role: Role, format: StorageFormat = .float32, trains: Bool
    ) -> TensorID {
        let id = tensor(name, shape, role, format: format)
        if trains {
            notes[id.index].isTrained = true
            notes[id.index].isDifferentiable = true
        }
        return id
    }

    /// Asks for the gradient of a tensor though nothing that is trained made it.
    package mutating func requireGradient(of id: TensorID) {
        notes[id.index].isDifferentiable = true
    }

    /// The specification of a tensor.
    package func spec(_ id: TensorID) -> TensorSpec { tensors[id.index] }

    /// Whether a gradient flows through a tensor to something trained.
    func isDifferentiable(_ id: TensorID) -> Bool { notes[id.index].isDifferentiable }

    /// Whether a gradient flows through one of some tensors.
    func anyIsDifferentiable(_ tensors: Operands<TensorID>) -> Bool {
        for index in 0 ..< tensors.count where notes[tensors[index].index].isDifferentiable {
            return true
        }
        return false
    }

    /// Whether a tensor is a trained weight.
    func isTrained(_ id: TensorID) -> Bool { notes[id.index].isTrained }

    /// Emits an op, records it when asked to, and lets gradients flow through its results.
    package mutating func emit(_ kind: OpKind, reads: [TensorID], writes: [Write]) {
        append(kind, reads: Operands(reads), writes: Operands(writes))
    }

    /// Emits an op, records it when asked to, and lets gradients flow through its results.
    mutating func append(
        _ kind: OpKind, reads: Operands<TensorID>, writes: Operands<Write>
    ) {
        let place = ops.count
        ops.append(Op(kind, reads: reads, writes: writes, phase: phase, scope: scope))
        guard records || checkpointed != nil else { return }
        if case .release = kind {
            if checkpointed == nil { tape.append(.op(place)) } else { checkpointed?.append(place) }
            return
        }
        if anyIsDifferentiable(reads) {
            for index in 0 ..< writes.count {
                notes[writes[index].tensor.index].isDifferentiable = true
            }
            if checkpointed == nil { tape.append(.op(place)) }
        }
        checkpointed?.append(place)
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
        let place = Int32(ops.count - 1)
        notes[first.tensor.index].maker = place
        for write in op.writes.dropFirst() where tensors[write.tensor.index].role != .workspace {
            notes[write.tensor.index].maker = place
        }
    }

    /// Ends the current section; what was recorded and not differentiated is forgotten.
    package mutating func endSection(_ name: Section.Name) {
        let all = ops
        ops = []
        forgetForwardPass()
        sections.append(
            Section(name, repetitions: repetitions, ops: withoutUnreadRecomputation(all)))
        repetitions = 1
    }

    /// Empties the tape and forgets what forward tensors are called.
    mutating func forgetForwardPass() {
        tape = []
        for index in notes.indices {
            notes[index].renamed = nil
            notes[index].maker = -1
        }
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
