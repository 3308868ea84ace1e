import Quantities

/// What one execution of an op costs: the arithmetic and the memory traffic of its operands.
package struct OpCost: Sendable, Hashable {
    /// Arithmetic; a multiply-add is two.
    package var flops: FLOPs
    /// Bytes read and written, each operand once (twice for one changed in place).
    package var traffic: Bytes
    /// Shape of the matrix product that the op makes, once or several times.
    package var product: MatrixShape?

    package init(flops: FLOPs, traffic: Bytes, product: MatrixShape? = nil) {
        self.flops = flops
        self.traffic = traffic
        self.product = product
    }
}

/// The extents of a matrix product [m, k] · [k, n].
package struct MatrixShape: Sendable, Hashable {
    /// Rows of the result.
    package let m: Int
    /// Columns of the result.
    package let n: Int
    /// Length of the sums.
    package let k: Int

    package init(m: Int, n: Int, k: Int) {
        self.m = m
        self.n = n
        self.k = k
    }

    /// Its arithmetic, 2·m·n·k.
    package var flops: FLOPs { FLOPs(2 * Double(m) * Double(n) * Double(k)) }
}

extension StepProgram {
    /// The cost of one execution of an op on a batch as full as `occupancy` says.
    ///
    /// Elementwise ops count a few operations an element (an exponential as ten); what they cost is
    /// their traffic. Attention counts the pairs of query and key that the mask leaves.
    package func cost(of op: Op, occupancy: Occupancy) -> OpCost {
        let product = matrixShape(of: op, occupancy: occupancy)
        return OpCost(
            flops: flops(of: op, product, occupancy), traffic: traffic(of: op, product),
            product: product)
    }

    /// FLOPs of the whole step.
    package func totalFLOPs(occupancy: Occupancy) -> FLOPs {
        sections.reduce(.zero) { sum, section in
            sum
                + section.ops.reduce(FLOPs.zero) {
                    $0 + flops(of: $1, matrixShape(of: $1, occupancy: occupancy), occupancy)
                }
                * Double(section.repetitions)
        }
    }

    private func shape(_ id: TensorID) -> Shape { tensors[id.index].shape }
    private func bytes(_ id: TensorID) -> Bytes { tensors[id.index].bytes }
    private func count(_ id: TensorID) -> Double { Double(shape(id).count) }

    private func flops(
        of op: Op, _ product: MatrixShape?, _ occupancy: Occupancy
    ) -> FLOPs {
        switch op.kind {
        case .linear, .linearInputGradient, .linearWeightGradient, .crossEntropy,
            .logProbabilities, .logProbabilitiesGradient, .logits, .greedyToken:
            return (product?.flops ?? .zero) * Double(productCount(of: op))
        case .attention(let headWidth):
            return attentionFLOPs(query: op.reads[0], headWidth, occupancy) * 2
        case .cachedAttention(let headWidth):
            return attentionFLOPs(query: op.reads[0], headWidth, occupancy) * 2
        case .attentionGradient(let headWidth):
            return attentionFLOPs(query: op.reads[1], headWidth, occupancy) * 5
        case .embedding, .copy: return .zero
        case .embeddingGradient, .add, .biasGradient: return FLOPs(count(op.reads[0]))
        case .rotaryTable: return FLOPs(count(op.writes[0].tensor) * 40)
        case .rotary: return FLOPs(count(op.reads[0]) * 3)
        case .rmsNorm: return FLOPs(count(op.reads[0]) * 4)
        case .rmsNormGradient: return FLOPs(count(op.reads[0]) * 8)
        case .swiGLU: return FLOPs(count(op.reads[0]) * 13)
        case .swiGLUGradient: return FLOPs(count(op.reads[0]) * 18)
        case .dequantize: return FLOPs(count(op.writes[0].tensor) * 2)
        case .preferenceLoss: return FLOPs(count(op.reads[0]) * 6)
        case .sumOfSquares: return FLOPs(op.reads.reduce(0) { $0 + count($1) } * 2)
        case .clipFactor: return FLOPs(3.0)
        case .elementwise: return FLOPs(count(op.reads[0]))
        case .collective, .release: return .zero
        case .optimizerUpdate: return FLOPs(op.reads.reduce(0) { $0 + count($1) } * 15)
        case .adamW: return FLOPs(count(op.reads[0]) * 15)
        }
    }

