import Statistics
import Testing

@Suite struct RandomNumbersTests {
    /// The thousandth output that the library's own test suite expects of seed 4357.
    @Test func isTheReferenceMersenneTwister() {
        let random = RandomNumbers(seed: 4357)
        var last: UInt64 = 0
        for _ in 0 ..< 500 { last = random.next() }
        #expect(last >> 32 == 1_186_927_261)
    }

    @Test func theSameSeedGivesTheSameNumbers() {
        let (first, second) = (RandomNumbers(seed: 7), RandomNumbers(seed: 7))
        #expect((0 ..< 50).allSatisfy { _ in first.uniform() == second.uniform() })
        let (low, high) = (RandomNumbers(seed: 7), RandomNumbers(seed: 7 | 1 << 40))
        #expect((0 ..< 10).contains { _ in low.uniform() != high.uniform() })
    }

    struct Distribution: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var mean: Double
        var deviation: Double
        var draw: @Sendable (RandomNumbers) -> Double
    }

    @Test(arguments: [
        Distribution(testDescription: "uniform", mean: 0.5, deviation: 0.288_675) { $0.uniform() },
        Distribution(testDescription: "uniform range", mean: 4, deviation: 1.154_701) {
            $0.uniform(in: 2 ... 6)
        },
        Distribution(testDescription: "integer", mean: 4.5, deviation: 2.872_281) {
            Double($0.integer(below: 10))
        },
        Distribution(testDescription: "normal", mean: 3, deviation: 2) {
            $0.normal(mean: 3, deviation: 2)
        },
        // exp(μ + σ²/2), mean · √(exp σ² − 1)
        Distribution(testDescription: "log-normal", mean: 1.133_148, deviation: 0.603_901) {
            $0.logNormal(logMean: 0, logDeviation: 0.5)
        },
        Distribution(testDescription: "exponential", mean: 1.5, deviation: 1.5) {
            $0.exponential(mean: 1.5)
        },
        Distribution(testDescription: "Poisson", mean: 4, deviation: 2) {
            Double($0.poisson(mean: 4))
        },
    ])
    func distributionsHaveTheirMoments(_ distribution: Distribution) throws {
        let random = RandomNumbers(seed: 11)
        let count = 40_000
        let sample = try Sample((0 ..< count).map { _ in distribution.draw(random) })
        let allowed = 4 * distribution.deviation / Double(count).squareRoot()
        #expect(abs(sample.mean - distribution.mean) < allowed)
        #expect(abs(sample.standardDeviation / distribution.deviation - 1) < 0.03)
    }

    @Test func shufflesKeepEveryElementAndFavourNone() {
        let random = RandomNumbers(seed: 3)
        var firsts = [0, 0, 0, 0]
        for _ in 0 ..< 8000 {
            let order = random.permutation(of: 4)
            #expect(order.sorted() == [0, 1, 2, 3])
            firsts[order[0]] += 1
        }
        for count in firsts { #expect(abs(count - 2000) < 160) }
        #expect(random.permutation(of: 0).isEmpty)
        #expect(random.permutation(of: 1) == [0])
    }
}
