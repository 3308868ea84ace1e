import StepPrograms

/// Rotary positions and attention.
extension Executor {
    func executeAttention(_ op: Op, _ isFirstRepetition: Bool) {
        switch op.kind {
        case .rotaryTable:
            Rotary.table(
                rows: count(op.reads[0]), pairs: count(op.reads[1]),
                segmentStarts: integers(op.reads[0]), frequencies: floats(op.reads[1]),
                cosine: floats(op.writes[0].tensor), sine: floats(op.writes[1].tensor),
                workers: workers)
        case .rotary(let inverse):
            let pairs = width(op.reads[1])
            Rotary.apply(
                rows: rows(op.reads[0]), heads: width(op.reads[0]) / (2 * pairs),
                headWidth: 2 * pairs, vectors: floats(op.reads[0]), cosine: floats(op.reads[1]),
                sine: floats(op.reads[2]), inverse: inverse, workers: workers)
        case .attention(let headWidth):
            Attention.forward(
                shape(op, query: op.reads[0], key: op.reads[1], headWidth),
                query: floats(op.reads[0]), key: floats(op.reads[1]), value: floats(op.reads[2]),
                segmentStarts: integers(op.reads[3]), output: floats(op.writes[0].tensor),
                logSumExp: floats(op.writes[1].tensor), scratch: floats(op.writes[2].tensor),
                workers: workers)
        case .attentionGradient(let headWidth):
            Attention.backward(
                shape(op, query: op.reads[1], key: op.reads[2], headWidth),
                outputGradient: floats(op.reads[0]), query: floats(op.reads[1]),
                key: floats(op.reads[2]), value: floats(op.reads[3]), output: floats(op.reads[4]),
                logSumExp: floats(op.reads[5]), segmentStarts: integers(op.reads[6]),
                queryGradient: floats(op.writes[0].tensor),
                keyGradient: floats(op.writes[1].tensor),
                valueGradient: floats(op.writes[2].tensor),
                scratch: floats(op.writes[3].tensor), workers: workers)
        case .cachedAttention(let headWidth):
            Attention.cached(
                shape(op, query: op.reads[0], key: op.reads[1], headWidth),
                query: floats(op.reads[0]), key: floats(op.reads[1]), value: floats(op.reads[2]),
                slots: integers(op.reads[3]), positions: integers(op.reads[4]),
                capacity: program[op.writes[1].tensor].shape[1],
                output: floats(op.writes[0].tensor), keyCache: floats(op.writes[1].tensor),
                valueCache: floats(op.writes[2].tensor), scratch: floats(op.writes[3].tensor),
                workers: workers)
        default: fatalError("\(op.kind.name) is not an attention op")
        }
    }

    private func shape(
        _ op: Op, query: TensorID, key: TensorID, _ headWidth: Int
    ) -> AttentionShape {
        AttentionShape(
            rows: rows(query), headCount: width(query) / headWidth,
            keyValueHeadCount: width(key) / headWidth, headWidth: headWidth)
    }
}
