import StepPrograms

/// Linear layers and their gradients.
extension Executor {
    func executeLinear(_ op: Op, _ isFirstRepetition: Bool) {
        let result = floats(op.writes[0].tensor)
        let accumulates = accumulates(op.writes[0], isFirstRepetition)
        switch op.kind {
        case .linear(let scale):
            // y [m, n] = x [m, k] · w [n, k]ᵀ
            let (n, k) = (program[op.reads[1]].shape[0], width(op.reads[1]))
            MatrixProduct.multiply(
                m: rows(op.reads[0]), n: n, k: k, a: floats(op.reads[0]), lda: k, transposeA: false,
                b: floats(op.reads[1]), ldb: k, transposeB: true, alpha: Float(scale),
                beta: accumulates ? 1 : 0, c: result, ldc: n, workers: workers)
            if op.reads.count > 2 {
                Vectors.addRow(
                    rows: rows(op.reads[0]), width: n, bias: floats(op.reads[2]), to: result,
                    workers: workers)
            }
        case .linearInputGradient(let scale):
            // dx [m, n] = dy [m, k] · w [k, n]
            let (k, n) = (program[op.reads[1]].shape[0], width(op.reads[1]))
            MatrixProduct.multiply(
                m: rows(op.reads[0]), n: n, k: k, a: floats(op.reads[0]), lda: k, transposeA: false,
                b: floats(op.reads[1]), ldb: n, transposeB: false, alpha: Float(scale),
                beta: accumulates ? 1 : 0, c: result, ldc: n, workers: workers)
        case .linearWeightGradient(let scale):
            // dw [m, n] = dy [k, m]ᵀ · x [k, n]
            let (m, n, k) = (width(op.reads[0]), width(op.reads[1]), rows(op.reads[0]))
            MatrixProduct.multiply(
                m: m, n: n, k: k, a: floats(op.reads[0]), lda: m, transposeA: true,
                b: floats(op.reads[1]), ldb: n, transposeB: false, alpha: Float(scale),
                beta: accumulates ? 1 : 0, c: result, ldc: n, workers: workers)
        case .biasGradient:
            Vectors.columnSums(
                rows: rows(op.reads[0]), width: width(op.reads[0]), floats(op.reads[0]),
                output: result, accumulate: accumulates, workers: workers)
        case .dequantize:
            let shape = program[op.reads[0]].shape
            guard case .nf4(let double) = program[op.reads[0]].format else {
                fatalError("\(program[op.reads[0]].name) is not stored as NF4")
            }
            NF4.dequantize(
                bytes(op.reads[0]), layout: NF4Layout(count: shape.count, doubleQuantized: double),
                into: result, workers: workers)
        default: fatalError("\(op.kind.name) is not a linear op")
        }
    }
}
