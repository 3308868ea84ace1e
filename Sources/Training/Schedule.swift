import Foundation

/// How the learning rate changes over a run.
package struct Schedule: Sendable, Hashable {
    /// The shape after warm-up.
    package enum Shape: String, Sendable, Hashable, CaseIterable {
        case constant, linear, cosine
    }

    /// The shape after warm-up.
    package var shape: Shape
    /// The highest rate.
    package var learningRate: Double
    /// Steps over which the rate climbs from zero.
    package var warmupSteps: Int
    /// Steps of the whole run.
    package var totalSteps: Int

    package init(shape: Shape, learningRate: Double, warmupSteps: Int, totalSteps: Int) {
        self.shape = shape
        self.learningRate = learningRate
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
    }

    /// The rate of a step, counted from zero.
    ///
    /// The same functions as the `get_*_schedule_with_warmup` of transformers: the first step of a run
    /// with warm-up has rate zero.
    package func learningRate(at step: Int) -> Double {
        if step < warmupSteps { return learningRate * Double(step) / Double(max(1, warmupSteps)) }
        let done = Double(step - warmupSteps) / Double(max(1, totalSteps - warmupSteps))
        switch shape {
        case .constant: return learningRate
        case .linear: return learningRate * max(0, 1 - done)
        case .cosine: return learningRate * max(0, 0.5 * (1 + cos(Double.pi * done)))
        }
    }
}
