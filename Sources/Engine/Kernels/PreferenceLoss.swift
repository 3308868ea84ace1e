import Glibc

/// The sigmoid loss of direct preference optimisation.
///
/// For each pair with summed log-probabilities π of the policy and ρ of the reference,
/// loss = −log σ(β · ((π_w − ρ_w) − (π_l − ρ_l))) (Rafailov et al. 2023, equation 7). Sequences
/// 0 ..< pairs are the chosen responses, pairs ..< 2 · pairs the rejected ones.
enum PreferenceLoss {
    /// Loss, gradient with respect to each row's log-probability, and metrics.
    ///
    /// policy, reference, gradient: [rows]; sequences: [rows], -1 for rows that do not count;
    /// sums: [2, sequenceCount] scratch; loss: [1]; metrics: [4] chosen reward, rejected reward,
    /// margin, accuracy. Loss and metrics are sums over the pairs, each times `pairWeight`.
    static func evaluate(
        rows: Int, sequenceCount: Int, beta: Double, pairWeight: Float,
        policy: UnsafePointer<Float>, reference: UnsafePointer<Float>,
        sequences: UnsafePointer<Int32>, loss: UnsafeMutablePointer<Float>,
        gradient: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Float>,
        metrics: UnsafeMutablePointer<Float>, accumulate: Bool
    ) {
        let pairs = sequenceCount / 2
        let beta = Float(beta)
        sums.update(repeating: 0, count: 2 * sequenceCount)
        let slopes = sums + sequenceCount
        for row in 0 ..< rows where sequences[row] >= 0 {
            let sequence = Int(sequences[row])
            sums[sequence] += policy[row] - reference[row]
            slopes[sequence] = 1  // There is such a response.
        }
        if !accumulate {
            loss[0] = 0
            metrics.update(repeating: 0, count: 4)
        }
        for pair in 0 ..< pairs where slopes[pair] + slopes[pairs + pair] > 0 {
            let (chosen, rejected) = (beta * sums[pair], beta * sums[pairs + pair])
            let margin = chosen - rejected
            // −log σ(x) = log(1 + e⁻ˣ), written so that neither sign overflows.
            loss[0] += pairWeight * (max(-margin, 0) + log1pf(expf(-abs(margin))))
            let slope = pairWeight * beta / (1 + expf(margin))
            slopes[pair] = -slope
            slopes[pairs + pair] = slope
            metrics[0] += pairWeight * chosen
            metrics[1] += pairWeight * rejected
            metrics[2] += pairWeight * margin
            metrics[3] += margin > 0 ? pairWeight : 0
        }
        for row in 0 ..< rows {
            gradient[row] = sequences[row] >= 0 ? slopes[Int(sequences[row])] : 0
        }
    }
}
