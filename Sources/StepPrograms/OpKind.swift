/// The kinds of op, at transformer granularity.
///
/// Letters in the operand lists: n rows (tokens of all sequences, one after another), h hidden width,
/// o outputs, v vocabulary, a heads, g key-value heads, d head width. A trailing `?` is optional.
/// Wherever kinds are handled the `switch` has no `default`, so that a new kind is a compile error in
/// each place that must know it: differentiation, verification, cost, execution, description.
package enum OpKind: Sendable, Hashable {
    /// segmentStarts [n] → cosine [n, d/2], sine [n, d/2] with the frequencies given [d/2]:
    /// reads positions' segment starts, frequencies.
    case rotaryTable
    /// ids [n], table [v, h] → [n, h]
    case embedding
    /// d-output [n, h], ids [n] → d-table [v, h]
    case embeddingGradient
    /// x [n, h], weight [w] → y [n, h], inverse root mean square [n·h/w]; rows of width w.
    case rmsNorm(epsilon: Double)
    /// dy, x, weight, inverse root mean square → dx, d-weight?, workspace
    case rmsNormGradient
    /// x [n, i], weight [o, i], bias [o]? → y [n, o] = scale · x · weightᵀ + bias
    case linear(scale: Double)
    /// dy [n, o], weight [o, i] → dx [n, i] = scale · dy · weight
    case linearInputGradient(scale: Double)
    /// dy [n, o], x [n, i] → d-weight [o, i] = scale · dyᵀ · x
    case linearWeightGradient(scale: Double)
    /// dy [n, o] → d-bias [o]
    case biasGradient
    /// x [n, a·d] in place, cosine, sine: each half-split pair turned by its angle, or back.
    case rotary(inverse: Bool)
    /// query [n, a·d], key [n, g·d], value [n, g·d], segmentStarts [n]
    /// → output [n, a·d], log-sum-exp [n, a], workspace; causal within segments.
    case attention(headWidth: Int)
    /// d-output, query, key, value, output, log-sum-exp, segmentStarts
    /// → d-query, d-key, d-value, workspace
    case attentionGradient(headWidth: Int)
    /// query, key, value of the new rows, slots [n], positions [n]
    /// → output, key cache, value cache [slots, capacity, g·d] (in place), workspace
    case cachedAttention(headWidth: Int)
    /// gate [n, f], up [n, f] → silu(gate) ∘ up
    case swiGLU
    /// d-output, gate, up → d-gate, d-up
    case swiGLUGradient
    /// x → y in place: y += x
    case add
    /// x → y
    case copy
    /// NF4 weight [o, i] → float32 [o, i]
    case dequantize
    /// hidden [n, h], head [v, h], targets [n], row weights [n]
    /// → loss [1], workspace [chunk, v], d-hidden?, d-head?: the weighted sum of token cross-entropies
    /// and its gradient, `chunk` rows at a time, so that all logits never exist together.
    case crossEntropy(chunk: Int)
    /// hidden, head, targets → log-probability [n], log-sum-exp [n], workspace [chunk, v]
    case logProbabilities(chunk: Int)
    /// d-log-probability [n], hidden, head, targets, log-sum-exp
    /// → d-hidden, workspace, d-head?
    case logProbabilitiesGradient(chunk: Int)
    /// policy log-probability [n], reference log-probability [n], sequence of each row [n], scalars
    /// → loss [1], d-log-probability [n], sums [2, pairs·2], metrics [4]
    /// The sigmoid loss of direct preference optimisation (Rafailov et al. 2023, equation 7).
    case preferenceLoss(beta: Double)
    /// hidden [n, h], head [v, h] → logits [n, v]
    case logits
    /// hidden, head → arg-max token [n], workspace [chunk, v]
    case greedyToken(chunk: Int)
    /// gradients… → sum of squares [1]
    case sumOfSquares
    /// sum of squares [1] → clip factor [1], norm [1]
    case clipFactor(maximumNorm: Double?)
    /// gradient, clip factor [1], scalars [learning rate, 1 − β₁ᵗ, 1 − β₂ᵗ, pair weight]
    /// → parameter, first moment, second moment (all in place), workspace?. Decoupled decay
    /// (Loshchilov & Hutter 2019).
    case adamW(AdamW)

    /// operands… → one result: an op of an eager framework, which keeps what its derivative reads.
    case elementwise(Elementwise)
    /// operands… → results on each rank of a group: an exchange between devices.
    case collective(Collective)
    /// gradients… → parameters and states (in place), temporaries: a framework's optimizer, all
    /// parameters at once.
    case optimizerUpdate
    /// tensors… that something still referred to until now; costs nothing.
    case release

    /// An exchange between the ranks of a group.
    package enum Collective: Sendable, Hashable {
        /// shards → whole tensors
        case allGather(Group)
        /// whole tensors → shards of their sum
        case reduceScatter(Group)
        /// tensors → their sum, in place
        case allReduce(Group)
        /// rows → rows of other ranks
        case allToAll(Group)
        /// rows → the next stage of a pipeline
        case send(Group)

        /// The ranks that take part.
        package var group: Group {
            switch self {
            case .allGather(let group), .reduceScatter(let group), .allReduce(let group),
                .allToAll(let group), .send(let group):
                group
            }
        }
        /// The name in dumps.
        package var name: String {
            switch self {
            case .allGather: "allGather"
            case .reduceScatter: "reduceScatter"
            case .allReduce: "allReduce"
            case .allToAll: "allToAll"
            case .send: "send"
            }
        }
    }

    /// The ranks that exchange data, by what they divide among them.
    package enum Group: String, Sendable, Hashable, CaseIterable {
        case data, tensor, pipeline, context, expert
    }

    /// The separate ops into which eager frameworks split what the local engine fuses.
    package enum Elementwise: String, Sendable, Hashable, CaseIterable {
        /// The same numbers in another format.
        case cast
        /// x + y
        case sum
        /// x ∘ y; y may be one column or one row.
        case product
        /// A multiple of x.
        case scaled
        /// silu(x), and other functions whose derivative reads x.
        case silu, gelu, cube, square, relu
        /// tanh(x), and other functions whose derivative reads the result.
        case tanh, sigmoid, softmax
        /// Derivative of a function of one operand: d-output, x or the result → dx
        case unaryGradient
        /// x with part of it dropped, by a mask or, in a fused kernel, by what x itself tells: the
        /// derivative reads the second operand.
        case dropout
        /// Rows picked, put back, padded, laid out anew: the derivative reads nothing.
        case moved
        /// 1 / √(mean of squares of a row + ε), one column.
        case inverseRMS
        /// Derivative of the inverse root mean square: d-column, x, column → dx
        case inverseRMSGradient
        /// Rotary embedding out of place.
        case rotated
        /// The sum of all rows.
        case columnSums
        /// logits [n, v], targets [n] → log-softmax [n, v]
        case logSoftmax
        /// log-softmax [n, v], targets [n] → d-logits [n, v]
        case logSoftmaxGradient
    }

    /// Constants of the AdamW update.
    package struct AdamW: Sendable, Hashable {
        /// Decay of the first moment.
        package var beta1 = 0.9
        /// Decay of the second moment.
        package var beta2 = 0.999
        /// Added to the root of the second moment.
        package var epsilon = 1e-8
        /// Decoupled weight decay.
        package var weightDecay: Double

        package init(weightDecay: Double) { self.weightDecay = weightDecay }
    }
}

/// Places in the scalars that the trainer writes before each step.
package enum StepScalar: Int, Sendable, CaseIterable {
    /// The learning rate of this step.
    case learningRate
    /// 1 − β₁ᵗ
    case firstBiasCorrection
    /// 1 − β₂ᵗ
    case secondBiasCorrection
    /// One over the number of preference pairs in the step.
    case pairWeight
}
