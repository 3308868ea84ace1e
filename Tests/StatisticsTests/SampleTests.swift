import Statistics
import Testing

@Suite struct SampleTests {
    @Test func quantilesAreInterpolated() throws {
        let sample = try Sample([4, 1, 3, 2])
        #expect(sample.median == 2.5)
        #expect(sample.quantile(0.25) == 1.75)
        #expect(sample.quantile(0) == 1)
        #expect(sample.quantile(1) == 4)
        #expect(sample.quantile(7) == 4)
        #expect(sample.mean == 2.5)
        #expect(abs(sample.standardDeviation - 1.290_994_448_735_806) < 1e-15)
    }

    @Test func robustMeasuresIgnoreOutliers() throws {
        let sample = try Sample([1, 1, 2, 2, 4, 6, 9])
        #expect(sample.medianAbsoluteDeviation == 1)
        #expect(abs(sample.robustDeviation - 1.4826) < 1e-4)
        let outlier = try Sample([1, 2, 3, 4, 1000])
        #expect(outlier.trimmedMean(cutting: 0.2) == 3)
        #expect(outlier.trimmedMean(cutting: 0) == 202)
        #expect(abs(try Sample([1, 10, 100]).geometricMean - 10) < 1e-12)
        #expect(try Sample([0, 10]).geometricMean == 0)
    }

    @Test func refusesNothingAndNonsense() {
        #expect(throws: StatisticsError.tooFewValues(of: "A sample", count: 0, needed: 1)) {
            try Sample([Double]())
        }
        let error = #expect(throws: StatisticsError.self) { try Sample([1, .nan]) }
        #expect(error?.description == "Value 1 of the sample is infinite or not a number.")
    }

    @Test func oneValueHasNoScatter() throws {
        let sample = try Sample([5])
        #expect(sample.standardDeviation == 0)
        #expect(sample.median == 5)
        #expect(sample.medianAbsoluteDeviation == 0)
    }
}
