import StepPrograms

/// The longer probes.
extension ProgramBuilder {
    /// Attention forward and backward.
    mutating func emitAttentionProbe(
        query: TensorID, key: TensorID, value: TensorID, segmentStarts: TensorID, headWidth: Int,
        copy: Int
    ) {
        let shape = spec(query).shape
        let keys = spec(key).shape
        func output(_ name: String, _ shape: Shape) -> TensorID {
            tensor("\(name)\(copy)", shape, .output)
        }
        let attended = output("attended", shape)
        let sums = output("log-sum-exp", Shape(shape.rows, shape.width / headWidth))
        let scratch = tensor("scratch\(copy)", Shape(workspaces.attention), .workspace)
        emit(
            .attention(headWidth: headWidth), reads: [query, key, value, segmentStarts],
            writes: [Write(attended), Write(sums), Write(scratch)])
        let gradients = [
            output("d-query", shape), output("d-key", keys), output("d-value", keys),
        ]
        let more = tensor("more-scratch\(copy)", Shape(workspaces.attentionGradient), .workspace)
        emit(
            .attentionGradient(headWidth: headWidth),
            reads: [query, query, key, value, attended, sums, segmentStarts],
            writes: gradients.map { Write($0) } + [Write(more)])
    }

    /// One op of every kind that is bound by memory.
    mutating func emitElementwiseProbe(rows: Int, width: Int, copy: Int) {
        let shape = Shape(rows, width)
        func input(_ name: String, _ shape: Shape) -> TensorID {
            tensor("\(name)\(copy)", shape, .input)
        }
        func output(_ name: String, _ shape: Shape) -> TensorID {
            tensor("\(name)\(copy)", shape, .output)
        }
        let (x, y) = (input("x", shape), input("y", shape))
        let weight = input("weight", Shape(width))
        let normed = output("normed", shape)
        let inverse = output("inverse", Shape(rows))
        emit(.rmsNorm(epsilon: 1e-5), reads: [x, weight], writes: [Write(normed), Write(inverse)])
        let dx = output("dx", shape)
        emit(
            .rmsNormGradient, reads: [y, x, weight, inverse],
            writes: [
                Write(dx, .accumulate), Write(output("d-weight", Shape(width))),
                Write(
                    tensor(
                        "partial\(copy)", Shape(workspaces.normGradient(width: width)), .workspace)),
            ])
        let product = output("product", shape)
        emit(.swiGLU, reads: [x, y], writes: [Write(product)])
        emit(
            .swiGLUGradient, reads: [normed, x, y],
            writes: [Write(output("d-gate", shape)), Write(output("d-up", shape))])
        emit(.add, reads: [x], writes: [Write(product, .accumulate)])
        emit(.copy, reads: [x], writes: [Write(product)])
        emit(.biasGradient, reads: [x], writes: [Write(output("d-bias", Shape(width)))])
        let half = Shape(rows, 32)
        let (cosine, sine) = (input("cosine", half), input("sine", half))
        emit(
            .rotary(inverse: false), reads: [x, cosine, sine], writes: [Write(x, .accumulate)])
    }
}
