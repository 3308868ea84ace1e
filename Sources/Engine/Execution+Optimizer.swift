import StepPrograms

/// Gradient norm, clipping and update.
extension Executor {
    func executeOptimizer(_ op: Op) {
        switch op.kind {
        case .sumOfSquares:
            var sum = 0.0
            for id in op.reads {
                sum += Vectors.sumOfSquares(count: count(id), floats(id), workers: workers)
            }
            floats(op.writes[0].tensor)[0] = Float(sum)
        case .clipFactor(let maximum):
            let norm = floats(op.reads[0])[0].squareRoot()
            floats(op.writes[1].tensor)[0] = norm
            // As torch.nn.utils.clip_grad_norm_: the quotient is never more than 1.
            floats(op.writes[0].tensor)[0] =
                maximum.map { min(1, Float($0) / (norm + 1e-6)) } ?? 1
        case .adamW(let constants):
            let scalars = floats(op.reads[2])
            AdamW.step(
                count: count(op.reads[0]), parameter: floats(op.writes[0].tensor),
                gradient: floats(op.reads[0]), firstMoment: floats(op.writes[1].tensor),
                secondMoment: floats(op.writes[2].tensor), constants: constants,
                learningRate: scalars[StepScalar.learningRate.rawValue],
                firstBiasCorrection: scalars[StepScalar.firstBiasCorrection.rawValue],
                secondBiasCorrection: scalars[StepScalar.secondBiasCorrection.rawValue],
                gradientScale: floats(op.reads[1])[0], workers: workers)
        default: fatalError("\(op.kind.name) is not an optimizer op")
        }
    }
}
