import Statistics
import Testing

@Suite struct MonotoneCurveTests {
    @Test func passesThroughItsPointsAndStaysBetweenThem() throws {
        let (x, y): ([Double], [Double]) = ([0, 1, 2, 4, 8], [0, 0.2, 0.9, 0.9, 1])
        let curve = try MonotoneCurve(x: x, y: y)
        for (x, y) in zip(x, y) { #expect(abs(curve(x) - y) < 1e-12) }
        var last = -1.0
        for step in 0 ... 800 {
            let value = curve(Double(step) / 100)
            #expect(value >= last - 1e-12)
            last = value
        }
        #expect(abs(curve(3) - 0.9) < 1e-12)
    }

    @Test func keepsItsEndsBeyondThem() throws {
        let curve = try MonotoneCurve(x: [1, 2, 3], y: [5, 7, 6])
        #expect(curve(-10) == 5)
        #expect(curve(10) == 6)
        #expect(curve(.nan) == 5)
    }

    @Test func refusesTablesThatAreNoFunction() {
        let error = #expect(throws: StatisticsError.self) {
            try MonotoneCurve(x: [1, 2, 2], y: [1, 2, 3])
        }
        #expect(error?.description == "An abscissa is 2.0, expected more than 2.0.")
        #expect(throws: StatisticsError.self) { try MonotoneCurve(x: [1, 2], y: [1, 2]) }
        #expect(throws: StatisticsError.self) { try MonotoneCurve(x: [1, 2, 3], y: [1, 2]) }
        #expect(throws: StatisticsError.self) { try MonotoneCurve(x: [1, 2, 3], y: [1, .nan, 2]) }
    }

    @Test func mayBeReadFromManyTasks() async throws {
        let curve = try MonotoneCurve(x: [0, 1, 2, 3], y: [0, 1, 8, 27])
        let expected = curve(1.5)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0 ..< 8 {
                group.addTask { (0 ..< 1000).allSatisfy { _ in curve(1.5) == expected } }
            }
            for await same in group { #expect(same) }
        }
    }
}

@Suite struct IntervalTests {
    @Test func wilsonsTextbookCases() throws {
        let most = try Intervals.wilson(successes: 8, trials: 10)
        #expect(abs(most.lowerBound - 0.4902) < 1e-4)
        #expect(abs(most.upperBound - 0.9433) < 1e-4)
        let none = try Intervals.wilson(successes: 0, trials: 10)
        #expect(none.lowerBound == 0)
        #expect(abs(none.upperBound - 0.2775) < 1e-4)
        #expect(try Intervals.wilson(successes: 10, trials: 10).upperBound == 1)
    }

    @Test func quantilesOfTheTables() {
        #expect(abs(Intervals.normalQuantile(0.975) - 1.959_963_985) < 1e-9)
        #expect(abs(Intervals.studentQuantile(0.975, degreesOfFreedom: 1) - 12.706_205) < 1e-5)
        #expect(abs(Intervals.studentQuantile(0.95, degreesOfFreedom: 10) - 1.812_461) < 1e-6)
    }

    @Test func aBootstrapRangeIsNearTheNormalOne() throws {
        let random = RandomNumbers(seed: 9)
        let values = (0 ..< 400).map { _ in random.normal(mean: 10, deviation: 2) }
        let sample = try Sample(values)
        let range = try Intervals.bootstrapMean(values, random: RandomNumbers(seed: 1))
        let reach = 1.96 * sample.standardDeviation / 20
        #expect(abs(range.lowerBound - (sample.mean - reach)) < 0.03)
        #expect(abs(range.upperBound - (sample.mean + reach)) < 0.03)
        #expect(try Intervals.bootstrapMean(values, random: RandomNumbers(seed: 1)) == range)
    }

    @Test func aBootstrapTakesAnyStatistic() throws {
        let range = try Intervals.bootstrap(
            [1, 2, 3, 4, 100], confidence: 0.9, random: RandomNumbers(seed: 2),
            statistic: { $0.max() ?? 0 })
        #expect(range.upperBound == 100)
        #expect(range.lowerBound < 100)
    }

    @Test func refusesWhatHasNoAnswer() {
        #expect(throws: StatisticsError.self) { try Intervals.wilson(successes: 1, trials: 0) }
        #expect(throws: StatisticsError.self) { try Intervals.wilson(successes: 5, trials: 4) }
        #expect(throws: StatisticsError.self) {
            try Intervals.wilson(successes: 1, trials: 4, confidence: 1)
        }
        #expect(throws: StatisticsError.self) {
            try Intervals.bootstrapMean([], random: RandomNumbers(seed: 1))
        }
    }
}
