import Quantities
import Simulation
import Testing

/// Sequences worked out by hand from `c10/cuda/CUDACachingAllocator.cpp`; sizes in MiB unless said.
@Suite struct AllocatorSequenceTests {
    @Test func sizesAreMultiplesOf512Bytes() throws {
        var script = AllocatorScript()
        // round_size: 1 → 512, 512 → 512, 513 → 1024; all lie in one segment of 2 MiB.
        try script.allocate("a", 1)
        try script.allocate("b", 512)
        try script.allocate("c", 513)
        script.expect(allocated: 512 + 512 + 1024, reserved: 2 * mebibyte, segments: 1)
    }

    @Test func smallRequestsSharePiecesOfTwo() throws {
        var script = AllocatorScript()
        // 1 is the largest small request; two fill a segment, the third opens another.
        try script.allocate("a", mebibyte)
        try script.allocate("b", mebibyte)
        script.expect(allocated: 2 * mebibyte, reserved: 2 * mebibyte, segments: 1)
        try script.allocate("c", mebibyte)
        script.expect(allocated: 3 * mebibyte, reserved: 4 * mebibyte, segments: 2)
    }

    @Test func oneByteMoreIsLarge() throws {
        var script = AllocatorScript()
        // 1 MiB + 1 B → 1 MiB + 512 B > kSmallSize: the large pool, a segment of 20.
        try script.allocate("a", mebibyte)
        try script.allocate("b", mebibyte + 1)
        script.expect(allocated: 2 * mebibyte + 512, reserved: 22 * mebibyte, segments: 2)
    }

    @Test func largeRequestsBelowTenShareTwenty() throws {
        var script = AllocatorScript()
        // 4 of 20 leaves 16; 4 of 16 leaves 12; 12 fits exactly.
        try script.allocate("a", 4 * mebibyte)
        try script.allocate("b", 4 * mebibyte)
        try script.allocate("c", 12 * mebibyte)
        script.expect(allocated: 20 * mebibyte, reserved: 20 * mebibyte, segments: 1)
    }

    @Test func fromTenOnRequestsHaveSegmentsOfTheirOwn() throws {
        var script = AllocatorScript()
        // 10 − 512 B is below kMinLargeAlloc: 20. 10 does not fit the 10 + 512 B that are left? It does:
        // the remainder is 10 + 512 B, and 512 B more is no reason to split.
        try script.allocate("a", 10 * mebibyte - 512)
        script.expect(allocated: 10 * mebibyte - 512, reserved: 20 * mebibyte, segments: 1)
        try script.allocate("b", 10 * mebibyte)
        script.expect(allocated: 20 * mebibyte, reserved: 20 * mebibyte, segments: 1)
        // 10 → 10; 11 → 12.
        try script.allocate("c", 10 * mebibyte)
        script.expect(allocated: 30 * mebibyte, reserved: 30 * mebibyte, segments: 2)
        try script.allocate("d", 11 * mebibyte)
        #expect(script.allocator.statistics.reserved.current == Bytes(42 * mebibyte))
    }

    @Test func largeBlocksSplitOnlyWhenMoreThanOneIsLeft() throws {
        var script = AllocatorScript()
        // 11 of 12 leaves 1, which is not more than kSmallSize: the block stays 12.
        try script.allocate("a", 11 * mebibyte)
        #expect(try script.size("a") == 12 * mebibyte)
        // 10.5 of 12 leaves 1.5: split.
        try script.allocate("b", 10 * mebibyte + mebibyte / 2)
        script.expect(
            allocated: 22 * mebibyte + mebibyte / 2, reserved: 24 * mebibyte, segments: 2)
        // 1.25 takes the 1.5 whole.
        try script.allocate("c", mebibyte + mebibyte / 4)
        script.expect(allocated: 24 * mebibyte, reserved: 24 * mebibyte, segments: 2)
    }

    @Test func smallBlocksSplitFrom512Bytes() throws {
        var script = AllocatorScript()
        // 2 MiB − 512 B in pieces, then the last 512 B.
        try script.allocate("a", mebibyte)
        try script.allocate("b", mebibyte - 512)
        try script.allocate("c", 100)
        script.expect(allocated: 2 * mebibyte, reserved: 2 * mebibyte, segments: 1)
    }

