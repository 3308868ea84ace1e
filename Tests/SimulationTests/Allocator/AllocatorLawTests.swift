import Quantities
import Simulation
import Testing

/// SplitMix64 (Steele, Lea & Flood 2014), so that a failing sequence can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A size from bytes to 100 MiB, evenly over its logarithm, often one of a few.
    mutating func size() -> Int {
        let repeated = [512, 4096, 1 << 20, 3 << 20, 16 << 20, 33 << 20]
        if Int.random(in: 0 ..< 3, using: &self) == 0 {
            return repeated.randomElement(using: &self) ?? 512
        }
        let exponent = Int.random(in: 0 ... 25, using: &self)
        return Int.random(in: 1 << exponent ... 4 << exponent, using: &self)
    }
}

@Suite struct AllocatorLawTests {
    private static let settings: [AllocatorSettings] = {
        var oversized = AllocatorSettings()
        oversized.maximumSplit = .mebibytes(32)
        var divided = AllocatorSettings()
        divided.divisions = [Int](repeating: 4, count: 16)
        return [
            AllocatorSettings(), AllocatorSettings(expandableSegments: true), oversized, divided,
        ]
    }()

    @Test(arguments: settings, 0 ..< 12)
    func accountsBalance(_ settings: AllocatorSettings, _ seed: Int) throws {
        var random = SeededGenerator(UInt64(seed))
        var allocator = CachingAllocator(settings: settings)
        var live: [CachingAllocator.BlockID] = []
        var requested: [CachingAllocator.BlockID: Int] = [:]
        var highest = Bytes.zero
        for event in 0 ..< 600 {
            let before = allocator.statistics.reserved.current
            let grows = event % 200 < 120
            if live.isEmpty || Int.random(in: 0 ..< 10, using: &random) < (grows ? 7 : 3) {
                let size = random.size()
                let block = try allocator.allocate(
                    Bytes(size), stream: Int.random(in: 0 ..< 2, using: &random))
                live.append(block)
                requested[block] = size
            } else {
                allocator.free(live.remove(at: Int.random(in: live.indices, using: &random)))
            }
            let statistics = allocator.statistics
            let total = live.reduce(Bytes.zero) { $0 + allocator.size(of: $1) }
            #expect(statistics.allocated.current == total)
            #expect(statistics.activeBlocks == live.count)
            #expect(statistics.allocated.current <= statistics.reserved.current)
            #expect(statistics.reserved.current >= before)
            #expect(statistics.reserved.current.count % AllocatorSettings.segmentRounding == 0)
            highest = max(highest, total)
            #expect(statistics.allocated.peak == highest)
        }
        let places = live.map { allocator.addresses(of: $0) }
            .sorted { $0.lowerBound < $1.lowerBound }
        for (one, other) in zip(places, places.dropFirst()) {
            #expect(one.upperBound <= other.lowerBound)
        }
        for block in live { #expect(allocator.size(of: block).count >= requested[block] ?? .max) }
        for block in live { allocator.free(block) }
        #expect(allocator.statistics.allocated.current == .zero)
        allocator.emptyCache()
        let end = allocator.statistics
        #expect(end.reserved.current == .zero)
        #expect(end.segments == 0)
        #expect(end.expandableSegments == 0)
    }

    @Test(arguments: 0 ..< 24)
    func plainAllocatorAgreesWithTheNaiveOne(_ seed: Int) {
        var random = SeededGenerator(UInt64(100 + seed))
        // Small enough that memory runs out now and then.
        let limit = (seed % 3 == 0 ? 4000 : 300) << 20
        var allocator = CachingAllocator(limit: Bytes(limit))
        var naive = NaiveAllocator(limit: limit)
        var live: [CachingAllocator.BlockID] = []
        for event in 0 ..< 500 {
            let grows = event % 150 < 100
            if live.isEmpty || Int.random(in: 0 ..< 10, using: &random) < (grows ? 7 : 3) {
                let size = random.size()
                let stream = Int.random(in: 0 ..< 2, using: &random)
                let expected = naive.allocate(size, stream: stream)
                let block = try? allocator.allocate(Bytes(size), stream: stream)
                #expect(block.map { allocator.addresses(of: $0).lowerBound } == expected)
                if let block { live.append(block) }
            } else {
                let block = live.remove(at: Int.random(in: live.indices, using: &random))
                naive.free(allocator.addresses(of: block).lowerBound)
                allocator.free(block)
            }
            #expect(allocator.statistics.reserved.current == Bytes(naive.reserved))
            #expect(allocator.statistics.segments == naive.segmentCount)
            #expect(allocator.statistics.retries == naive.retries)
        }
    }

    @Test(arguments: settings, 0 ..< 8)
    func theLimitHolds(_ settings: AllocatorSettings, _ seed: Int) {
        var random = SeededGenerator(UInt64(500 + seed))
        let limit = Bytes.mebibytes(257)
        var allocator = CachingAllocator(settings: settings, limit: limit)
        var live: [CachingAllocator.BlockID] = []
        var refusals = 0
        for _ in 0 ..< 800 {
            if live.isEmpty || Int.random(in: 0 ..< 10, using: &random) < 6 {
                do {
                    live.append(try allocator.allocate(Bytes(random.size())))
                } catch {
                    refusals += 1
                    #expect(error.reserved + error.segment > limit || settings.expandableSegments)
                    #expect(error.largestFree < error.requested || settings.maximumSplit != nil)
                    #expect(error.allocated == allocator.statistics.allocated.current)
                }
            } else {
                allocator.free(live.remove(at: Int.random(in: live.indices, using: &random)))
            }
            #expect(allocator.statistics.reserved.current <= limit)
        }
        #expect(refusals > 0)
        for block in live { allocator.free(block) }
        allocator.emptyCache()
        #expect(allocator.statistics.reserved.current == .zero)
    }
}
