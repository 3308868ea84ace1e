import Quantities

/// Reverse-mode differentiation over the tape.
///
/// The first contribution to a gradient is the gradient; later ones accumulate in place.
extension ProgramBuilder {
    /// Emits the backward pass of everything on the tape and empties it.
    package mutating func backward() {
        phase = .backward
        records = false
        for entry in tape.reversed() { differentiate(entry) }
        forgetForwardPass()
    }

    private mutating func differentiate(_ entry: TapeEntry) {
        switch entry {
        case .op(let place):
            differentiateInScope(ops[place])
        case .checkpoint(let block, let output):
            let outputGradient = gradient(of: output)
            if retainsBlockGradients, let outputGradient, hasLeftLastBlock {
                // Somebody else who refers to it: what is added later is added to a copy.
                hold(outputGradient, output, TensorID(-1))
                retained.append(outputGradient)
            }
            hasLeftLastBlock = true
            let copies = emitAgain(block)
            if let outputGradient {
                setGradient(outputGradient, of: now(output))
                letGo(outputGradient, output)
            }
            for place in copies.reversed() {
                let op = ops[place]
                if op.kind == .release || anyIsDifferentiable(op.reads) {
                    differentiateInScope(op)
                }
            }
            if reentersCheckpoints { release([now(output)]) }
        }
    }

    private mutating func differentiateInScope(_ op: Op) {
        scope = op.scope
        differentiate(op)
        // The op that makes a tensor is the last to read its gradient.
        for index in 0 ..< op.writes.count where op.writes[index].mode == .overwrite {
            let result = op.writes[index].tensor
            if let gradient = gradient(of: result) { letGo(gradient, result) }
        }
    }

    private mutating func differentiate(_ op: Op) {
        switch op.kind {
        case .linear(let scale): differentiateLinear(op, scale: scale)
        case .rmsNorm: differentiateNorm(op)
        case .attention(let headWidth): differentiateAttention(op, headWidth: headWidth)
        case .swiGLU: differentiateSwiGLU(op)
        case .embedding:
            guard let gradient = gradient(of: op.writes[0].tensor),
                isDifferentiable(op.reads[1])
            else { return }
            emitWeightGradient(
                .embeddingGradient, reads: [gradient, op.reads[0]], of: op.reads[1])
        case .rotary(let inverse):
            guard let gradient = gradient(of: op.writes[0].tensor) else { return }
            emit(
                .rotary(inverse: !inverse),
                reads: [gradient, saved(op.reads[1]), saved(op.reads[2])],
                writes: [Write(gradient, .accumulate)])
        case .add:
            guard let gradient = gradient(of: op.writes[0].tensor) else { return }
            share(gradient, of: op.writes[0].tensor, with: op.reads[0])
        case .logProbabilities(let chunk):
            differentiateLogProbabilities(op, chunk: chunk)
        case .elementwise(let kind): differentiateElementwise(op, kind)
        case .release: release(op.reads.map { now($0) })
        case .collective(let collective): differentiateCollective(op, collective)
        case .crossEntropy, .preferenceLoss, .dequantize, .rotaryTable:
            // The losses make their gradient in the forward pass; the others have no trained input.
            return
        case .copy, .embeddingGradient, .rmsNormGradient, .linearInputGradient,
            .linearWeightGradient, .biasGradient, .attentionGradient, .cachedAttention,
            .swiGLUGradient, .logProbabilitiesGradient, .logits, .greedyToken, .sumOfSquares,
            .clipFactor, .adamW, .optimizerUpdate:
            invariant(false, "\(op.kind) cannot be on the tape")
        }
    }

    private mutating func differentiateLinear(_ op: Op, scale: Double) {
        guard let gradient = gradient(of: op.writes[0].tensor) else { return }
        let (x, weight) = (op.reads[0], op.reads[1])
        // An eager framework makes the input's gradient first and frees x after both.
        if isEager { differentiateInput(x, weight, gradient, scale: scale) }
        if isTrained(weight) {
            emitWeightGradient(
                .linearWeightGradient(scale: scale), reads: [gradient, saved(x)], of: weight)
        } else if isDifferentiable(weight) {
            // A copy of a trained weight in another format.
            contribute(
                .linearWeightGradient(scale: scale), reads: [gradient, saved(x)], to: [weight])
        }
        if op.reads.count > 2, isTrained(op.reads[2]) {
            emitWeightGradient(.biasGradient, reads: [gradient], of: op.reads[2])
        }
        if !isEager { differentiateInput(x, weight, gradient, scale: scale) }
    }

