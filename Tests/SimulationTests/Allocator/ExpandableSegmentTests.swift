import Quantities
import Simulation
import Testing

/// Sequences worked out by hand for `expandable_segments:True`; sizes in MiB.
@Suite struct ExpandableSegmentTests {
    private let expandable = AllocatorSettings(expandableSegments: true)

    @Test func pagesAreMappedAsNeeded() throws {
        var script = AllocatorScript(expandable)
        // Small pool: pages of 2. Large pool: pages of 20, so 30 maps 40 and leaves 10.
        try script.allocate("a", mebibyte)
        try script.allocate("b", 30 * mebibyte)
        script.expect(
            allocated: 31 * mebibyte, reserved: 42 * mebibyte, segments: 0, expandable: 2)
        // 15 takes the 10 and one page more; 15 are left.
        try script.allocate("c", 15 * mebibyte)
        #expect(try script.address("c") == script.address("b") + 30 * mebibyte)
        script.expect(
            allocated: 46 * mebibyte, reserved: 62 * mebibyte, segments: 0, expandable: 2)
        // Large blocks split from 512 bytes on.
        try script.allocate("d", 15 * mebibyte - 512)
        try script.allocate("e", mebibyte + 1)
        script.expect(allocated: 62 * mebibyte + 0, reserved: 82 * mebibyte)
    }

    @Test func freeNeighboursServeLargerRequests() throws {
        for (settings, reserved) in [(AllocatorSettings(), 48), (expandable, 40)] {
            var script = AllocatorScript(settings)
            // Plain: 12 + 12, then 24 more. Expandable: two pages hold 24, before and after.
            try script.allocate("a", 12 * mebibyte)
            try script.allocate("b", 12 * mebibyte)
            try script.free("a", "b")
            try script.allocate("c", 24 * mebibyte)
            script.expect(allocated: 24 * mebibyte, reserved: reserved * mebibyte)
        }
    }

    @Test func aSingleBlockOfTenReservesMoreThanPlain() throws {
        // Pages of 20 against a segment of 10: expandable segments are no bound from above.
        for (settings, reserved) in [(AllocatorSettings(), 10), (expandable, 20)] {
            var script = AllocatorScript(settings)
            try script.allocate("a", 10 * mebibyte)
            script.expect(allocated: 10 * mebibyte, reserved: reserved * mebibyte)
        }
    }

    @Test func wholePagesAreUnmappedAndMappedAgain() throws {
        var script = AllocatorScript(expandable)
        for name in ["a", "b", "c"] { try script.allocate(name, 20 * mebibyte) }
        let middle = try script.address("b")
        try script.free("b")
        script.emptyCache()
        script.expect(allocated: 40 * mebibyte, reserved: 40 * mebibyte, expandable: 1)
        // The gap is the lowest address with room.
        try script.allocate("d", 20 * mebibyte)
        #expect(try script.address("d") == middle)
        script.expect(allocated: 60 * mebibyte, reserved: 60 * mebibyte, expandable: 1)
    }

    @Test func pagesInUseStay() throws {
        var script = AllocatorScript(expandable)
        // a 0–10, b 10–40, c 40–50; pages 0–20, 20–40, 40–60.
        try script.allocate("a", 10 * mebibyte)
        try script.allocate("b", 30 * mebibyte)
        try script.allocate("c", 10 * mebibyte)
        script.expect(allocated: 50 * mebibyte, reserved: 60 * mebibyte)
        let start = try script.address("a")
        try script.free("b")
        script.emptyCache()
        // 20–40 goes; 10–20 and 50–60 stay as free blocks. Both could grow, the first to 30, the second
        // to the end of the addresses: the first is taken first.
        script.expect(allocated: 20 * mebibyte, reserved: 40 * mebibyte)
        try script.allocate("d", 10 * mebibyte)
        #expect(try script.address("d") == start + 10 * mebibyte)
        try script.allocate("e", 10 * mebibyte)
        #expect(try script.address("e") == start + 50 * mebibyte)
        script.expect(allocated: 40 * mebibyte, reserved: 40 * mebibyte)
    }

    @Test func requestsSpanFreeAndUnmappedBlocks() throws {
        var script = AllocatorScript(expandable)
        // As above, then 25: the free 10–20 and the unmapped 20–40 are the lowest run that is long
        // enough; one page is mapped and 5 are left.
        try script.allocate("a", 10 * mebibyte)
        try script.allocate("b", 30 * mebibyte)
        try script.allocate("c", 10 * mebibyte)
        let start = try script.address("a")
        try script.free("b")
        script.emptyCache()
        try script.allocate("d", 25 * mebibyte)
        #expect(try script.address("d") == start + 10 * mebibyte)
        script.expect(allocated: 45 * mebibyte, reserved: 60 * mebibyte, expandable: 1)
    }

    @Test func blocksThatCannotGrowAreTakenFirst() throws {
        var script = AllocatorScript(expandable)
        // a 0–4, b 4–10, c 10–15, free 15–20. 5 would fit the tail exactly, but the tail can grow:
        // the 6 of b is taken.
        try script.allocate("a", 4 * mebibyte)
        try script.allocate("b", 6 * mebibyte)
        try script.allocate("c", 5 * mebibyte)
        let hole = try script.address("b")
        try script.free("b")
        try script.allocate("d", 5 * mebibyte)
        #expect(try script.address("d") == hole)
        script.expect(allocated: 14 * mebibyte, reserved: 20 * mebibyte)
    }

    @Test func theDevicesLimitCountsPages() throws {
        var script = AllocatorScript(expandable, limit: 50 * mebibyte)
        try script.allocate("a", 30 * mebibyte)
        // 10 are left of 40, and no third page fits; no whole page is free.
        let error = #expect(throws: OutOfMemory.self) { try script.allocate("b", 15 * mebibyte) }
        #expect(error?.reserved == Bytes(40 * mebibyte))
        #expect(error?.fragmented == Bytes(10 * mebibyte))
        try script.allocate("c", 10 * mebibyte)
        script.expect(allocated: 40 * mebibyte, reserved: 40 * mebibyte)
    }

    @Test func unmappedPagesServeTheOtherPool() throws {
        var script = AllocatorScript(expandable, limit: 42 * mebibyte)
        try script.allocate("a", 40 * mebibyte)
        try script.free("a")
        // Three small segments need 6; 40 + 4 > 42: the 40 are unmapped.
        for name in ["b", "c", "d", "e", "f"] { try script.allocate(name, mebibyte) }
        script.expect(allocated: 5 * mebibyte, reserved: 6 * mebibyte)
        #expect(script.allocator.statistics.retries == 1)
    }

    @Test func anEmptySegmentIsGivenUp() throws {
        var script = AllocatorScript(expandable)
        try script.allocate("a", 30 * mebibyte)
        try script.free("a")
        script.expect(allocated: 0, reserved: 40 * mebibyte, expandable: 1)
        script.emptyCache()
        script.expect(allocated: 0, reserved: 0, expandable: 0)
    }
}