    @Test func theSmallestBlockThatFitsIsTaken() throws {
        var script = AllocatorScript()
        try script.allocate("a", 30 * mebibyte)
        try script.allocate("b", 12 * mebibyte)
        try script.allocate("c", 14 * mebibyte)
        let places = (try script.address("a"), try script.address("b"), try script.address("c"))
        try script.free("a", "b", "c")
        script.expect(allocated: 0, reserved: 56 * mebibyte, segments: 3)
        // 12 → the 12; 13 → the 14, whole, because 1 is left; 13 → the 30, split.
        try script.allocate("d", 12 * mebibyte)
        try script.allocate("e", 13 * mebibyte)
        try script.allocate("f", 13 * mebibyte)
        #expect(try script.address("d") == places.1)
        #expect(try script.address("e") == places.2)
        #expect(try script.address("f") == places.0)
        script.expect(allocated: (12 + 14 + 13) * mebibyte, reserved: 56 * mebibyte, segments: 3)
    }

    @Test func ofEqualBlocksTheLowestIsTaken() throws {
        var script = AllocatorScript()
        for name in ["a", "b", "c"] { try script.allocate(name, 16 * mebibyte) }
        let lowest = try script.address("a")
        try script.free("c", "a", "b")
        try script.allocate("d", 16 * mebibyte)
        #expect(try script.address("d") == lowest)
    }

    @Test func neighboursJoinOnBothSides() throws {
        var script = AllocatorScript()
        // 20 = a 4, b 4, c 4, rest 8.
        for name in ["a", "b", "c"] { try script.allocate(name, 4 * mebibyte) }
        let start = try script.address("a")
        // c joins the rest (12), a stays 4; 12 fits exactly, 5 does not fit 4: a new segment.
        try script.free("a", "c")
        try script.allocate("d", 12 * mebibyte)
        #expect(try script.address("d") == start + 8 * mebibyte)
        try script.allocate("e", 5 * mebibyte)
        script.expect(allocated: 21 * mebibyte, reserved: 40 * mebibyte, segments: 2)
        // d, then b: the segment is whole again and serves 20.
        try script.free("d", "b")
        try script.allocate("f", 20 * mebibyte)
        #expect(try script.address("f") == start)
        script.expect(allocated: 25 * mebibyte, reserved: 40 * mebibyte, segments: 2)
    }

    @Test func streamsDoNotShare() throws {
        var script = AllocatorScript()
        try script.allocate("a", 16 * mebibyte)
        try script.free("a")
        try script.allocate("b", 16 * mebibyte, stream: 1)
        script.expect(allocated: 16 * mebibyte, reserved: 32 * mebibyte, segments: 2)
        try script.allocate("c", 16 * mebibyte)
        script.expect(allocated: 32 * mebibyte, reserved: 32 * mebibyte, segments: 2)
    }

    @Test func wholeSegmentsAreReturnedWhenTheDeviceIsFull() throws {
        var script = AllocatorScript(limit: 40 * mebibyte)
        try script.allocate("a", 20 * mebibyte)
        try script.free("a")
        // 20 + 30 > 40: the cached 20 goes back, then 30 fits.
        try script.allocate("b", 30 * mebibyte)
        script.expect(allocated: 30 * mebibyte, reserved: 30 * mebibyte, segments: 1)
        #expect(script.allocator.statistics.retries == 1)
        #expect(script.allocator.statistics.reserved.peak == Bytes(30 * mebibyte))
    }

    @Test func splitSegmentsCannotBeReturned() throws {
        var script = AllocatorScript(limit: 24 * mebibyte)
        // 4 of 20 and 14 of the 16 left, so 2 are free in the middle of a segment in use.
        try script.allocate("a", 4 * mebibyte)
        try script.allocate("b", 14 * mebibyte)
        script.expect(allocated: 18 * mebibyte, reserved: 20 * mebibyte, segments: 1)
        let error = #expect(throws: OutOfMemory.self) { try script.allocate("c", 10 * mebibyte) }
        #expect(error?.requested == .mebibytes(10))
        #expect(error?.segment == .mebibytes(10))
        #expect(error?.allocated == .mebibytes(18))
        #expect(error?.reserved == .mebibytes(20))
        #expect(error?.limit == .mebibytes(24))
        #expect(error?.largestFree == .mebibytes(2))
        #expect(error?.fragmented == Bytes(2 * mebibyte))
        #expect(error?.available == Bytes(4 * mebibyte))
        // Nothing was lost: what fits still fits.
        try script.allocate("d", 2 * mebibyte)
        script.expect(allocated: 20 * mebibyte, reserved: 20 * mebibyte, segments: 1)
    }