    /// One product of scores or of values: 2 · rows · attended keys · all head widths.
    private func attentionFLOPs(
        query: TensorID, _ headWidth: Int, _ occupancy: Occupancy
    ) -> FLOPs {
        let shape = shape(query)
        return FLOPs(2 * Double(shape.rows) * occupancy.attendedLength * Double(shape.width))
    }

    /// How many products of the same shape an op makes.
    private func productCount(of op: Op) -> Int {
        switch op.kind {
        case .crossEntropy: op.writes.count - 1
        case .logProbabilitiesGradient: op.writes.count
        default: 1
        }
    }

    private func matrixShape(of op: Op, occupancy: Occupancy) -> MatrixShape? {
        switch op.kind {
        case .linear:
            let (x, w) = (shape(op.reads[0]), shape(op.reads[1]))
            return MatrixShape(m: x.rows, n: w.outputs, k: w.width)
        case .linearInputGradient:
            let (dy, w) = (shape(op.reads[0]), shape(op.reads[1]))
            return MatrixShape(m: dy.rows, n: w.width, k: w.outputs)
        case .linearWeightGradient:
            let (dy, x) = (shape(op.reads[0]), shape(op.reads[1]))
            return MatrixShape(m: dy.width, n: x.width, k: dy.rows)
        case .crossEntropy, .logProbabilities, .logits, .greedyToken:
            let fraction = op.kind.skipsRowsWithoutTarget ? occupancy.targetFraction : 1
            return headShape(hidden: op.reads[0], head: op.reads[1], fraction)
        case .logProbabilitiesGradient:
            return headShape(hidden: op.reads[1], head: op.reads[2], occupancy.targetFraction)
        case .attention(let headWidth), .cachedAttention(let headWidth):
            return scoresShape(query: op.reads[0], headWidth, occupancy)
        case .attentionGradient(let headWidth):
            return scoresShape(query: op.reads[1], headWidth, occupancy)
        case .rotaryTable, .embedding, .embeddingGradient, .rmsNorm, .rmsNormGradient,
            .biasGradient, .rotary, .swiGLU, .swiGLUGradient, .add, .copy, .dequantize,
            .preferenceLoss, .sumOfSquares, .clipFactor, .adamW, .elementwise, .collective,
            .optimizerUpdate, .release:
            return nil
        }
    }

    /// The product that gives the scores of all heads.
    private func scoresShape(
        query: TensorID, _ headWidth: Int, _ occupancy: Occupancy
    ) -> MatrixShape {
        let shape = shape(query)
        return MatrixShape(
            m: shape.count / headWidth, n: Int(occupancy.attendedLength.rounded(.up)),
            k: headWidth)
    }

    private func headShape(hidden: TensorID, head: TensorID, _ fraction: Double) -> MatrixShape {
        let (x, w) = (shape(hidden), shape(head))
        return MatrixShape(m: Int((Double(x.rows) * fraction).rounded(.up)), n: w[0], k: w[1])
    }

    private func traffic(of op: Op, _ product: MatrixShape?) -> Bytes {
        switch op.kind {
        case .release: return .zero
        case .embedding:
            // A gather touches only the rows it copies.
            return bytes(op.reads[0]) + bytes(op.writes[0].tensor) * 2
        case .embeddingGradient:
            let rows = bytes(op.reads[0]) * 3 + bytes(op.reads[1])
            let table = bytes(op.writes[0].tensor)
            return op.writes[0].mode == .overwrite ? rows + table : rows
        default: break
        }
        var total = Bytes.zero
        for index in 0 ..< op.reads.count { total += bytes(op.reads[index]) }
        for index in 0 ..< op.writes.count {
            let write = op.writes[index]
            let bytes = bytes(write.tensor)
            if let product, tensors[write.tensor.index].role == .logits {
                // A chunk of logits is written and read once for each chunk of rows.
                total += Bytes(product.m * product.n * 4) * (1 + productCount(of: op))
            } else {
                total += bytes
            }
            if write.mode != .overwrite { total += bytes }
        }
        return total
    }
}

extension OpKind {
    /// Whether rows without a target cost nothing.
    package var skipsRowsWithoutTarget: Bool {
        switch self {
        case .crossEntropy, .logProbabilities, .logProbabilitiesGradient: true
        default: false
        }
    }
}
