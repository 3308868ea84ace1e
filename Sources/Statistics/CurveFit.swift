import CGSL

/// A fit of a function that is not linear in its parameters (Levenberg and Marquardt).
package struct CurveFit: Sendable, Hashable {
    /// The parameters with the least sum of squares.
    package let parameters: [Double]
    /// The covariance of the parameters, scaled by the scatter of the residuals.
    package let covariance: [[Double]]
    /// The residuals there.
    package let residuals: [Double]
    /// How many steps it took.
    package let stepCount: Int
    /// Whether the steps became as small as asked; else the fit stopped where no step helped any more.
    package let isConverged: Bool

    /// The sum of the squares of the residuals.
    package var sumOfSquares: Double { residuals.reduce(0) { $0 + $1 * $1 } }
    /// Residuals beyond what the parameters need.
    package var degreesOfFreedom: Int { residuals.count - parameters.count }
    /// The standard error of each parameter.
    package var standardErrors: [Double] {
        covariance.indices.map { max(0, covariance[$0][$0]).squareRoot() }
    }

    /// Finds the parameters that make the residuals small, from a first guess.
    ///
    /// The residuals at `start` must be finite, and there are at least as many as parameters. The
    /// closure fills the residuals √weight · (model − observation) for given parameters.
    package static func leastSquares(
        from start: [Double], residualCount: Int, stepLimit: Int = 400,
        residuals: ([Double], inout [Double]) -> Void
    ) throws(StatisticsError) -> CurveFit {
        guard !start.isEmpty, residualCount >= start.count else {
            throw .tooFewValues(
                of: "A curve fit", count: residualCount, needed: max(1, start.count))
        }
        try StatisticsError.checkFinite(start, "the first guess")
        var first = [Double](repeating: 0, count: residualCount)
        residuals(start, &first)
        guard first.count == residualCount else {
            throw .unequalCounts(
                of: "The list of residuals", count: first.count, expected: residualCount)
        }
        try StatisticsError.checkFinite(first, "the residuals at the first guess")
        do {
            // The closure does not outlive this call; GSL only calls it while the driver runs.
            return try withoutActuallyEscaping(residuals) { residuals in
                let problem = Problem(residuals, residualCount)
                return try withExtendedLifetime(problem) { try solve(problem, start, stepLimit) }
            }
        } catch let error as StatisticsError {
            throw error
        } catch {
            throw .failed(doing: "A curve fit", reason: "\(error)")
        }
    }

    private static func solve(
        _ problem: Problem, _ start: [Double], _ stepLimit: Int
    ) throws -> CurveFit {
        let doing = "A curve fit"
        let x = try GSLVector(start)
        let covariance = try GSLMatrix(rowCount: start.count, columnCount: start.count)
        var options = unsafe gsl_multifit_nlinear_default_parameters()
        unsafe options.fdtype = GSL_MULTIFIT_NLINEAR_CTRDIFF
        let space = try unsafe GSL.allocated(
            gsl_multifit_nlinear_alloc(
                cgsl_trust_region(), &options, problem.residualCount, start.count), doing)
        defer { unsafe gsl_multifit_nlinear_free(space) }
        var system = unsafe gsl_multifit_nlinear_fdf()
        unsafe system.f = evaluate
        unsafe system.n = problem.residualCount
        unsafe system.p = start.count
        unsafe system.params = Unmanaged.passUnretained(problem).toOpaque()
        return try unsafe withUnsafeMutablePointer(to: &system) { system in
            try GSL.check(unsafe gsl_multifit_nlinear_init(x.pointer, system, space), doing)
            var reason: Int32 = 0
            let status = unsafe gsl_multifit_nlinear_driver(
                stepLimit, 1e-10, 1e-10, 0, nil, nil, &reason, space)
            let isStuck =
                status == Int32(GSL_ENOPROG) || status == Int32(GSL_EMAXITER)
            if !isStuck { try GSL.check(status, doing) }
            let found = unsafe GSLVector.values(of: space.pointee.x)
            let left = unsafe GSLVector.values(of: space.pointee.f)
            let jacobian = unsafe gsl_multifit_nlinear_jac(space)
            try GSL.check(
                unsafe gsl_multifit_nlinear_covar(jacobian, 0, covariance.pointer), doing)
            let squares = left.reduce(0) { $0 + $1 * $1 }
            let variance = squares / Double(max(1, left.count - found.count))
            return CurveFit(
                parameters: found,
                covariance: covariance.rows.map { row in row.map { $0 * variance } },
                residuals: left, stepCount: unsafe gsl_multifit_nlinear_niter(space),
                isConverged: !isStuck)
        }
    }

    /// What the C callback works on.
    fileprivate final class Problem {
        let residuals: ([Double], inout [Double]) -> Void
        let residualCount: Int
        var work: [Double]

        init(_ residuals: @escaping ([Double], inout [Double]) -> Void, _ residualCount: Int) {
            self.residuals = residuals
            self.residualCount = residualCount
            work = [Double](repeating: 0, count: residualCount)
        }
    }
}

/// Fills the residuals; where the function has no finite value they are huge, so that the step is undone.
private func evaluate(
    _ x: UnsafePointer<gsl_vector>?, _ context: UnsafeMutableRawPointer?,
    _ f: UnsafeMutablePointer<gsl_vector>?
) -> Int32 {
    guard let x = unsafe x, let f = unsafe f, let context = unsafe context else {
        return Int32(GSL_EFAULT)
    }
    let problem = unsafe Unmanaged<CurveFit.Problem>.fromOpaque(context).takeUnretainedValue()
    problem.residuals(unsafe GSLVector.values(of: x), &problem.work)
    guard problem.work.count == problem.residualCount else { return Int32(GSL_EBADLEN) }
    for (index, value) in problem.work.enumerated() {
        unsafe gsl_vector_set(f, index, value.isFinite ? value : 1e100)
    }
    return Int32(GSL_SUCCESS)
}
