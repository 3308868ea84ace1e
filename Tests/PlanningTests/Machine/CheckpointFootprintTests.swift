import Planning
import Quantities
import Testing

/// Eight billion weights in bfloat16 with float32 moments.
private let large = ModelFootprint(
    stored: .gigabytes(16), largestFile: .gigabytes(5), largestTensor: .gigabytes(1),
    loaded: .gigabytes(16), isConverted: false, trainedCount: 8_000_000_000,
    trained: .gigabytes(16), optimizerState: .gigabytes(64), largestState: .gigabytes(2))

private let adapters: ModelFootprint = {
    var model = large
    model.trainedCount = 20_000_000
    model.trained = Bytes(80_000_000)
    model.optimizerState = Bytes(160_000_000)
    model.largestState = Bytes(1_000_000)
    return model
}()

@Suite struct CheckpointFootprintTests {
    private let ranks = RankPlacement(perNode: 8)

    @Test func wholeCheckpointsPassThroughOneFile() {
        let whole = CheckpointFootprint(.whole, model: large, ranks: RankPlacement())
        // 5 GB as bytes and the tensor in transit, against 2 GB of state.
        #expect(whole.hostMemory.needed == .gigabytes(6))
        // One rank with one device: 5056 + 2496 + 2500 + 16 bytes of generators.
        #expect(whole.disk.total == .gigabytes(80) + Bytes(10_068))
    }

    @Test func modelOnlyLeavesTheState() {
        var whole = CheckpointFootprint(.whole, model: large, ranks: RankPlacement())
        whole.isModelOnly = true
        #expect(whole.disk.total == .gigabytes(16))
    }

    @Test func gatheredCheckpointsNeedRankZeroToHoldAll() {
        let gathered = CheckpointFootprint(.gathered, model: large, ranks: ranks)
        // Weights 16 + 5, then the state of 64.
        #expect(gathered.hostMemory.needed == .gigabytes(64))
        var weightsOnly = gathered
        weightsOnly.isModelOnly = true
        #expect(weightsOnly.hostMemory.needed == .gigabytes(21))
        #expect(weightsOnly.disk.total == .gigabytes(16))
        // Weights are written twice.
        let generators = CheckpointFootprint.generatorState(devices: 8) * 8
        #expect(gathered.disk.total == .gigabytes(96) + generators)
    }

    @Test func shardedCheckpointsAreDividedAmongMachines() {
        let sharded = CheckpointFootprint(
            .sharded, model: large, ranks: RankPlacement(perNode: 8, nodeCount: 4))
        #expect(sharded.hostMemory.needed == .gigabytes(16))
    }

    @Test func zeroWritesPartsAndMayGather() {
        let gathers = CheckpointFootprint(
            .zero(stage: 3, gathers16Bit: true), model: large, ranks: ranks)
        #expect(gathers.hostMemory.needed == .gigabytes(21))
        let parts = CheckpointFootprint(
            .zero(stage: 3, gathers16Bit: false), model: large, ranks: ranks)
        #expect(gathers.disk.total - parts.disk.total == .gigabytes(16))
        let second = CheckpointFootprint(
            .zero(stage: 2, gathers16Bit: false), model: large, ranks: ranks)
        #expect(second.disk.total - parts.disk.total == .gigabytes(32))
        // Eight ranks copy 16 each, and rank 0 writes 5 as bytes; stage 3 without gathering only writes
        // parts: 2 of each rank.
        #expect(second.hostMemory.needed == .gigabytes(8 * 16 + 5))
        #expect(parts.hostMemory.needed == .gigabytes(16))
    }

    @Test func adaptersAreSmall() {
        let small = CheckpointFootprint(.adapters, model: adapters, ranks: RankPlacement())
        // 80 MB as bytes; the weight in transit is at most as large.
        #expect(small.hostMemory.needed == Bytes(160_000_000))
        #expect(small.disk.total == Bytes(240_000_000 + 10_068))
    }

    @Test(
        arguments: [
            (nil, 7, false, 7), (3, 7, false, 4), (3, 2, false, 2), (1, 7, true, 3),
            (2, 7, true, 3),
            (0, 5, false, 5),
        ] as [(Int?, Int, Bool, Int)])
    func oldCheckpointsGoAfterTheNewOneIsWritten(
        _ limit: Int?, _ saves: Int, _ keepsBest: Bool, _ expected: Int
    ) {
        #expect(
            CheckpointFootprint.checkpointCount(limit: limit, saves: saves, keepsBest: keepsBest)
                == expected)
    }

    @Test func diskHoldsTheModelAndTheCheckpoints() {
        var whole = CheckpointFootprint(.whole, model: large, ranks: RankPlacement())
        whole.isModelOnly = true
        #expect(whole.disk(limit: 2, saves: 10).total == .gigabytes(16 + 3 * 16))
    }
}
