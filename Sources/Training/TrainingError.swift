import Quantities

/// Why a training run cannot start or go on.
package enum TrainingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The loss or the gradient is not a number any more.
    case diverged(step: Int, learningRate: Double)
    /// The data gave no batch.
    case noBatches
    /// An adapter that belongs to another model or strategy.
    case adapterMismatch(String)

    package var description: String {
        switch self {
        case .diverged(let step, let rate):
            "the run diverged: after step \(step) the loss or a weight is not a finite number; "
                + "nothing was saved: lower --learning-rate (it was "
                + (rate < 1 ? significant(rate) : String(rate)) + " in this step)"
        case .noBatches: "the data set has no row that fits the sequence length"
        case .adapterMismatch(let reason): reason
        }
    }
}
