/// Ops of eager frameworks and what their derivatives read.
extension ProgramBuilder {
    /// An op with one result.
    package mutating func elementwise(
        _ kind: OpKind.Elementwise, _ operands: [TensorID], shape: Shape? = nil,
        format: StorageFormat? = nil, role: Role = .activation, name: String
    ) -> TensorID {
        let first = spec(operands[0])
        let output = tensor(
            "\(name).\(tensors.count)", shape ?? first.shape, role, format: format ?? first.format)
        emit(.elementwise(kind), reads: operands, writes: [Write(output)])
        return output
    }

    /// Emits the derivative of an elementwise op.
    mutating func differentiateElementwise(_ op: Op, _ kind: OpKind.Elementwise) {
        guard let gradient = gradients[op.writes[0].tensor] else { return }
        switch kind {
        case .cast, .scaled, .rotated:
            pass(kind, [gradient] + op.reads.dropFirst().map { saved($0) }, to: op.reads[0])
        case .sum:
            for x in op.reads { share(gradient, of: op.writes[0].tensor, with: x) }
        case .product:
            let (x, y) = (op.reads[0], op.reads[1])
            if differentiable.contains(x) { pass(.product, [gradient, saved(y)], to: x) }
            if trained.contains(y) {
                emit(
                    .elementwise(.columnSums), reads: [gradient, saved(x)],
                    writes: [weightGradientWrite(y)])
            } else if differentiable.contains(y) {
                pass(.product, [gradient, saved(x)], to: y)
            }
        case .silu: pass(.siluGradient, [gradient, saved(op.reads[0])], to: op.reads[0])
        case .inverseRMS:
            pass(
                .inverseRMSGradient,
                [gradient, saved(op.reads[0]), saved(op.writes[0].tensor)], to: op.reads[0])
        case .logSoftmax:
            // The gradient that reaches log-softmax is one number a row: it needs no tensor of its own.
            pass(
                .logSoftmaxGradient, [saved(op.writes[0].tensor), op.reads[1]], to: op.reads[0])
        case .siluGradient, .inverseRMSGradient, .columnSums, .logSoftmaxGradient: return
        }
    }

    /// Adds a derivative to the gradient of x; a second contribution is first made apart, as eager
    /// frameworks do, and then summed.
    private mutating func pass(
        _ kind: OpKind.Elementwise, _ operands: [TensorID], to x: TensorID
    ) {
        guard differentiable.contains(x) else { return }
        if trained.contains(x) {
            emit(.elementwise(kind), reads: operands, writes: [weightGradientWrite(x)])
            return
        }
        guard gradients[x] != nil else {
            emit(.elementwise(kind), reads: operands, writes: [contribution(to: x)])
            return
        }
        let apart = activationGradient(of: x)
        emit(.elementwise(kind), reads: operands, writes: [Write(apart)])
        emit(.add, reads: [apart], writes: [contribution(to: x)])
    }

    /// Starts the backward pass at a tensor whose gradient is as large as itself.
    package mutating func seedGradient(of loss: TensorID) {
        gradients[loss] = loss
    }
}
