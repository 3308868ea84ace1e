import Testing

/// How far two lists of numbers are apart, and whether that is near enough.
struct Comparison {
    /// Largest absolute difference that passes where values are near zero.
    let absolute: Double
    /// Largest difference that passes as a share of the expected value.
    let relative: Double
    /// What is wrong, in words; nil when every pair agrees.
    let problem: String?

    /// Compares pair by pair.
    ///
    /// A pair agrees when |actual − expected| ≤ absolute + relative · |expected|; NaN and infinity
    /// never agree, not even with themselves.
    init(
        _ actual: [Double], _ expected: [Double], absolute: Double = 1e-6, relative: Double = 1e-5
    ) {
        self.absolute = absolute
        self.relative = relative
        guard actual.count == expected.count else {
            problem = "\(actual.count) values where \(expected.count) are expected"
            return
        }
        var worst: (index: Int, excess: Double)?
        var failures = 0
        for index in actual.indices {
            let error = abs(actual[index] - expected[index])
            let excess = error / (absolute + relative * abs(expected[index]))
            // Written so that NaN fails.
            if !(excess <= 1) || !expected[index].isFinite {
                failures += 1
                let rank = excess.isFinite ? excess : .infinity
                if rank > worst?.excess ?? -1 { worst = (index, rank) }
            }
        }
        problem = worst.map { worst in
            let (a, e) = (actual[worst.index], expected[worst.index])
            let pairs = zip(actual, expected).prefix(5).map { "(\($0), \($1))" }
            return """
                \(failures) of \(actual.count) values differ; worst at \(worst.index): \(a) where \
                \(e) is expected, absolute error \(abs(a - e)), relative error \
                \(abs(a - e) / abs(e)); first pairs (actual, expected): \
                \(pairs.joined(separator: ", "))
                """
        }
    }
}

/// Records an issue when two lists of numbers differ.
func expectClose(
    _ actual: [Float], _ expected: [Double], absolute: Double = 1e-5, relative: Double = 1e-4,
    _ name: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    let comparison = Comparison(
        actual.map(Double.init), expected, absolute: absolute, relative: relative)
    if let problem = comparison.problem {
        Issue.record("\(name): \(problem)", sourceLocation: sourceLocation)
    }
}

/// Records an issue when two lists of numbers differ.
func expectClose(
    _ actual: [Float], _ expected: [Float], absolute: Double = 1e-5, relative: Double = 1e-4,
    _ name: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(
        actual, expected.map(Double.init), absolute: absolute, relative: relative, name,
        sourceLocation: sourceLocation)
}

@Suite struct ComparisonTests {
    @Test func equalListsAgree() {
        #expect(Comparison([0, 1, -2], [0, 1, -2]).problem == nil)
        #expect(Comparison([], []).problem == nil)
    }

    @Test(arguments: 0 ..< 3)
    func everyPlaceIsCompared(index: Int) {
        var values = [0.0, 1, -2]
        values[index] += 0.01
        #expect(Comparison(values, [0, 1, -2]).problem?.contains("worst at \(index)") == true)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func whatIsNotFiniteNeverAgrees(value: Double) {
        #expect(Comparison([value], [1]).problem != nil)
        #expect(Comparison([1], [value]).problem != nil)
        #expect(Comparison([value], [value]).problem != nil)
    }

    @Test func absoluteToleranceCountsNearZeroAndRelativeElsewhere() {
        #expect(Comparison([1e-7], [0], absolute: 1e-6, relative: 0).problem == nil)
        #expect(Comparison([1e-5], [0], absolute: 1e-6, relative: 1).problem != nil)
        #expect(Comparison([1001], [1000], absolute: 0, relative: 2e-3).problem == nil)
        #expect(Comparison([1001], [1000], absolute: 0.5, relative: 0).problem != nil)
    }

    @Test func lengthsMustAgree() {
        #expect(Comparison([1], [1, 1]).problem == "1 values where 2 are expected")
    }

    @Test func worstPairIsTheOneFurthestOutsideItsTolerance() throws {
        let problem = try #require(Comparison([1.1, 5, 3], [1, 2, 3]).problem)
        #expect(problem.contains("2 of 3 values differ; worst at 1: 5.0 where 2.0 is expected"))
        #expect(problem.contains("first pairs (actual, expected): (1.1, 1.0), (5.0, 2.0)"))
    }

    @Test func differingListsRecordAnIssue() {
        withKnownIssue { expectClose([Float(1)], [2.0]) }
        withKnownIssue { expectClose([Float(1)], [Float(2)]) }
    }
}