    private mutating func differentiateInput(
        _ x: TensorID, _ weight: TensorID, _ gradient: TensorID, scale: Double
    ) {
        if isDifferentiable(x) {
            let plain = saved(weight)
            contribute(.linearInputGradient(scale: scale), reads: [gradient, plain], to: [x])
        }
    }

    private mutating func differentiateNorm(_ op: Op) {
        guard let gradient = gradient(of: op.writes[0].tensor) else { return }
        let (x, weight) = (op.reads[0], op.reads[1])
        var extra: [Write] = []
        if isTrained(weight) {
            extra.append(weightGradientWrite(weight))
            extra.append(scratch(workspaces.normGradient(width: spec(weight).shape.count), "norm"))
        }
        contribute(
            .rmsNormGradient,
            reads: [gradient, saved(x), weight, saved(op.writes[1].tensor)], to: [x],
            also: extra)
    }

    private mutating func differentiateAttention(_ op: Op, headWidth: Int) {
        let output = op.writes[0].tensor
        guard let gradient = gradient(of: output) else { return }
        let workspace =
            isEager
            ? flashWorkspace(query: op.reads[0], key: op.reads[1], headWidth: headWidth)
            : workspaces.attentionGradient
        var reads: Operands<TensorID> = [gradient]
        for operand in op.reads.prefix(3) { reads.append(saved(operand)) }
        reads.append(saved(output))
        reads.append(saved(op.writes[1].tensor))
        reads.append(op.reads[3])
        contribute(
            .attentionGradient(headWidth: headWidth), reads: reads,
            to: [op.reads[0], op.reads[1], op.reads[2]],
            also: [scratch(workspace, "attention-gradient")])
    }

    /// What FlashAttention 2 allocates in its backward pass, in float32 elements: the gradient of the
    /// queries in float32 and a sum for each row and head, and with grouped queries the gradients of
    /// keys and values for every query head in 16 bits (`flash_api.cpp`, `mha_bwd`).
    private func flashWorkspace(query: TensorID, key: TensorID, headWidth: Int) -> Int {
        let (queries, keys) = (spec(query).shape, spec(key).shape)
        let expanded = queries.width == keys.width ? 0 : queries.count
        return queries.count + queries.count / headWidth + expanded
    }

    private mutating func differentiateSwiGLU(_ op: Op) {
        guard let gradient = gradient(of: op.writes[0].tensor) else { return }
        contribute(
            .swiGLUGradient, reads: [gradient, saved(op.reads[0]), saved(op.reads[1])],
            to: [op.reads[0], op.reads[1]])
    }

    private mutating func differentiateLogProbabilities(_ op: Op, chunk: Int) {
        guard let gradient = gradient(of: op.writes[0].tensor) else { return }
        let (hidden, head) = (op.reads[0], op.reads[1])
        let logits = tensor(
            "\(spec(op.writes[0].tensor).name).gradient.logits",
            Shape(chunk, spec(head).shape[0]), .logits)
        var writes = [contribution(to: hidden), Write(logits)]
        if isTrained(head) { writes.append(weightGradientWrite(head)) }
        emit(
            .logProbabilitiesGradient(chunk: chunk),
            reads: [gradient, saved(hidden), head, op.reads[2], saved(op.writes[1].tensor)],
            writes: writes)
    }
}

/// Gradients and who holds them.
extension ProgramBuilder {
    /// Lets tensors live until the place in the backward pass that corresponds to this one.
    package mutating func releaseInBackward(_ tensors: [TensorID]) {
        guard !tensors.isEmpty else { return }
        emit(.release, reads: tensors, writes: [])
    }

    /// Lets tensors live until here.
    package mutating func release(_ tensors: [TensorID]) {
        guard !tensors.isEmpty else { return }
        ops.append(
            Op(.release, reads: Operands(tensors), writes: [], phase: phase, scope: scope))
    }

    /// The write that adds a contribution to the gradient of an activation.
    mutating func contribution(to x: TensorID) -> Write {
        if let gradient = gradient(of: x) {
            return Write(unshared(gradient, for: x), .accumulate)
        }
        let gradient = activationGradient(of: x)
        setGradient(gradient, of: x)
        return Write(gradient)
    }

