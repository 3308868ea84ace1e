import Testing

/// How far numbers may be from those of a golden file.
struct Tolerance {
    /// As a share of the expected value.
    var relative: Double
    /// In the unit of the value, for values near zero.
    var absolute: Double = 0

    /// What is wrong with `actual` in words; nil when every pair agrees.
    ///
    /// NaN and infinity never agree.
    func problem(_ actual: [Double], _ expected: [Double]) -> String? {
        guard actual.count == expected.count else {
            return "\(actual.count) values where \(expected.count) are expected"
        }
        let excess = zip(actual, expected).map { a, e in
            let allowed = absolute + relative * abs(e)
            let error = abs(a - e)
            guard error.isFinite, allowed.isFinite else { return Double.infinity }
            return error <= allowed ? 0 : error / max(allowed, .leastNormalMagnitude)
        }
        guard let worst = excess.indices.max(by: { excess[$0] < excess[$1] }), excess[worst] > 0
        else { return nil }
        let pairs = zip(actual, expected).prefix(5).map { "(\($0), \($1))" }
        return """
            \(excess.count { $0 > 0 }) of \(actual.count) values differ; worst at \(worst): \
            \(actual[worst]) where \(expected[worst]) is expected, difference \
            \(abs(actual[worst] - expected[worst])); first pairs (actual, expected): \
            \(pairs.joined(separator: ", "))
            """
    }
}

/// Records an issue when numbers are not those of a golden file.
func expectGolden(
    _ actual: [Double], _ expected: [Double], _ tolerance: Tolerance, _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    if let problem = tolerance.problem(actual, expected) {
        Issue.record("\(name): \(problem)", sourceLocation: sourceLocation)
    }
}

extension GoldenTensor {
    /// Compares norm, sum and first values.
    ///
    /// Elements are measured against the tensor's root mean square, the sum against the norm, which
    /// is about what the sum of that many independent elements has.
    ///
    /// - Parameters:
    ///   - values: all elements.
    ///   - share: the difference allowed.
    ///   - floor: a norm below which differences do not count.
    ///   - name: the tensor's name, for messages.
    func expectEqual(_ values: [Float], within share: Double, floor: Double, _ name: String) {
        let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) }
        let typical = max(norm, floor)
        expectGolden(
            [squares.squareRoot()], [norm], Tolerance(relative: 0, absolute: share * typical),
            "norm of \(name)")
        expectGolden(
            [values.reduce(0.0) { $0 + Double($1) }], [sum],
            Tolerance(relative: 0, absolute: 10 * share * typical), "sum of \(name)")
        expectGolden(
            values.prefix(first.count).map(Double.init), first,
            Tolerance(
                relative: share, absolute: 10 * share * typical / Double(values.count).squareRoot()),
            "first values of \(name)")
    }
}

@Suite struct GoldenComparisonTests {
    static let tolerance = Tolerance(relative: 1e-3, absolute: 1e-6)

    @Test func equalListsAgree() {
        #expect(Self.tolerance.problem([0, 1, -2], [0, 1, -2]) == nil)
        #expect(Self.tolerance.problem([5e-7, 1.0009], [0, 1]) == nil)
    }

    @Test(arguments: 0 ..< 3)
    func everyPlaceIsCompared(index: Int) throws {
        var values = [0.0, 1, -2]
        values[index] += 0.01
        let problem = try #require(Self.tolerance.problem(values, [0, 1, -2]))
        #expect(problem.contains("1 of 3 values differ; worst at \(index)"))
    }

    @Test(arguments: [Double.nan, .infinity])
    func whatIsNotFiniteNeverAgrees(value: Double) {
        #expect(Self.tolerance.problem([value], [1]) != nil)
        #expect(Self.tolerance.problem([1], [value]) != nil)
    }

    @Test func lengthsMustAgree() {
        #expect(Self.tolerance.problem([1], [1, 1]) == "1 values where 2 are expected")
    }
}
