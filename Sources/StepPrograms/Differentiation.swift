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
        tape = []
        renamed = [:]
        recomputable = [:]
    }

    private mutating func differentiate(_ entry: TapeEntry) {
        switch entry {
        case .op(let op):
            differentiateInScope(op)
        case .checkpoint(let block, let output):
            let outputGradient = gradients[output]
            if retainsBlockGradients, let outputGradient, hasLeftLastBlock {
                // Somebody else who refers to it: what is added later is added to a copy.
                holders[outputGradient, default: []].formUnion([output, TensorID(-1)])
                retained.append(outputGradient)
            }
            hasLeftLastBlock = true
            let copies = emitAgain(block)
            if let outputGradient {
                gradients[now(output)] = outputGradient
                holders[outputGradient]?.remove(output)
            }
            for op in copies.reversed()
            where op.kind == .release || op.reads.contains(where: differentiable.contains) {
                differentiateInScope(op)
            }
            if reentersCheckpoints { release([now(output)]) }
        }
    }

    private mutating func differentiateInScope(_ op: Op) {
        scope = op.scope
        differentiate(op)
        // The op that makes a tensor is the last to read its gradient.
        for write in op.writes where write.mode == .overwrite {
            if let gradient = gradients[write.tensor] { holders[gradient]?.remove(write.tensor) }
        }
    }

    private mutating func differentiate(_ op: Op) {
        switch op.kind {
        case .linear(let scale): differentiateLinear(op, scale: scale)
        case .rmsNorm: differentiateNorm(op)
        case .attention(let headWidth): differentiateAttention(op, headWidth: headWidth)
        case .swiGLU: differentiateSwiGLU(op)
        case .embedding:
            guard let gradient = gradients[op.writes[0].tensor],
                differentiable.contains(op.reads[1])
            else { return }
            emitWeightGradient(
                .embeddingGradient, reads: [gradient, op.reads[0]], of: op.reads[1])
        case .rotary(let inverse):
            guard let gradient = gradients[op.writes[0].tensor] else { return }
            emit(
                .rotary(inverse: !inverse),
                reads: [gradient, saved(op.reads[1]), saved(op.reads[2])],
                writes: [Write(gradient, .accumulate)])
        case .add:
            guard let gradient = gradients[op.writes[0].tensor] else { return }
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
        guard let gradient = gradients[op.writes[0].tensor] else { return }
        let (x, weight) = (op.reads[0], op.reads[1])
        // An eager framework makes the input's gradient first and frees x after both.
        if isEager { differentiateInput(x, weight, gradient, scale: scale) }
        if trained.contains(weight) {
            emitWeightGradient(
                .linearWeightGradient(scale: scale), reads: [gradient, saved(x)], of: weight)
        } else if differentiable.contains(weight) {
            // A copy of a trained weight in another format.
            contribute(
                .linearWeightGradient(scale: scale), reads: [gradient, saved(x)], to: [weight])
        }
        if op.reads.count > 2, trained.contains(op.reads[2]) {
            emitWeightGradient(.biasGradient, reads: [gradient], of: op.reads[2])
        }
        if !isEager { differentiateInput(x, weight, gradient, scale: scale) }
    }

    private mutating func differentiateInput(
        _ x: TensorID, _ weight: TensorID, _ gradient: TensorID, scale: Double
    ) {
        if differentiable.contains(x) {
            let plain = saved(weight)
            contribute(.linearInputGradient(scale: scale), reads: [gradient, plain], to: [x])
        }
    }

    private mutating func differentiateNorm(_ op: Op) {
        guard let gradient = gradients[op.writes[0].tensor] else { return }
        let (x, weight) = (op.reads[0], op.reads[1])
        var extra: [Write] = []
        if trained.contains(weight) {
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
        guard let gradient = gradients[output] else { return }
        let workspace =
            isEager
            ? flashWorkspace(query: op.reads[0], key: op.reads[1], headWidth: headWidth)
            : workspaces.attentionGradient
        contribute(
            .attentionGradient(headWidth: headWidth),
            reads: [gradient] + op.reads.prefix(3).map { saved($0) }
                + [saved(output), saved(op.writes[1].tensor), op.reads[3]],
            to: Array(op.reads.prefix(3)), also: [scratch(workspace, "attention-gradient")])
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
        guard let gradient = gradients[op.writes[0].tensor] else { return }
        contribute(
            .swiGLUGradient, reads: [gradient, saved(op.reads[0]), saved(op.reads[1])],
            to: [op.reads[0], op.reads[1]])
    }

    private mutating func differentiateLogProbabilities(_ op: Op, chunk: Int) {
        guard let gradient = gradients[op.writes[0].tensor] else { return }
        let (hidden, head) = (op.reads[0], op.reads[1])
        let logits = tensor(
            "\(spec(op.writes[0].tensor).name).gradient.logits",
            Shape(chunk, spec(head).shape[0]), .logits)
        var writes = [contribution(to: hidden), Write(logits)]
        if trained.contains(head) { writes.append(weightGradientWrite(head)) }
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
        ops.append(Op(.release, reads: tensors, writes: [], phase: phase, scope: scope))
    }

    /// The write that adds a contribution to the gradient of an activation.
    mutating func contribution(to x: TensorID) -> Write {
        if let gradient = gradients[x] { return Write(unshared(gradient, for: x), .accumulate) }
        let gradient = activationGradient(of: x)
        gradients[x] = gradient
        return Write(gradient)
    }

    /// Emits an op that contributes to the gradients of some operands; in an eager framework a second
    /// contribution is made apart and then added.
    mutating func contribute(
        _ kind: OpKind, reads: [TensorID], to operands: [TensorID], also extra: [Write] = []
    ) {
        var apart: [(TensorID, TensorID)] = []
        let writes = operands.map { x in
            guard isEager, gradients[x] != nil else { return contribution(to: x) }
            let gradient = activationGradient(of: x)
            apart.append((gradient, x))
            return Write(gradient)
        }
        emit(kind, reads: reads, writes: writes + extra)
        for (gradient, x) in apart {
            emit(.add, reads: [gradient], writes: [contribution(to: x)])
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
        if let gradient = gradients[weight] { return Write(gradient, .accumulate) }
        let gradient = tensor(
            isEager ? "weight-gradient" : "d.\(spec(weight).name)", spec(weight).shape, .gradient,
            format: spec(weight).format)
        gradients[weight] = gradient
        return Write(gradient, repetitions > 1 ? .accumulateAfterFirstRepetition : .overwrite)
    }

    /// Emits the op that makes a weight's gradient; an eager framework makes it apart and then adds it
    /// to one that is there already.
    mutating func emitWeightGradient(_ kind: OpKind, reads: [TensorID], of weight: TensorID) {
        guard trained.contains(weight) else {
            contribute(kind, reads: reads, to: [weight])
            return
        }
        guard isEager, gradients[weight] != nil || repetitions > 1 else {
            emit(kind, reads: reads, writes: [weightGradientWrite(weight)])
            return
        }
        let apart = tensor(
            "d.apart", spec(weight).shape, .gradient, format: spec(weight).format)
        emit(kind, reads: reads, writes: [Write(apart)])
        emit(.add, reads: [apart], writes: [weightGradientWrite(weight)])
    }

    /// Lets x have the gradient of a sum it is part of, without a copy.
    mutating func share(_ gradient: TensorID, of sum: TensorID, with x: TensorID) {
        guard differentiable.contains(x) else { return }
        if gradients[x] != nil {
            let write = contribution(to: x)
            emit(.add, reads: [gradient], writes: [write])
        } else {
            gradients[x] = gradient
            holders[gradient, default: []].formUnion([x, sum])
        }
    }

    /// The gradient of x, copied first when another tensor that still needs it shares it.
    private mutating func unshared(_ gradient: TensorID, for x: TensorID) -> TensorID {
        guard let others = holders[gradient], others.count > 1 else { return gradient }
        let own = activationGradient(of: x)
        emit(.copy, reads: [gradient], writes: [Write(own)])
        gradients[x] = own
        holders[gradient]?.remove(x)
        return own
    }
}

extension ProgramBuilder {
    /// The gradient of a trained weight, once the backward pass has reached it.
    package func gradient(of weight: TensorID) -> TensorID? { gradients[weight] }
}