    /// Emits an op that contributes to the gradients of some operands; in an eager framework a second
    /// contribution is made apart and then added.
    mutating func contribute(
        _ kind: OpKind, reads: Operands<TensorID>, to operands: Operands<TensorID>,
        also extra: [Write] = []
    ) {
        var apart: [(TensorID, TensorID)] = []
        var writes = Operands<Write>()
        for x in operands {
            if isEager, gradient(of: x) != nil {
                let gradient = activationGradient(of: x)
                apart.append((gradient, x))
                writes.append(Write(gradient))
            } else {
                writes.append(contribution(to: x))
            }
        }
        for write in extra { writes.append(write) }
        append(kind, reads: reads, writes: writes)
        for (gradient, x) in apart {
            append(.add, reads: [gradient], writes: [contribution(to: x)])
        }
    }

    /// A new gradient tensor like an activation.
    mutating func activationGradient(of x: TensorID) -> TensorID {
        let role: Role = spec(x).role == .gathered ? .gradient : .activationGradient
        return tensor(
            isEager ? "gradient" : "d.\(spec(x).name).\(tensors.count)", spec(x).shape, role,
            format: spec(x).format)
    }

    /// The write of a weight gradient: the first contribution overwrites (in the first repetition of
    /// the section), later ones accumulate.
    mutating func weightGradientWrite(_ weight: TensorID) -> Write {
        if let gradient = gradient(of: weight) { return Write(gradient, .accumulate) }
        let gradient = tensor(
            isEager ? "weight-gradient" : "d.\(spec(weight).name)", spec(weight).shape, .gradient,
            format: spec(weight).format)
        setGradient(gradient, of: weight)
        return Write(gradient, repetitions > 1 ? .accumulateAfterFirstRepetition : .overwrite)
    }

    /// Emits the op that makes a weight's gradient; an eager framework makes it apart and then adds it
    /// to one that is there already.
    mutating func emitWeightGradient(
        _ kind: OpKind, reads: Operands<TensorID>, of weight: TensorID
    ) {
        guard isTrained(weight) else {
            contribute(kind, reads: reads, to: [weight])
            return
        }
        guard isEager, gradient(of: weight) != nil || repetitions > 1 else {
            append(kind, reads: reads, writes: [weightGradientWrite(weight)])
            return
        }
        let apart = tensor(
            "d.apart", spec(weight).shape, .gradient, format: spec(weight).format)
        append(kind, reads: reads, writes: [Write(apart)])
        append(.add, reads: [apart], writes: [weightGradientWrite(weight)])
    }

    /// Lets x have the gradient of a sum it is part of, without a copy.
    mutating func share(_ gradient: TensorID, of sum: TensorID, with x: TensorID) {
        guard isDifferentiable(x) else { return }
        if self.gradient(of: x) != nil {
            let write = contribution(to: x)
            append(.add, reads: [gradient], writes: [write])
        } else {
            setGradient(gradient, of: x)
            hold(gradient, x, sum)
        }
    }

    /// The gradient of x, copied first when another tensor that still needs it shares it.
    private mutating func unshared(_ gradient: TensorID, for x: TensorID) -> TensorID {
        let shared = notes[gradient.index].holders
        guard shared >= 0, holders[Int(shared)].count > 1 else { return gradient }
        let own = activationGradient(of: x)
        append(.copy, reads: [gradient], writes: [Write(own)])
        setGradient(own, of: x)
        letGo(gradient, x)
        return own
    }

    /// Notes that two tensors have a gradient as theirs.
    private mutating func hold(_ gradient: TensorID, _ first: TensorID, _ second: TensorID) {
        if notes[gradient.index].holders < 0 {
            notes[gradient.index].holders = Int32(holders.count)
            holders.append([])
        }
        let place = Int(notes[gradient.index].holders)
        for holder in [first, second] where !holders[place].contains(holder) {
            holders[place].append(holder)
        }
    }

    /// Notes that a tensor needs a gradient no longer.
    private mutating func letGo(_ gradient: TensorID, _ holder: TensorID) {
        let place = notes[gradient.index].holders
        if place >= 0 { holders[Int(place)].removeAll { $0 == holder } }
    }

    /// Makes a tensor the gradient of another.
    mutating func setGradient(_ gradient: TensorID, of x: TensorID) {
        notes[x.index].gradient = gradient
    }
}

extension ProgramBuilder {
    /// The gradient of a trained weight, once the backward pass has reached it.
    package func gradient(of weight: TensorID) -> TensorID? {
        notes[weight.index].gradient
    }
}
