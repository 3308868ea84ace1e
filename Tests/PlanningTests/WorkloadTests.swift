import Planning
import Quantities
import Testing
import TrainingSteps

@Suite struct WorkloadTests {
    private func data(_ lengths: TokenLengths, examples: Int = 10, packs: Bool = false)
        -> PlannedData
    {
        PlannedData(examples: examples, lengths: lengths, basis: .derived, packs: packs)
    }

    @Test func stepsRoundUpInEachEpoch() {
        let work = Workload(
            data(.stated(20)), strategy: .full, epochs: 3, batchSize: 4, sequenceLength: 64)
        // Ten examples in steps of four: three steps an epoch.
        #expect(work.steps == 9)
        #expect(work.tokens == 600)
        #expect(work.largest(rows: 4) == BatchShape(sequences: 4, length: 64))
        #expect(work.mean(rows: 4) == BatchShape(sequences: 4, length: 20))
    }

    @Test func pairsAreTwoSequences() {
        let strategy = StrategyName.dpo.strategy(adapter: LowRank(), shots: 0)
        let work = Workload(
            data(.stated(20), packs: true), strategy: strategy, epochs: 1, batchSize: 2,
            sequenceLength: 64)
        #expect(work.tokens == 400)
        #expect(work.largest(rows: 1).sequences == 2)
        #expect(!work.isPacked)
    }

    @Test func rawTextIsCutIntoFullBlocks() {
        let work = Workload(
            data(.stated(100)), strategy: .continuedPretraining, epochs: 2, batchSize: 4,
            sequenceLength: 64)
        // 1000 tokens are 16 blocks of 64, four steps an epoch; nothing is lost to the limit.
        #expect(work.rows == 16 && work.steps == 8 && work.tokens == 2000)
        #expect(work.mean(rows: 1).length == 64)
    }

    @Test func packingFillsRows() {
        let work = Workload(
            data(.stated(32), packs: true), strategy: .full, epochs: 1, batchSize: 1,
            sequenceLength: 64)
        #expect(work.rows == 5 && work.steps == 5 && work.mean(rows: 1).length == 64)
    }

    @Test func longestOfABatchIsExact() {
        let lengths = TokenLengths.measured([10, 20])
        // Of two draws, one in four has no 20.
        #expect(lengths.meanOfLongest(of: 2, limit: 100) == 17.5)
        #expect(lengths.meanOfLongest(of: 1, limit: 100) == 15)
        #expect(lengths.mean(limit: 12) == 11)
        #expect(lengths.longest(limit: 100) == 20)
        #expect(lengths.longest(limit: 12) == 12)
    }

    @Test func longestOfABatchNeverFallsWithItsSize() {
        let lengths = TokenLengths.measured([3, 5, 8, 13, 21, 34])
        var before = 0.0
        for count in 1 ... 40 {
            let mean = lengths.meanOfLongest(of: count, limit: 30)
            #expect(mean >= before && mean <= 30)
            before = mean
        }
        #expect(before > 29)
    }
}
