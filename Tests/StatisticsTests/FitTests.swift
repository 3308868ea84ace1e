import Foundation
import Statistics
import Testing

/// Whether two numbers agree to a relative tolerance; false for anything that is not a number.
func agrees(_ value: Double, _ expected: Double, _ tolerance: Double) -> Bool {
    abs(value - expected) <= tolerance * abs(expected)
}

@Suite struct LinearFitTests {
    @Test func aLineThroughPointsOnItIsExact() throws {
        let fit = try LinearFit.leastSquares(
            rows: [[1, 0], [1, 1], [1, 2]], targets: [2, 5, 8])
        #expect(agrees(fit.coefficients[0], 2, 1e-12))
        #expect(agrees(fit.coefficients[1], 3, 1e-12))
        #expect(fit.residuals.allSatisfy { abs($0) < 1e-12 })
        #expect(agrees(fit.value(at: [1, 10]), 32, 1e-12))
    }

    /// The weighted example of the library's manual: −106.6 + 0.06 x, covariance 39602, −19.9, 0.01.
    @Test func theManualsWeightedExample() throws {
        let fit = try LinearFit.leastSquares(
            rows: [1970, 1980, 1990, 2000].map { [1, $0] }, targets: [12, 11, 14, 13],
            weights: [0.1, 0.2, 0.3, 0.4])
        #expect(agrees(fit.coefficients[0], -106.6, 1e-9))
        #expect(agrees(fit.coefficients[1], 0.06, 1e-9))
        #expect(agrees(fit.covariance[0][0], 39_602, 1e-7))
        #expect(agrees(fit.covariance[0][1], -19.9, 1e-7))
        #expect(agrees(fit.covariance[1][1], 0.01, 1e-7))
        #expect(agrees(fit.deviation * fit.deviation * 2, 0.8, 1e-9))
    }

    /// NIST's certified values of the data set Norris.
    @Test func norris() throws {
        let points = zip(Norris.x, Norris.y)
        let fit = try LinearFit.leastSquares(
            rows: points.map { [1, $0.0] }, targets: points.map(\.1))
        #expect(agrees(fit.coefficients[0], -0.262323073774029, 1e-9))
        #expect(agrees(fit.coefficients[1], 1.00211681802045, 1e-11))
        #expect(agrees(fit.standardErrors[0], 0.232818234301152, 1e-9))
        #expect(agrees(fit.standardErrors[1], 0.429796848199937e-03, 1e-9))
        #expect(agrees(fit.deviation, 0.884796396144373, 1e-9))
        #expect(agrees(fit.standardError(at: [1, 0]), 0.232818234301152, 1e-9))
    }

    @Test func aRobustFitForgivesOutliers() throws {
        let random = RandomNumbers(seed: 5)
        let x = (0 ..< 40).map { Double($0) }
        var y = x.map { 1 + 2 * $0 + random.normal(deviation: 0.1) }
        for index in stride(from: 0, to: 40, by: 8) { y[index] += 100 }
        let rows = x.map { [1, $0] }
        let robust = try LinearFit.robust(rows: rows, targets: y)
        let plain = try LinearFit.leastSquares(rows: rows, targets: y)
        #expect(abs(robust.coefficients[0] - 1) < 0.15)
        #expect(abs(robust.coefficients[1] - 2) < 0.01)
        #expect(abs(plain.coefficients[0] - 1) > 5)
        #expect(robust.deviation < 1)
    }

    @Test func saysWhatIsWrongWithTheData() {
        let cases: [([[Double]], [Double], [Double]?, String)] = [
            ([], [], nil, "A linear fit needs at least 1 values, got 0."),
            ([[1, 2]], [1], nil, "A linear fit needs at least 2 values, got 1."),
            ([[1], [1, 2]], [1, 2], nil, "A row of the fit has 2 values, expected 1."),
            ([[1], [2]], [1], nil, "The list of targets has 1 values, expected 2."),
            (
                [[1], [.infinity]], [1, 2], nil,
                "Value 0 of a row of the fit is infinite or not a number."
            ),
            ([[1], [2]], [1, 2], [1, -1], "A weight is -1.0, expected zero or more."),
        ]
        for (rows, targets, weights, message) in cases {
            let error = #expect(throws: StatisticsError.self) {
                try LinearFit.leastSquares(rows: rows, targets: targets, weights: weights)
            }
            #expect(error?.description == message)
        }
    }
}

@Suite struct CurveFitTests {
    /// NIST's certified values of the data set Misra1a, from both of its starting points.
    @Test(arguments: [[500, 0.0001], [250, 0.0005]])
    func misra(start: [Double]) throws {
        let fit = try CurveFit.leastSquares(from: start, residualCount: Misra.x.count) {
            parameters, residuals in
            for (index, x) in Misra.x.enumerated() {
                residuals[index] = parameters[0] * (1 - exp(-parameters[1] * x)) - Misra.y[index]
            }
        }
        #expect(fit.isConverged)
        #expect(agrees(fit.parameters[0], 2.3894212918E+02, 1e-7))
        #expect(agrees(fit.parameters[1], 5.5015643181E-04, 1e-7))
        #expect(agrees(fit.standardErrors[0], 2.7070075241E+00, 1e-5))
        #expect(agrees(fit.standardErrors[1], 7.2668688436E-06, 1e-5))
        #expect(agrees(fit.sumOfSquares, 1.2455138894E-01, 1e-8))
        #expect(fit.degreesOfFreedom == 12)
    }

