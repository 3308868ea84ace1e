import Catalog
import Planning
import Quantities

/// A prediction of one figure of a run: what its source calls peak memory.
package struct MemoryPrediction: Sendable, Hashable {
    /// What the figure counts.
    package var kind: MemoryMeasurement.Kind
    /// The range and the best single answer, in the unit that the source prints.
    package var estimate: Estimate<Bytes>
    /// The best answer had every example the mean length that the row notes, or one token where it notes
    /// none; nil when the fullest microbatch is known.
    package var shortest: Bytes?
    /// Whether the run fits its device; nil when the device is unknown.
    package var fits: Bool?
    /// What it rests on.
    package var derived: DerivedMemory

    package init(
        kind: MemoryMeasurement.Kind, estimate: Estimate<Bytes>, shortest: Bytes?, fits: Bool?,
        derived: DerivedMemory
    ) {
        self.kind = kind
        self.estimate = estimate
        self.shortest = shortest
        self.fits = fits
        self.derived = derived
    }
}

/// One row of a back-test.
package struct BacktestRow: Sendable, Hashable {
    /// The row.
    package var measurement: MemoryMeasurement
    /// The framework's name among those that are modelled.
    package var framework: String
    /// The prediction; nil when there is none.
    package var prediction: MemoryPrediction?
    /// Cells that were filled in.
    package var assumed: [String] = []
    /// Why there is no prediction.
    package var skippedReason: String?
    /// Whether the row's place is a list of runs that ran out of memory.
    package var ranOutOfMemory: Bool { measurement.ranOutOfMemory && skippedReason == nil }

    package init(
        _ measurement: MemoryMeasurement, framework: String, prediction: MemoryPrediction? = nil,
        assumed: [String] = [], skippedReason: String? = nil
    ) {
        self.measurement = measurement
        self.framework = framework
        self.prediction = prediction
        self.assumed = assumed
        self.skippedReason = skippedReason
    }

    /// Predicted over measured, less one.
    ///
    /// Where the longest examples may never have met in a microbatch, a measured value between the
    /// prediction at the mean length and the one at the maximum is no error.
    package var signedError: Double? {
        guard let measured = measurement.peak, let prediction else { return nil }
        let likely = prediction.estimate.likely
        guard let shortest = prediction.shortest, measured < likely else {
            return likely / measured - 1
        }
        return max(shortest / measured - 1, 0)
    }

    /// Whether the measured value lies in the predicted range.
    package var isInRange: Bool? {
        guard let measured = measurement.peak, let prediction else { return nil }
        return prediction.estimate.low <= measured && measured <= prediction.estimate.high
    }

    /// Half of the range over the likely value.
    package var halfWidth: Double? {
        guard let estimate = prediction?.estimate, estimate.likely > .zero else { return nil }
        return (estimate.high - estimate.low) / estimate.likely / 2
    }

    /// Whether the row has the best two grades of quality.
    package var isWellSpecified: Bool { (measurement.run.quality ?? .c) <= .b }

    /// Whether bars count the row: measured, of the best two grades and held out of every fit.
    package var isJudged: Bool {
        measurement.run.isHeldOut && isWellSpecified && measurement.peak != nil
    }

    /// "one GPU" or "several GPUs".
    package var deviceWords: String {
        measurement.run.usesSeveralDevices ? "several GPUs" : "one GPU"
    }

    /// What the measured figure counts as the row says it; of a run without one, what is predicted.
    package var kindWords: String {
        (measurement.peak == nil ? prediction?.kind ?? .unknown : measurement.kind).rawValue
    }
}
