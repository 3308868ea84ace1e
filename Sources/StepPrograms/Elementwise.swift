/// Ops of eager frameworks and what their derivatives read.
extension ProgramBuilder {
    /// An op with one result.
    package mutating func elementwise(
        _ kind: OpKind.Elementwise, _ operands: [TensorID], shape: Shape? = nil,
        format: StorageFormat? = nil, role: Role = .activation, name: String
    ) -> TensorID {
        let first = spec(operands[0])
        let output = tensor(
            isEager ? name : "\(name).\(tensors.count)", shape ?? first.shape, role,
            format: format ?? first.format)
        emit(.elementwise(kind), reads: operands, writes: [Write(output)])
        return output
    }

    /// Parts of a tensor that stay in its storage, such as query, key and value of one product.
    package mutating func parts(
        of whole: TensorID, _ shapes: [Shape], names: [String]
    ) -> [TensorID] {
        let format = spec(whole).format
        let parts = zip(shapes, names).map { shape, name in
            tensor(name, shape, spec(whole).role, format: format, base: whole)
        }
        emit(.elementwise(.moved), reads: [whole], writes: parts.map { Write($0) })
        return parts
    }

    /// Emits the derivative of an elementwise op.
    mutating func differentiateElementwise(_ op: Op, _ kind: OpKind.Elementwise) {
        if kind == .moved {
            let parts = op.writes.compactMap { gradient(of: $0.tensor) }
            for x in op.reads where !parts.isEmpty { pass(.moved, Operands(parts), to: x) }
            return
        }
        guard let gradient = gradient(of: op.writes[0].tensor) else { return }
        switch kind {
        case .cast, .scaled, .rotated:
            var operands: Operands<TensorID> = [gradient]
            for operand in op.reads.dropFirst() { operands.append(saved(operand)) }
            pass(kind, operands, to: op.reads[0])
        case .dropout: pass(.dropout, [gradient, saved(op.reads[1])], to: op.reads[0])
        case .sum:
            for x in op.reads { share(gradient, of: op.writes[0].tensor, with: x) }
        case .product:
            differentiateProduct(op.reads[0], op.reads[1], gradient)
        case .silu, .gelu, .cube, .square, .relu:
            pass(.unaryGradient, [gradient, saved(op.reads[0])], to: op.reads[0])
        case .tanh, .sigmoid, .softmax:
            pass(.unaryGradient, [gradient, saved(op.writes[0].tensor)], to: op.reads[0])
        case .inverseRMS:
            pass(
                .inverseRMSGradient,
                [gradient, saved(op.reads[0]), saved(op.writes[0].tensor)], to: op.reads[0])
        case .logSoftmax:
            let logs = saved(op.writes[0].tensor)
            // The gradient of the negative log-likelihood, as large as the log-softmax
            // (`nll_loss_backward`).
            let picked = tensor(
                "likelihood-gradient", spec(logs).shape, .logits, format: spec(logs).format)
            contribute(
                .elementwise(.logSoftmaxGradient), reads: [logs, op.reads[1]], to: [op.reads[0]],
                also: [Write(picked)])
        case .moved, .unaryGradient, .inverseRMSGradient, .columnSums, .logSoftmaxGradient: return
        }
    }

    /// Both derivatives of a product are made before either factor is freed; that of a row or a column
    /// is first made as large as the product and then summed.
    private mutating func differentiateProduct(
        _ x: TensorID, _ y: TensorID, _ gradient: TensorID
    ) {
        let isSmall = spec(y).shape.count < spec(gradient).shape.count
        if isDifferentiable(x), isDifferentiable(y), !isSmall {
            contribute(
                .elementwise(.product), reads: [gradient, saved(x), saved(y)], to: [x, y])
            return
        }
        if isDifferentiable(x) { pass(.product, [gradient, saved(y)], to: x) }
        guard isDifferentiable(y) else { return }
        let whole = tensor(
            "product-gradient", spec(gradient).shape, .activationGradient,
            format: spec(gradient).format)
        append(
            .elementwise(.product), reads: [gradient, saved(x)], writes: [Write(whole)])
        emitWeightGradient(.elementwise(.columnSums), reads: [whole], of: y)
    }

    /// Adds a derivative to the gradient of x; a second contribution is first made apart, as eager
    /// frameworks do, and then summed.
    private mutating func pass(
        _ kind: OpKind.Elementwise, _ operands: Operands<TensorID>, to x: TensorID
    ) {
        guard isDifferentiable(x) else { return }
        if isTrained(x) {
            emitWeightGradient(.elementwise(kind), reads: operands, of: x)
            return
        }
        contribute(.elementwise(kind), reads: operands, to: [x])
    }

    /// Starts the backward pass at a tensor whose gradient is as large as itself.
    package mutating func seedGradient(of loss: TensorID) {
        setGradient(loss, of: loss)
    }
}
