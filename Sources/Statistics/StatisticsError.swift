/// Why a statistic cannot be had.
package enum StatisticsError: Error, Hashable, CustomStringConvertible {
    /// Fewer values than the statistic needs.
    case tooFewValues(of: String, count: Int, needed: Int)
    /// Lists that must be of one length are not.
    case unequalCounts(of: String, count: Int, expected: Int)
    /// A value that is infinite or not a number.
    case notFinite(of: String, index: Int)
    /// An argument outside its range.
    case outOfRange(of: String, value: Double, expected: String)
    /// The numerical library gave up.
    case failed(doing: String, reason: String)

    package var description: String {
        switch self {
        case .tooFewValues(let what, let count, let needed):
            "\(what) needs at least \(needed) values, got \(count)."
        case .unequalCounts(let what, let count, let expected):
            "\(what) has \(count) values, expected \(expected)."
        case .notFinite(let what, let index):
            "Value \(index) of \(what) is infinite or not a number."
        case .outOfRange(let what, let value, let expected):
            "\(what) is \(value), expected \(expected)."
        case .failed(let doing, let reason):
            "\(doing) failed: \(reason)."
        }
    }

    static func checkFinite(_ values: [Double], _ what: String) throws(StatisticsError) {
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw .notFinite(of: what, index: index)
        }
    }

    static func checkConfidence(_ confidence: Double) throws(StatisticsError) {
        if !(confidence > 0 && confidence < 1) {
            throw .outOfRange(of: "The confidence", value: confidence, expected: "between 0 and 1")
        }
    }
}
