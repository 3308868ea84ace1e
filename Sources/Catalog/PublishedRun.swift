import Quantities

/// A published pretraining run: how much was computed in how many accelerator hours.
package struct PublishedRun: Sendable, Hashable {
    /// The model as its source names it.
    package var model: String
    /// Its parameters.
    package var parameterCount: Double
    /// The tokens it was trained on.
    package var tokenCount: Double
    /// The name of the accelerator.
    package var device: String
    /// How many ran at once, when stated.
    package var deviceCount: Int?
    /// The sum over all accelerators.
    package var deviceTime: Seconds
    /// The share of the peak that the source reports, when it does.
    package var reportedUtilization: ClosedRange<Double>?
    /// Where it was published.
    package var provenance: Provenance

    /// The share of a peak rate that 6 · parameters · tokens imply (arXiv 2001.08361).
    package func impliedUtilization(ofPeak peak: FLOPsPerSecond) -> Double {
        FLOPs(6 * parameterCount * tokenCount) / deviceTime / peak
    }

    static let columns = [
        "model", "params", "tokens", "accelerator", "accelerator_hours", "date", "source",
    ]

    init(_ row: inout CSVRowReader) {
        model = row.requiredText("model")
        parameterCount = row.requiredNumber("params", in: 1 ... 1e15)
        tokenCount = row.requiredNumber("tokens", in: 1 ... 1e18)
        device = row.requiredText("accelerator")
        deviceCount = row.integer("accelerator_count", in: 1 ... 10_000_000)
        deviceTime = .hours(row.requiredNumber("accelerator_hours", in: 0.001 ... 1e12))
        let low = row.number("mfu_reported_low", in: 0 ... 1)
        let high = row.number("mfu_reported_high", in: 0 ... 1)
        if let low, let high {
            if low <= high {
                reportedUtilization = low ... high
            } else {
                row.reject("mfu_reported_high", "mfu_reported_high is below mfu_reported_low")
            }
        }
        provenance = row.provenance()
    }
}
