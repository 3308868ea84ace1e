import Planning
import Quantities
import Testing

/// A model of a million weights in bfloat16, trained whole with AdamW in float32.
private let small = ModelFootprint(
    stored: Bytes(2_000_000), largestFile: Bytes(1_200_000), largestTensor: Bytes(400_000),
    loaded: Bytes(2_000_000), isConverted: false, trainedCount: 1_000_000,
    trained: Bytes(2_000_000), optimizerState: Bytes(8_000_000), largestState: Bytes(800_000))

private let eight = RankPlacement(perNode: 8, nodeCount: 2)

@Suite struct HostMemoryTests {
    @Test func filesThatAreMappedNeedNothing() {
        for path in [LoadingPath.everyRankOnHost, .firstRankOnHost] {
            let items = HostMemory.loading(small, path: path, ranks: eight)
            #expect(items.needed == .zero)
            #expect(items.total == Bytes(2_000_000))
        }
    }

    @Test func conversionCopiesOncePerRank() {
        var model = small
        model.isConverted = true
        model.loaded = Bytes(4_000_000)
        #expect(
            HostMemory.loading(model, path: .everyRankOnHost, ranks: eight).needed
                == Bytes(32_000_000))
        #expect(
            HostMemory.loading(model, path: .firstRankOnHost, ranks: eight).needed
                == Bytes(4_000_000))
    }

    @Test func deviceMapsKeepOneWeightInTransit() {
        let items = HostMemory.loading(small, path: .deviceMap, ranks: eight)
        #expect(items.needed == Bytes(3_200_000))
        #expect(items.total == Bytes(4_400_000))
        let partitioned = HostMemory.loading(small, path: .partitioned, ranks: eight)
        #expect(partitioned.needed == .zero)
        #expect(partitioned.total == Bytes(1_200_000))
    }

    @Test func stateDictionariesAreHeldTwice() {
        #expect(
            HostMemory.loading(small, path: .wholeStateDictionary, ranks: eight).needed
                == Bytes(8 * 4_000_000))
    }

    @Test(arguments: [(0, 0), (1, 1), (2, 2), (3, 4), (4096, 4096), (4097, 8192)])
    func pageLockedMemoryIsAPowerOfTwo(_ bytes: Int, _ expected: Int) {
        #expect(HostMemory.pinned(Bytes(bytes)) == Bytes(expected))
    }

    @Test func offloadedOptimizerIsDividedAmongMachines() {
        // 62,500 parameters a rank, 8 ranks here: 16 bytes each, and gradients of 2.
        let items = HostMemory.offloadedOptimizer(small, ranks: eight)
        #expect(items.map(\.bytes) == [Bytes(8_000_000), Bytes(1_000_000)])
        // 125,000 bytes page-locked are 131,072.
        let locked = HostMemory.offloadedOptimizer(small, ranks: eight, isPinned: true)
        #expect(locked[1].bytes == Bytes(131_072 * 8))
        #expect(
            HostMemory.offloadedParameters(count: 1_000_000, ranks: eight).needed
                == Bytes(1_000_000))
    }

    @Test func offloadedShardsAreRoundedUnitByUnit() {
        // 1000 · 4 → 4096, 600 · 4 → 4096; 1025 · 4 → 8192; two ranks.
        let items = HostMemory.offloadedShards(
            units: [1000, 600, 1025], elementBytes: 4, state: Bytes(16_000),
            ranks: RankPlacement(perNode: 2))
        #expect(items.map(\.bytes) == [Bytes(32_768), Bytes(32_768), Bytes(16_000)])
    }

    @Test func dataWorkersKeepBatches() {
        let none = HostMemory.dataWorkers(workers: 0, batch: Bytes(3000), ranks: eight)
        #expect(none.map(\.bytes) == [Bytes(4096 * 8)])
        let some = HostMemory.dataWorkers(
            workers: 4, batch: Bytes(3000), process: .mebibytes(500), ranks: RankPlacement())
        #expect(some.map(\.bytes) == [Bytes(4096), Bytes(24_000), .mebibytes(2000)])
        #expect(some[2].basis.word == "assumed")
    }

    @Test func everyItemNamesItsSource() {
        var all = LoadingPath.allCases.flatMap {
            HostMemory.loading(small, path: $0, ranks: eight)
        }
        all += DeviceLoading.quantizing(quantized: Bytes(1), largestCount: 64)
        all += CheckpointFootprint(.gathered, model: small, ranks: eight).disk
        #expect(all.allSatisfy { !$0.source.isEmpty && !$0.name.isEmpty })
    }
}

@Suite struct DeviceLoadingTests {
    @Test func warmUpReservesTheWeights() {
        let free = Bytes.gibibytes(80)
        let weights = Bytes.gibibytes(16)
        #expect(DeviceLoading.warmUp(declared: weights, isQuantized: false, free: free) == weights)
        #expect(
            DeviceLoading.warmUp(declared: weights, isQuantized: true, free: free)
                == .gibibytes(8))
        // 1.2 GiB stay free.
        let tight = DeviceLoading.warmUp(
            declared: weights, isQuantized: false, free: .gibibytes(11.2))
        #expect(abs(tight.gibibytes - 10) < 1e-6)
        #expect(
            DeviceLoading.warmUp(declared: weights, isQuantized: false, free: .gibibytes(1))
                == .zero)
    }

    @Test func oneWeightArrivesAtATime() {
        var model = small
        #expect(DeviceLoading.plain(model, path: .deviceMap).needed == Bytes(2_000_000))
        model.isConverted = true
        #expect(DeviceLoading.plain(model, path: .deviceMap).needed == Bytes(2_400_000))
        #expect(DeviceLoading.plain(model, path: .everyRankOnHost).needed == Bytes(2_000_000))
        // 130 elements: 260 bytes and three blocks of scales.
        #expect(
            DeviceLoading.quantizing(quantized: Bytes(1000), largestCount: 130).map(\.bytes)
                == [Bytes(1000), Bytes(260), Bytes(12)])
    }
}
