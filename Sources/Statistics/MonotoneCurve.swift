import CGSL

/// A smooth curve through the points of a table that rises and falls only where the table does
/// (Steffen, Astronomy and Astrophysics 239, 1990).
///
/// Below the first and above the last point it keeps their values.
@safe
package final class MonotoneCurve: @unchecked Sendable {
    // Safe to share: nothing changes after `init`, and an evaluation without an accelerator only reads.
    private let interpolation: UnsafeMutablePointer<gsl_interp>
    /// The abscissae of the table, ascending.
    package let x: [Double]
    /// The ordinates of the table.
    package let y: [Double]

    /// A curve through at least three points with ascending `x`.
    package init(x: [Double], y: [Double]) throws(StatisticsError) {
        guard x.count >= 3 else {
            throw .tooFewValues(of: "A curve", count: x.count, needed: 3)
        }
        guard x.count == y.count else {
            throw .unequalCounts(of: "The list of ordinates", count: y.count, expected: x.count)
        }
        try StatisticsError.checkFinite(x, "the abscissae")
        try StatisticsError.checkFinite(y, "the ordinates")
        for (left, right) in zip(x, x.dropFirst()) where left >= right {
            throw .outOfRange(of: "An abscissa", value: right, expected: "more than \(left)")
        }
        _ = GSL.isQuiet
        let allocated = try unsafe GSL.allocated(
            gsl_interp_alloc(cgsl_steffen(), x.count), "A curve")
        let status = unsafe gsl_interp_init(allocated, x, y, x.count)
        if status != 0 {
            unsafe gsl_interp_free(allocated)
            throw .failed(doing: "A curve", reason: GSL.reason(status))
        }
        unsafe interpolation = allocated
        self.x = x
        self.y = y
    }

    deinit { unsafe gsl_interp_free(interpolation) }

    /// The ordinate at an abscissa.
    package func callAsFunction(_ position: Double) -> Double {
        if !(position > x[0]) { return y[0] }
        if position >= x[x.count - 1] { return y[y.count - 1] }
        return unsafe gsl_interp_eval(interpolation, x, y, position, nil)
    }
}