    @Test func oversizedBlocksStayWhole() throws {
        var settings = AllocatorSettings()
        settings.maximumSplit = .mebibytes(64)
        var script = AllocatorScript(settings)
        try script.allocate("a", 100 * mebibyte)
        try script.free("a")
        // 50 is below 64 and may not take a block of 64 or more.
        try script.allocate("b", 50 * mebibyte)
        script.expect(allocated: 50 * mebibyte, reserved: 150 * mebibyte, segments: 2)
        // 79 + 20 ≤ 100: too far off; a segment of 80 that may not be split.
        try script.allocate("c", 79 * mebibyte)
        script.expect(allocated: 130 * mebibyte, reserved: 230 * mebibyte, segments: 3)
        // 85 + 20 > 100: the whole 100.
        try script.allocate("d", 85 * mebibyte)
        script.expect(allocated: 230 * mebibyte, reserved: 230 * mebibyte, segments: 3)
    }

    @Test func oversizedBlocksAreReturnedFirst() throws {
        var settings = AllocatorSettings()
        settings.maximumSplit = .mebibytes(64)
        var script = AllocatorScript(settings, limit: 200 * mebibyte)
        try script.allocate("a", 100 * mebibyte)
        try script.allocate("b", 90 * mebibyte)
        try script.free("a", "b")
        // 70: 90 ≥ 70 + 20 is refused; 190 + 70 > 200; the smallest of at least 70 goes back, the 90.
        try script.allocate("c", 70 * mebibyte)
        script.expect(allocated: 70 * mebibyte, reserved: 170 * mebibyte, segments: 2)
        // 130: 170 + 130 > 200; none is that large; the largest go back until 130 are: only 100 are
        // free, so everything cached goes back after that, and 70 + 130 fits.
        try script.allocate("d", 130 * mebibyte)
        script.expect(allocated: 200 * mebibyte, reserved: 200 * mebibyte, segments: 2)
        #expect(script.allocator.statistics.retries == 1)
    }

    @Test(arguments: [
        // At most 512 · 4 bytes: plain rounding.
        (1200, 4, 1536),
        // 4096 … 8192 in 4 parts of 1024.
        (5000, 4, 5120),
        // 8 … 16 MiB in 4 parts of 2; a bound is kept.
        (9 * mebibyte, 4, 10 * mebibyte), (12 * mebibyte, 4, 12 * mebibyte),
        (16 * mebibyte, 4, 16 * mebibyte),
        // One part leaves the size as it is, even off 512 bytes.
        (5000, 1, 5000),
    ])
    func powersOfTwoAreDivided(_ request: Int, _ parts: Int, _ expected: Int) throws {
        var settings = AllocatorSettings()
        settings.divisions = [Int](repeating: parts, count: AllocatorSettings.intervalCount)
        var script = AllocatorScript(settings)
        try script.allocate("a", request)
        #expect(try script.size("a") == expected)
    }

    @Test func intervalsHaveTheirOwnDivisions() throws {
        var settings = AllocatorSettings()
        // 1 MiB: 8 parts; 2 MiB and more: 2 parts.
        settings.divisions = [8] + [Int](repeating: 2, count: 15)
        var script = AllocatorScript(settings)
        // 1.3: steps of 1/8 → 1.375. 5: 4 … 8 in steps of 2 → 6. 600 KiB: 512 in steps of 64 → 640.
        try script.allocate("a", mebibyte * 13 / 10)
        try script.allocate("b", 5 * mebibyte)
        try script.allocate("c", 600 << 10)
        #expect(try script.size("a") == mebibyte * 11 / 8)
        #expect(try script.size("b") == 6 * mebibyte)
        #expect(try script.size("c") == 640 << 10)
    }

    @Test func noDeviceServesAnExabyte() {
        var script = AllocatorScript()
        #expect(throws: OutOfMemory.self) { try script.allocate("a", .max) }
        #expect(throws: OutOfMemory.self) { try script.allocate("a", 1 << 60) }
    }
}
