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
            let copies = emitAgain(block)
            if let outputGradient {
                gradients[now(output)] = outputGradient
                holders[outputGradient]?.remove(output)
            }
            for op in copies.reversed() where op.reads.contains(where: differentiable.contains) {
                differentiateInScope(op)
            }
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
            guard let gradient = gradients[op.writes[0].tensor], trained.contains(op.reads[1])
            else { return }
            emit(
                .embeddingGradient, reads: [gradient, op.reads[0]],
                writes: [weightGradientWrite(op.reads[1])])
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
        case .crossEntropy, .preferenceLoss, .dequantize, .rotaryTable:
            // The losses make their gradient in the forward pass; the others have no trained input.
            return
        case .copy, .embeddingGradient, .rmsNormGradient, .linearInputGradient,
            .linearWeightGradient, .biasGradient, .attentionGradient, .cachedAttention,
            .swiGLUGradient, .logProbabilitiesGradient, .logits, .greedyToken, .sumOfSquares,
            .clipFactor, .adamW:
            invariant(false, "\(op.kind) cannot be on the tape")
        }
    }

    private mutating func differentiateLinear(_ op: Op, scale: Double) {
        guard let gradient = gradients[op.writes[0].tensor] else { return }
        let (x, weight) = (op.reads[0], op.reads[1])
        if trained.contains(weight) {
            emit(
                .linearWeightGradient(scale: scale), reads: [gradient, saved(x)],
                writes: [weightGradientWrite(weight)])
        } else if differentiable.contains(weight) {
            // A copy of a trained weight in another format.
            emit(
                .linearWeightGradient(scale: scale), reads: [gradient, saved(x)],
                writes: [contribution(to: weight)])
        }
        if op.reads.count > 2, trained.contains(op.reads[2]) {
            emit(.biasGradient, reads: [gradient], writes: [weightGradientWrite(op.reads[2])])
        }
        if differentiable.contains(x) {
            let plain = saved(weight)
            emit(
                .linearInputGradient(scale: scale), reads: [gradient, plain],
                writes: [contribution(to: x)])
        }
    }

    private mutating func differentiateNorm(_ op: Op) {
        guard let gradient = gradients[op.writes[0].tensor] else { return }
        let (x, weight) = (op.reads[0], op.reads[1])
        var writes = [contribution(to: x)]
        if trained.contains(weight) {
            writes.append(weightGradientWrite(weight))
            writes.append(scratch(workspaces.normGradient(width: spec(weight).shape.count), "norm"))
        }
        emit(
            .rmsNormGradient,
            reads: [gradient, saved(x), weight, saved(op.writes[1].tensor)], writes: writes)
    }

    private mutating func differentiateAttention(_ op: Op, headWidth: Int) {
        let output = op.writes[0].tensor
        guard let gradient = gradients[output] else { return }
        emit(
            .attentionGradient(headWidth: headWidth),
            reads: [gradient] + op.reads.prefix(3).map { saved($0) }
                + [saved(output), saved(op.writes[1].tensor), op.reads[3]],
            writes: op.reads.prefix(3).map { contribution(to: $0) }
                + [scratch(workspaces.attentionGradient, "attention-gradient")])
    }

    private mutating func differentiateSwiGLU(_ op: Op) {
        guard let gradient = gradients[op.writes[0].tensor] else { return }
        emit(
            .swiGLUGradient, reads: [gradient, saved(op.reads[0]), saved(op.reads[1])],
            writes: [contribution(to: op.reads[0]), contribution(to: op.reads[1])])
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
    /// The write that adds a contribution to the gradient of an activation.
    mutating func contribution(to x: TensorID) -> Write {
        if let gradient = gradients[x] { return Write(unshared(gradient, for: x), .accumulate) }
        let gradient = activationGradient(of: x)
        gradients[x] = gradient
        return Write(gradient)
    }

    /// A new gradient tensor like an activation.
    mutating func activationGradient(of x: TensorID) -> TensorID {
        tensor(
            "d.\(spec(x).name).\(tensors.count)", spec(x).shape, .activationGradient,
            format: spec(x).format)
    }

    /// The write of a weight gradient: the first contribution overwrites (in the first repetition of
    /// the section), later ones accumulate.
    mutating func weightGradientWrite(_ weight: TensorID) -> Write {
        if let gradient = gradients[weight] { return Write(gradient, .accumulate) }
        let gradient = tensor(
            "d.\(spec(weight).name)", spec(weight).shape, .gradient, format: spec(weight).format)
        gradients[weight] = gradient
        return Write(gradient, repetitions > 1 ? .accumulateAfterFirstRepetition : .overwrite)
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
