/// What the shapes of each kind's operands must satisfy.
extension StepProgram {
    /// The reason why the operands of an op do not fit together, or nil when they do.
    func shapeProblem(_ op: Op) -> String? {
        func reads(_ place: Int) -> Shape { tensors[op.reads[place].index].shape }
        func writes(_ place: Int) -> Shape { tensors[op.writes[place].tensor.index].shape }
        func check(_ condition: Bool, _ rule: @autoclosure () -> String) -> String? {
            condition ? nil : rule()
        }
        switch op.kind {
        case .rotaryTable:
            return check(
                op.writes.allSatisfy {
                    self[$0.tensor].shape == Shape(reads(0).count, reads(1).count)
                },
                "tables must be [rows, frequencies]")
        case .embedding:
            return check(
                writes(0) == Shape(reads(0).count, reads(1).width),
                "the result must be [ids, table width]")
        case .embeddingGradient:
            return check(
                reads(0).rows == reads(1).count && reads(0).width == writes(0).width,
                "the gradient must have a row for each id and the table's width")
        case .rmsNorm, .rmsNormGradient:
            let (x, weight) = op.kind.isGradient ? (reads(1), reads(2)) : (reads(0), reads(1))
            return check(
                x.width % weight.count == 0 && writes(0) == x,
                "rows of width \(x.width) must be a multiple of the weight's \(weight.count)")
        case .linear:
            return check(
                reads(0).width == reads(1).width && writes(0).width == reads(1).outputs
                    && writes(0).rows == reads(0).rows
                    && (op.reads.count < 3 || reads(2).width == reads(1).outputs),
                "[rows, inputs] · [outputs, inputs]ᵀ must give [rows, outputs]")
        case .linearInputGradient:
            return check(
                reads(0).width == reads(1).outputs && writes(0).width == reads(1).width
                    && writes(0).rows == reads(0).rows,
                "[rows, outputs] · [outputs, inputs] must give [rows, inputs]")
        case .linearWeightGradient:
            return check(
                reads(0).rows == reads(1).rows
                    && writes(0).outputs == reads(0).width
                    && writes(0).width == reads(1).width,
                "[rows, outputs]ᵀ · [rows, inputs] must give [outputs, inputs]")
        case .biasGradient:
            return check(writes(0).width == reads(0).width, "the gradient must be one row")
        case .rotary:
            return check(
                reads(0) == writes(0) && reads(1) == reads(2) && reads(0).rows == reads(1).rows
                    && reads(0).width % (2 * reads(1).width) == 0,
                "heads must be twice as wide as the table")
        case .attention(let headWidth):
            return attentionProblem(reads(0), reads(1), reads(2), headWidth)
                ?? check(writes(0) == reads(0), "the output must be as large as the query")
        case .attentionGradient(let headWidth):
            return attentionProblem(reads(1), reads(2), reads(3), headWidth)
                ?? check(
                    writes(0) == reads(1) && writes(1) == reads(2) && writes(2) == reads(3),
                    "gradients must be as large as query, key and value")
        case .cachedAttention(let headWidth):
            return attentionProblem(reads(0), reads(1), reads(2), headWidth)
                ?? check(
                    writes(1).width == reads(1).width && writes(1) == writes(2),
                    "caches must be [slots, capacity, key width]")
        case .swiGLU:
            return check(
                reads(0) == reads(1) && writes(0) == reads(0), "gate, up and result must agree")
        case .swiGLUGradient:
            return check(
                op.reads.allSatisfy { self[$0].shape == reads(0) }
                    && op.writes.allSatisfy { self[$0.tensor].shape == reads(0) },
                "all operands must agree")
        case .add, .copy:
            return check(reads(0).count == writes(0).count, "both sides must be as large")
        case .dequantize: return check(reads(0) == writes(0), "both sides must be as large")
        case .crossEntropy, .logProbabilities, .logits, .greedyToken:
            return check(reads(0).width == reads(1).width, "hidden and head widths must agree")
        case .logProbabilitiesGradient:
            return check(
                reads(1).width == reads(2).width && writes(0) == reads(1),
                "hidden and head widths must agree")
        case .preferenceLoss:
            return check(
                reads(0) == reads(1) && reads(0).count == reads(2).count && writes(1) == reads(0),
                "policy, reference and sequence ids must have a value for each row")
        case .sumOfSquares, .clipFactor:
            return check(writes(0).count == 1, "the result is one number")
        case .elementwise(let kind):
            return check(
                kind.resizes || op.reads.contains { self[$0].shape.count == writes(0).count },
                "the result must be as large as an operand")
        case .collective, .optimizerUpdate, .release: return nil
        case .adamW:
            return check(
                op.writes.prefix(3).allSatisfy {
                    self[$0.tensor].shape.count == reads(0).count
                },
                "parameter, gradient and moments must be as large")
        }
    }

    private func attentionProblem(
        _ query: Shape, _ key: Shape, _ value: Shape, _ headWidth: Int
    ) -> String? {
        let fits =
            key == value && query.rows == key.rows && key.width % headWidth == 0
            && query.width % key.width == 0
        return fits
            ? nil : "query heads must be a multiple of key heads, each \(headWidth) wide"
    }
}

extension OpKind.Elementwise {
    /// Whether the result may be of another size than the operands.
    fileprivate var resizes: Bool {
        switch self {
        case .inverseRMS, .columnSums, .product, .moved: true
        default: false
        }
    }
}

extension OpKind {
    fileprivate var isGradient: Bool {
        if case .rmsNormGradient = self { true } else { false }
    }
}
