extension StepProgram {
    /// The program as text, one op a line: what a review of a change reads.
    package var dump: String {
        var lines = ["program: \(origin)"]
        for section in sections {
            lines.append("section \(section.name.rawValue) × \(section.repetitions)")
            for op in section.ops { lines.append("  " + describe(op)) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One op as text: `writes = kind(reads)  # phase, scope`.
    package func describe(_ op: Op) -> String {
        let reads = op.reads.map { self[$0].name }.joined(separator: ", ")
        let writes = op.writes.map { write in
            let spec = self[write.tensor]
            let sign =
                switch write.mode {
                case .overwrite: "="
                case .accumulate: "+="
                case .accumulateAfterFirstRepetition: "(+)="
                }
            return "\(spec.name):\(spec.format.name)\(spec.shape) \(sign)"
        }.joined(separator: " ")
        return "\(writes) \(op.kind.name)(\(reads))  # \(op.phase.rawValue), \(op.scope)"
    }
}

extension OpKind {
    /// The name of the kind without its constants: the key under which costs are reported.
    package var name: String {
        switch self {
        case .rotaryTable: "rotaryTable"
        case .embedding: "embedding"
        case .embeddingGradient: "embeddingGradient"
        case .rmsNorm: "rmsNorm"
        case .rmsNormGradient: "rmsNormGradient"
        case .linear: "linear"
        case .linearInputGradient: "linearInputGradient"
        case .linearWeightGradient: "linearWeightGradient"
        case .biasGradient: "biasGradient"
        case .rotary: "rotary"
        case .attention: "attention"
        case .attentionGradient: "attentionGradient"
        case .cachedAttention: "cachedAttention"
        case .swiGLU: "swiGLU"
        case .swiGLUGradient: "swiGLUGradient"
        case .add: "add"
        case .copy: "copy"
        case .dequantize: "dequantize"
        case .crossEntropy: "crossEntropy"
        case .logProbabilities: "logProbabilities"
        case .logProbabilitiesGradient: "logProbabilitiesGradient"
        case .preferenceLoss: "preferenceLoss"
        case .logits: "logits"
        case .greedyToken: "greedyToken"
        case .sumOfSquares: "sumOfSquares"
        case .clipFactor: "clipFactor"
        case .adamW: "adamW"
        case .elementwise(let kind): kind.rawValue
        case .collective(let collective): collective.name
        case .optimizerUpdate: "optimizerUpdate"
        case .release: "release"
        }
    }
}