    @Test func stepsWhereTheFunctionIsUndefinedAreUndone() throws {
        let x: [Double] = [1, 2, 3, 4, 5]
        let fit = try CurveFit.leastSquares(from: [20], residualCount: 5) { p, residuals in
            for index in x.indices { residuals[index] = log(p[0]) + x[index] - log(3) - x[index] }
        }
        #expect(agrees(fit.parameters[0], 3, 1e-6))
    }

    @Test func aGuessWithoutAValueIsRefused() {
        let error = #expect(throws: StatisticsError.self) {
            try CurveFit.leastSquares(from: [-1], residualCount: 2) { p, residuals in
                residuals[0] = log(p[0])
                residuals[1] = 1
            }
        }
        #expect(error == .notFinite(of: "the residuals at the first guess", index: 0))
        #expect(throws: StatisticsError.self) {
            try CurveFit.leastSquares(from: [1, 2, 3], residualCount: 2) { _, _ in }
        }
    }
}

@Suite struct PowerLawTests {
    @Test(arguments: [(0.2, 3.0, 0.5), (1.5, -20.0, 0.9), (0, 1.0, 0.1), (0.05, 400, 1.7)])
    func pointsOnACurveGiveItBack(floor: Double, scale: Double, exponent: Double) throws {
        let sizes: [Double] = [100, 200, 500, 1000, 3000, 10_000]
        let law = try PowerLaw(
            sizes: sizes, values: sizes.map { floor + scale * pow($0, -exponent) })
        #expect(abs(law.floor - floor) < 1e-4)
        #expect(agrees(law.exponent, exponent, 1e-4))
        #expect(agrees(law.scale, scale, 1e-3))
        #expect(abs(law.value(at: 50_000) - (floor + scale * pow(50_000, -exponent))) < 1e-4)
    }

    @Test func rangesHoldTheTruthAboutAsOftenAsTheySay() throws {
        let sizes = (0 ..< 8).map { 100 * pow(2, Double($0)) }
        let random = RandomNumbers(seed: 21)
        var hits = 0
        for _ in 0 ..< 200 {
            let values = sizes.map {
                0.3 + 4 * pow($0, -0.5) + random.normal(deviation: 0.004)
            }
            let law = try PowerLaw(sizes: sizes, values: values)
            let range = try law.range(at: 25_600, confidence: 0.9)
            if range.contains(0.3 + 4 * pow(25_600, -0.5)) { hits += 1 }
        }
        #expect(hits >= 160 && hits <= 198)
    }

    @Test func weightsPullTheCurve() throws {
        let sizes: [Double] = [10, 20, 40, 80, 160]
        var values = sizes.map { 1 + 5 / $0 }
        values[4] += 0.5
        let law = try PowerLaw(sizes: sizes, values: values, weights: [1, 1, 1, 1, 0])
        #expect(abs(law.floor - 1) < 1e-3)
    }

    @Test func tooFewOrEqualSizesAreRefused() {
        #expect(throws: StatisticsError.self) {
            try PowerLaw(sizes: [1, 2, 3], values: [1, 2, 3])
        }
        #expect(throws: StatisticsError.self) {
            try PowerLaw(sizes: [5, 5, 5, 5], values: [1, 2, 3, 4])
        }
        #expect(throws: StatisticsError.self) {
            try PowerLaw(sizes: [0, 1, 2, 3], values: [1, 2, 3, 4])
        }
    }
}

/// NIST Statistical Reference Datasets, linear regression: Norris.
private enum Norris {
    static let y: [Double] = [
        0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3, 0.1, 778.1,
        668.8, 339.3, 448.9, 10.8, 557.7, 228.3, 998.0, 888.8, 119.6, 0.3, 0.6, 557.6, 339.3, 888.0,
        998.5, 778.9, 10.2, 117.6, 228.9, 668.4, 449.2, 0.2,
    ]
    static let x: [Double] = [
        0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4, 0.6, 775.5,
        666.9, 338.0, 447.5, 11.6, 556.0, 228.1, 995.8, 887.6, 120.2, 0.3, 0.3, 556.8, 339.1, 887.2,
        999.0, 779.0, 11.1, 118.3, 229.2, 669.1, 448.9, 0.5,
    ]
}

/// NIST Statistical Reference Datasets, non-linear regression: Misra1a.
private enum Misra {
    static let y: [Double] = [
        10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47,
        81.78,
    ]
    static let x: [Double] = [
        77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1,
        760.0,
    ]
}
