import Quantities
import StepPrograms

/// One kernel call for each kind of op.
extension Executor {
    /// Runs one op.
    ///
    /// - Parameters:
    ///   - op: the op.
    ///   - isFirstRepetition: whether accumulators are overwritten.
    func execute(_ op: Op, isFirstRepetition: Bool) {
        switch op.kind {
        case .rotaryTable, .rotary, .attention, .attentionGradient, .cachedAttention:
            executeAttention(op, isFirstRepetition)
        case .linear, .linearInputGradient, .linearWeightGradient, .biasGradient, .dequantize:
            executeLinear(op, isFirstRepetition)
        case .crossEntropy, .logProbabilities, .logProbabilitiesGradient, .preferenceLoss, .logits,
            .greedyToken:
            executeLoss(op, isFirstRepetition)
        case .sumOfSquares, .clipFactor, .adamW:
            executeOptimizer(op)
        case .elementwise, .collective, .optimizerUpdate, .release:
            fatalError("\(op.kind) is refused when an executor is made")
        case .embedding:
            Embedding.gather(
                rows: count(op.reads[0]), width: width(op.reads[1]), ids: integers(op.reads[0]),
                table: floats(op.reads[1]), output: floats(op.writes[0].tensor), workers: workers)
        case .embeddingGradient:
            Embedding.scatterAdd(
                rows: count(op.reads[1]), width: width(op.reads[0]),
                vocabulary: program[op.writes[0].tensor].shape[0], ids: integers(op.reads[1]),
                outputGradient: floats(op.reads[0]), tableGradient: floats(op.writes[0].tensor),
                accumulate: accumulates(op.writes[0], isFirstRepetition), workers: workers)
        case .rmsNorm(let epsilon):
            let width = count(op.reads[1])
            RMSNorm.forward(
                rows: count(op.reads[0]) / width, width: width, input: floats(op.reads[0]),
                weight: floats(op.reads[1]), epsilon: Float(epsilon),
                output: floats(op.writes[0].tensor), inverseRMS: floats(op.writes[1].tensor),
                workers: workers)
        case .rmsNormGradient:
            let width = count(op.reads[2])
            RMSNorm.backward(
                rows: count(op.reads[1]) / width, width: width,
                outputGradient: floats(op.reads[0]), input: floats(op.reads[1]),
                weight: floats(op.reads[2]), inverseRMS: floats(op.reads[3]),
                inputGradient: floats(op.writes[0].tensor),
                accumulateInput: accumulates(op.writes[0], isFirstRepetition),
                weightGradient: op.writes.count > 1 ? floats(op.writes[1].tensor) : nil,
                accumulateWeight: op.writes.count > 1
                    && accumulates(op.writes[1], isFirstRepetition),
                scratch: op.writes.count > 2 ? floats(op.writes[2].tensor) : nil, workers: workers)
        case .swiGLU:
            SwiGLU.forward(
                count: count(op.reads[0]), gate: floats(op.reads[0]), up: floats(op.reads[1]),
                output: floats(op.writes[0].tensor), workers: workers)
        case .swiGLUGradient:
            SwiGLU.backward(
                count: count(op.reads[0]), outputGradient: floats(op.reads[0]),
                gate: floats(op.reads[1]), up: floats(op.reads[2]),
                gateGradient: floats(op.writes[0].tensor),
                accumulateGate: accumulates(op.writes[0], isFirstRepetition),
                upGradient: floats(op.writes[1].tensor),
                accumulateUp: accumulates(op.writes[1], isFirstRepetition), workers: workers)
        case .add:
            Vectors.add(
                count: count(op.reads[0]), floats(op.reads[0]), to: floats(op.writes[0].tensor),
                workers: workers)
        case .copy:
            Vectors.copy(
                count: count(op.reads[0]), floats(op.reads[0]), to: floats(op.writes[0].tensor),
                workers: workers)
        }
    }

    /// Whether a result is added to what is there.
    func accumulates(_ write: Write, _ isFirstRepetition: Bool) -> Bool {
        switch write.mode {
        case .overwrite: false
        case .accumulate: true
        case .accumulateAfterFirstRepetition: !isFirstRepetition
        }
    }

    func count(_ id: TensorID) -> Int { program[id].shape.count }
    func width(_ id: TensorID) -> Int { program[id].shape.width }
    func rows(_ id: TensorID) -> Int { program[id].shape.rows }
}
