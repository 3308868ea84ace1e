import CGSL

/// A fit y ≈ Σ cⱼ xⱼ: the coefficients and how well they are known.
package struct LinearFit: Sendable, Hashable {
    /// One coefficient for each column.
    package let coefficients: [Double]
    /// The covariance of the coefficients.
    package let covariance: [[Double]]
    /// What is left: target − prediction.
    package let residuals: [Double]
    /// The standard deviation of the residuals; robust for a robust fit, of unit weight for a weighted one.
    package let deviation: Double

    /// The standard error of each coefficient.
    package var standardErrors: [Double] {
        covariance.indices.map { covariance[$0][$0].squareRoot() }
    }

    /// The value that the fit has for a row of columns.
    package func value(at row: [Double]) -> Double {
        zip(coefficients, row).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// The standard error of `value(at:)`, without the scatter of a new observation.
    package func standardError(at row: [Double]) -> Double {
        quadraticForm(covariance, row).squareRoot()
    }

    /// Least squares, optionally weighted by the inverse variances of the targets.
    ///
    /// Without weights the covariance is scaled by the scatter of the residuals; with weights these say it.
    package static func leastSquares(
        rows: [[Double]], targets: [Double], weights: [Double]? = nil
    ) throws(StatisticsError) -> LinearFit {
        let columnCount = try check(rows, targets, weights)
        let x = try GSLMatrix(rows)
        let y = try GSLVector(targets)
        let c = try GSLVector([Double](repeating: 0, count: columnCount))
        let covariance = try GSLMatrix(rowCount: columnCount, columnCount: columnCount)
        var chiSquared = 0.0
        let doing = "A linear least-squares fit"
        let space = try unsafe GSL.allocated(
            gsl_multifit_linear_alloc(rows.count, columnCount), doing)
        defer { unsafe gsl_multifit_linear_free(space) }
        if let weights {
            let w = try GSLVector(weights)
            try GSL.check(
                unsafe gsl_multifit_wlinear(
                    x.pointer, w.pointer, y.pointer, c.pointer, covariance.pointer, &chiSquared,
                    space), doing)
        } else {
            try GSL.check(
                unsafe gsl_multifit_linear(
                    x.pointer, y.pointer, c.pointer, covariance.pointer, &chiSquared, space),
                doing)
        }
        let freedom = max(1, rows.count - columnCount)
        return LinearFit(
            c.values, covariance.rows, rows, targets, (chiSquared / Double(freedom)).squareRoot())
    }

    /// A fit that outliers hardly move: iteratively reweighted with Tukey's bisquare function.
    package static func robust(
        rows: [[Double]], targets: [Double]
    ) throws(StatisticsError) -> LinearFit {
        let columnCount = try check(rows, targets, nil)
        guard rows.count > columnCount else {
            throw .tooFewValues(of: "A robust fit", count: rows.count, needed: columnCount + 1)
        }
        let x = try GSLMatrix(rows)
        let y = try GSLVector(targets)
        let c = try GSLVector([Double](repeating: 0, count: columnCount))
        let covariance = try GSLMatrix(rowCount: columnCount, columnCount: columnCount)
        let doing = "A robust linear fit"
        let space = try unsafe GSL.allocated(
            gsl_multifit_robust_alloc(cgsl_bisquare(), rows.count, columnCount), doing)
        defer { unsafe gsl_multifit_robust_free(space) }
        try GSL.check(unsafe gsl_multifit_robust_maxiter(500, space), doing)
        let status = unsafe gsl_multifit_robust(
            x.pointer, y.pointer, c.pointer, covariance.pointer, space)
        // The coefficients of the last pass are still the best known when it did not settle.
        if status != Int32(GSL_EMAXITER) { try GSL.check(status, doing) }
        let statistics = unsafe gsl_multifit_robust_statistics(space)
        return LinearFit(
            c.values, covariance.rows, rows, targets, unsafe statistics.sigma_rob)
    }

    private init(
        _ coefficients: [Double], _ covariance: [[Double]], _ rows: [[Double]],
        _ targets: [Double], _ deviation: Double
    ) {
        self.coefficients = coefficients
        self.covariance = covariance
        self.deviation = deviation
        residuals = zip(rows, targets).map { row, target in
            target - zip(coefficients, row).reduce(0) { $0 + $1.0 * $1.1 }
        }
    }

    /// Checks the shape of the data and returns the number of columns.
    private static func check(
        _ rows: [[Double]], _ targets: [Double], _ weights: [Double]?
    ) throws(StatisticsError) -> Int {
        let columnCount = rows.first?.count ?? 0
        guard columnCount > 0, rows.count >= columnCount else {
            throw .tooFewValues(
                of: "A linear fit", count: rows.count, needed: max(1, columnCount))
        }
        for row in rows {
            guard row.count == columnCount else {
                throw .unequalCounts(
                    of: "A row of the fit", count: row.count, expected: columnCount)
            }
            try StatisticsError.checkFinite(row, "a row of the fit")
        }
        guard targets.count == rows.count else {
            throw .unequalCounts(
                of: "The list of targets", count: targets.count, expected: rows.count)
        }
        try StatisticsError.checkFinite(targets, "the targets")
        guard let weights else { return columnCount }
        guard weights.count == rows.count else {
            throw .unequalCounts(
                of: "The list of weights", count: weights.count, expected: rows.count)
        }
        try StatisticsError.checkFinite(weights, "the weights")
        if let negative = weights.first(where: { $0 < 0 }) {
            throw .outOfRange(of: "A weight", value: negative, expected: "zero or more")
        }
        return columnCount
    }
}

/// vᵀ · matrix · v, not below zero.
func quadraticForm(_ matrix: [[Double]], _ vector: [Double]) -> Double {
    var sum = 0.0
    for (row, left) in zip(matrix, vector) {
        for (entry, right) in zip(row, vector) { sum += left * entry * right }
    }
    return max(0, sum)
}
