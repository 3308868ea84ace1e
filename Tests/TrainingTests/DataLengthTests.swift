import Testing
import Training

@Suite("Length distributions") struct DataLengthTests {
    @Test func percentilesOfFewLengthsRoundUp() {
        #expect([33, 34, 50, 67].map(LengthDistribution([1, 2, 3]).percentile) == [1, 2, 2, 3])
    }
}
