import StepPrograms

/// What one optimizer step showed.
package struct StepRecord: Sendable, Hashable {
    /// Counted from one.
    package var step: Int
    /// Mean loss of the target tokens, or of the preference pairs.
    package var loss: Double
    /// Norm of all gradients before clipping.
    package var gradientNorm: Double
    /// The learning rate of the step.
    package var learningRate: Double
    /// Tokens that are not padding.
    package var tokens: Int
    /// Wall-clock time of the step, batching excluded.
    package var seconds: Double
    /// What preference training adds.
    package var preference: Preference?

    /// Means over the pairs of a step.
    package struct Preference: Sendable, Hashable {
        /// β · (log π − log ρ) of the chosen responses.
        package var chosenReward: Double
        /// The same of the rejected ones.
        package var rejectedReward: Double
        /// Chosen minus rejected.
        package var rewardMargin: Double
        /// Share of pairs with a positive margin.
        package var accuracy: Double
    }
}
