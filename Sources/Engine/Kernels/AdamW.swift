import StepPrograms

/// The AdamW update with decoupled weight decay (Loshchilov & Hutter 2019).
package enum AdamW {
    /// One step in place, in the order of operations of `torch.optim.AdamW`.
    ///
    /// parameter, gradient, firstMoment, secondMoment: [count]. The bias corrections are 1 − βᵗ;
    /// `gradientScale` is the clip factor.
    package static func step(
        count: Int, parameter: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
        firstMoment: UnsafeMutablePointer<Float>, secondMoment: UnsafeMutablePointer<Float>,
        constants: OpKind.AdamW, learningRate: Float, firstBiasCorrection: Float,
        secondBiasCorrection: Float, gradientScale: Float, workers: Workers
    ) {
        let kept = Float(1 - Double(learningRate) * constants.weightDecay)
        let firstShare = Float(1 - constants.beta1)
        let secondKept = Float(constants.beta2)
        let secondShare = Float(1 - constants.beta2)
        let stepSize = Float(-Double(learningRate) / Double(firstBiasCorrection))
        let root = Float(Double(secondBiasCorrection).squareRoot())
        let epsilon = Float(constants.epsilon)
        workers.split(count) { range, _ in
            for i in range {
                let g = gradient[i] * gradientScale
                let m = firstMoment[i] + firstShare * (g - firstMoment[i])
                let v = secondMoment[i] * secondKept + secondShare * g * g
                // abs promises that v is not negative; without it the compiler does not vectorise.
                let denominator = abs(v).squareRoot() / root + epsilon
                firstMoment[i] = m
                secondMoment[i] = v
                parameter[i] = parameter[i] * kept + stepSize * m / denominator
            }
        }
    }
}
