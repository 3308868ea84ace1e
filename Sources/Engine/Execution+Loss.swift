import StepPrograms

/// Losses and what is read off the head.
extension Executor {
    func executeLoss(_ op: Op, _ isFirstRepetition: Bool) {
        switch op.kind {
        case .crossEntropy(let chunk): executeCrossEntropy(op, chunk, isFirstRepetition)
        case .logProbabilities(let chunk):
            CrossEntropy.logProbabilities(
                headShape(op.reads[0], op.reads[1], chunk), hidden: floats(op.reads[0]),
                head: floats(op.reads[1]), targets: integers(op.reads[2]),
                logProbability: floats(op.writes[0].tensor),
                logSumExp: floats(op.writes[1].tensor), scratch: floats(op.writes[2].tensor),
                workers: workers)
        case .logProbabilitiesGradient(let chunk):
            CrossEntropy.logProbabilitiesBackward(
                headShape(op.reads[1], op.reads[2], chunk),
                logProbabilityGradient: floats(op.reads[0]), hidden: floats(op.reads[1]),
                head: floats(op.reads[2]), targets: integers(op.reads[3]),
                logSumExp: floats(op.reads[4]), hiddenGradient: floats(op.writes[0].tensor),
                accumulateHidden: accumulates(op.writes[0], isFirstRepetition),
                headGradient: op.writes.count > 2 ? floats(op.writes[2].tensor) : nil,
                accumulateHead: op.writes.count > 2
                    && accumulates(op.writes[2], isFirstRepetition),
                scratch: floats(op.writes[1].tensor), workers: workers)
        case .preferenceLoss(let beta):
            PreferenceLoss.evaluate(
                rows: count(op.reads[0]), sequenceCount: width(op.writes[2].tensor), beta: beta,
                pairWeight: floats(op.reads[3])[StepScalar.pairWeight.rawValue],
                policy: floats(op.reads[0]), reference: floats(op.reads[1]),
                sequences: integers(op.reads[2]), loss: floats(op.writes[0].tensor),
                gradient: floats(op.writes[1].tensor), sums: floats(op.writes[2].tensor),
                metrics: floats(op.writes[3].tensor),
                accumulate: accumulates(op.writes[0], isFirstRepetition))
        case .logits:
            let (n, k) = (program[op.reads[1]].shape[0], width(op.reads[1]))
            MatrixProduct.multiply(
                m: rows(op.reads[0]), n: n, k: k, a: floats(op.reads[0]), lda: k, transposeA: false,
                b: floats(op.reads[1]), ldb: k, transposeB: true, alpha: 1, beta: 0,
                c: floats(op.writes[0].tensor), ldc: n, workers: workers)
        case .greedyToken(let chunk):
            CrossEntropy.greedyTokens(
                headShape(op.reads[0], op.reads[1], chunk), hidden: floats(op.reads[0]),
                head: floats(op.reads[1]), output: integers(op.writes[0].tensor),
                scratch: floats(op.writes[1].tensor), workers: workers)
        default: fatalError("\(op.kind.name) is not a loss op")
        }
    }

    private func executeCrossEntropy(_ op: Op, _ chunk: Int, _ isFirstRepetition: Bool) {
        let shape = headShape(op.reads[0], op.reads[1], chunk)
        let loss = floats(op.writes[0].tensor)
        let scratch = floats(op.writes[1].tensor)
        let before = accumulates(op.writes[0], isFirstRepetition) ? loss[0] : 0
        let sum: Float
        if op.writes.count > 2 {
            sum = CrossEntropy.forwardBackward(
                shape, hidden: floats(op.reads[0]), head: floats(op.reads[1]),
                targets: integers(op.reads[2]), weights: floats(op.reads[3]),
                hiddenGradient: floats(op.writes[2].tensor),
                accumulateHidden: accumulates(op.writes[2], isFirstRepetition),
                headGradient: op.writes.count > 3 ? floats(op.writes[3].tensor) : nil,
                accumulateHead: op.writes.count > 3
                    && accumulates(op.writes[3], isFirstRepetition),
                scratch: scratch, workers: workers)
        } else {
            sum = CrossEntropy.loss(
                shape, hidden: floats(op.reads[0]), head: floats(op.reads[1]),
                targets: integers(op.reads[2]), weights: floats(op.reads[3]), scratch: scratch,
                workers: workers)
        }
        loss[0] = before + sum
    }

    private func headShape(_ hidden: TensorID, _ head: TensorID, _ chunk: Int) -> HeadShape {
        HeadShape(
            rows: rows(hidden), width: width(hidden), vocabulary: program[head].shape[0],
            chunk: chunk)
    }
}
