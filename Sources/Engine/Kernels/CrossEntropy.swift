import Glibc

/// The sizes of a language-model head and of what is kept of its logits at a time.
package struct HeadShape: Sendable, Hashable {
    /// Tokens.
    package let rows: Int
    /// Hidden width.
    package let width: Int
    /// Tokens to choose from.
    package let vocabulary: Int
    /// Rows of logits that the scratch holds: `chunk` · `vocabulary` floats.
    package let chunk: Int

    /// A shape; the chunk is at least one row.
    package init(rows: Int, width: Int, vocabulary: Int, chunk: Int) {
        self.rows = rows
        self.width = width
        self.vocabulary = vocabulary
        self.chunk = chunk
    }
}

/// The head and its losses together, so that the logits of all rows never exist.
///
/// hidden: [rows, width]; head: [vocabulary, width]; targets: [rows], negative for none. Rows without a
/// target or with weight 0 are left out before the product, so masked tokens cost nothing.
package enum CrossEntropy {
    /// Σ weight · cross-entropy over the rows, and its gradients.
    ///
    /// weights: [rows]; hiddenGradient: [rows, width]; headGradient: [vocabulary, width], if the head
    /// is trained.
    package static func forwardBackward(
        _ shape: HeadShape, hidden: UnsafePointer<Float>, head: UnsafePointer<Float>,
        targets: UnsafePointer<Int32>, weights: UnsafePointer<Float>,
        hiddenGradient: UnsafeMutablePointer<Float>, accumulateHidden: Bool,
        headGradient: UnsafeMutablePointer<Float>?, accumulateHead: Bool,
        scratch: UnsafeMutablePointer<Float>, workers: Workers
    ) -> Float {
        let pass = HeadPass(
            shape: shape, hidden: hidden, head: head, scratch: scratch, workers: workers)
        var total = 0.0
        pass.differentiate(
            counts: { targets[$0] >= 0 && weights[$0] != 0 }, hiddenGradient: hiddenGradient,
            accumulateHidden: accumulateHidden, headGradient: headGradient,
            accumulateHead: accumulateHead
        ) { chunk in
            total += pass.sum(over: chunk) { row, logits in
                let weight = weights[row]
                let target = Int(targets[row])
                let largest = Softmax.largest(logits, shape.vocabulary)
                let own = logits[target]
                let sum = Softmax.exponentiate(logits, shape.vocabulary, minus: largest)
                let share = weight / sum
                for i in 0 ..< shape.vocabulary { logits[i] *= share }
                logits[target] -= weight
                return Double(weight) * Double(largest + logf(sum) - own)
            }
        }
        return Float(total)
    }

    /// Σ weight · cross-entropy over the rows.
    package static func loss(
        _ shape: HeadShape, hidden: UnsafePointer<Float>, head: UnsafePointer<Float>,
        targets: UnsafePointer<Int32>, weights: UnsafePointer<Float>,
        scratch: UnsafeMutablePointer<Float>, workers: Workers
    ) -> Float {
        let pass = HeadPass(
            shape: shape, hidden: hidden, head: head, scratch: scratch, workers: workers)
        var total = 0.0
        pass.forEachChunk(gradient: false, counts: { targets[$0] >= 0 && weights[$0] != 0 }) {
            chunk in
            total += pass.sum(over: chunk) { row, logits in
                let normaliser = logSumExp(logits, shape.vocabulary)
                return Double(weights[row]) * Double(normaliser - logits[Int(targets[row])])
            }
        }
        return Float(total)
    }

    /// The log-probability of each row's target, and the log-sum-exp of its logits.
    ///
    /// logProbability, logSumExp: [rows]; both 0 where there is no target.
    package static func logProbabilities(
        _ shape: HeadShape, hidden: UnsafePointer<Float>, head: UnsafePointer<Float>,
        targets: UnsafePointer<Int32>, logProbability: UnsafeMutablePointer<Float>,
        logSumExp: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
        workers: Workers
    ) {
        let pass = HeadPass(
            shape: shape, hidden: hidden, head: head, scratch: scratch, workers: workers)
        logProbability.update(repeating: 0, count: shape.rows)
        logSumExp.update(repeating: 0, count: shape.rows)
        pass.forEachChunk(gradient: false, counts: { targets[$0] >= 0 }) { chunk in
            _ = pass.sum(over: chunk) { row, logits in
                let normaliser = Self.logSumExp(logits, shape.vocabulary)
                logSumExp[row] = normaliser
                logProbability[row] = logits[Int(targets[row])] - normaliser
                return 0
            }
        }
    }

    /// Gradients of `logProbabilities`; rows whose gradient is 0 cost nothing.
    ///
    /// logProbabilityGradient, logSumExp: [rows].
    package static func logProbabilitiesBackward(
        _ shape: HeadShape, logProbabilityGradient: UnsafePointer<Float>,
        hidden: UnsafePointer<Float>, head: UnsafePointer<Float>, targets: UnsafePointer<Int32>,
        logSumExp: UnsafePointer<Float>, hiddenGradient: UnsafeMutablePointer<Float>,
        accumulateHidden: Bool, headGradient: UnsafeMutablePointer<Float>?, accumulateHead: Bool,
        scratch: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        let pass = HeadPass(
            shape: shape, hidden: hidden, head: head, scratch: scratch, workers: workers)
        pass.differentiate(
            counts: { targets[$0] >= 0 && logProbabilityGradient[$0] != 0 },
            hiddenGradient: hiddenGradient, accumulateHidden: accumulateHidden,
            headGradient: headGradient, accumulateHead: accumulateHead
        ) { chunk in
            _ = pass.sum(over: chunk) { row, logits in
                let (slope, normaliser) = (logProbabilityGradient[row], logSumExp[row])
                for i in 0 ..< shape.vocabulary {
                    logits[i] = -slope * exponential(logits[i] - normaliser)
                }
                logits[Int(targets[row])] += slope
                return 0
            }
        }
    }

    /// The token with the largest logit for each row, the first of equals.
    ///
    /// output: [rows].
    package static func greedyTokens(
        _ shape: HeadShape, hidden: UnsafePointer<Float>, head: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Int32>, scratch: UnsafeMutablePointer<Float>,
        workers: Workers
    ) {
        let pass = HeadPass(
            shape: shape, hidden: hidden, head: head, scratch: scratch, workers: workers)
        pass.forEachChunk(gradient: false, counts: { _ in true }) { chunk in
            _ = pass.sum(over: chunk) { row, logits in
                let largest = Softmax.largest(logits, shape.vocabulary)
                var index = 0
                while index < shape.vocabulary - 1, logits[index] != largest { index += 1 }
                output[row] = Int32(index)
                return 0
            }
        }
    }

    @inline(__always)
    private static func logSumExp(_ logits: UnsafePointer<Float>, _ count: Int) -> Float {
        let largest = Softmax.largest(logits, count)
        return largest + logf(Softmax.sumOfExponentials(logits, count, minus: largest))
    }
}
