/// Why a calibration cannot be done.
package enum CalibrationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The micro-benchmarks of a kind admit no rate.
    case noFit(kind: String)
    /// A measuring run ended badly.
    case measurementFailed(String)

    package var description: String {
        switch self {
        case .noFit(let kind):
            "the micro-benchmarks of \(kind) gave times from which no rate follows; is another job "
                + "using this machine?"
        case .measurementFailed(let reason): reason
        }
    }
}
