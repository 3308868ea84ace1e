import Quantities

extension CachingAllocator {
    /// Returns everything to the device that can be returned (`torch.cuda.empty_cache`).
    package mutating func emptyCache() {
        for pool in pools.indices {
            if settings.expandableSegments {
                unmapFree(of: pool)
            } else {
                releaseWholeSegments(of: pool)
            }
        }
    }

    /// A block of memory that was not held before, after returning cached memory where the device has no
    /// more (`malloc`, second half).
    mutating func takeNew(_ size: Int, for pool: Int) throws(OutOfMemory) -> Int32 {
        var block = takeFromDevice(size, for: pool)
        if block == Self.none, releaseOversized(size, of: pool) {
            block = takeFromDevice(size, for: pool)
        }
        if block == Self.none {
            emptyCache()
            statistics.retries += 1
            block = takeFromDevice(size, for: pool)
        }
        if block == Self.none {
            throw outOfMemory(size, segment: settings.segmentSize(for: size), pool: pool)
        }
        return block
    }

    /// Whether so many bytes more may be held.
    func fits(_ bytes: Int) -> Bool {
        guard let limit else { return true }
        return statistics.reserved.current.count + bytes <= limit.count
    }

    func outOfMemory(_ size: Int, segment: Int, pool: Int?) -> OutOfMemory {
        OutOfMemory(
            requested: Bytes(size), segment: Bytes(segment),
            allocated: statistics.allocated.current, reserved: statistics.reserved.current,
            limit: limit,
            largestFree: Bytes(pool.flatMap { pools[$0].free.last?.size } ?? 0))
    }

    /// A new segment, or more pages of an expandable one (`alloc_block`).
    private mutating func takeFromDevice(_ size: Int, for pool: Int) -> Int32 {
        if settings.expandableSegments { return takeExpanding(size, for: pool) }
        let segment = settings.segmentSize(for: size)
        guard fits(segment) else { return Self.none }
        let address = nextAddress
        nextAddress += segment
        statistics.reserved.change(by: segment)
        statistics.segments += 1
        return makeBlock(
            Block(
                address: address, size: segment, previous: Self.none, next: Self.none,
                pool: Int32(pool)))
    }

    /// Returns the smallest cached block that is too large to be split and would serve the request, or as
    /// many of the largest as it takes (`release_available_cached_blocks`).
    private mutating func releaseOversized(_ size: Int, of pool: Int) -> Bool {
        // In expandable segments PyTorch asserts that this never happens; nothing is released here.
        guard settings.maximumSplit != nil, !settings.expandableSegments else { return false }
        let needed = max(size, settings.splitBound)
        if let place = pools[pool].free.first(from: needed) {
            let entry = pools[pool].free[place]
            pools[pool].free.remove(at: place)
            giveBack(entry)
            return true
        }
        var released = 0
        while released < needed, let last = pools[pool].free.last,
            last.size >= settings.splitBound
        {
            released += last.size
            pools[pool].free.removeLast()
            giveBack(last)
        }
        return released >= needed
    }

    /// Counts a segment that was taken out of its pool as returned.
    private mutating func giveBack(_ entry: FreeBlocks.Entry) {
        statistics.reserved.change(by: -entry.size)
        statistics.segments -= 1
        recycled.append(entry.block)
    }

    /// Returns every segment without a block in use (`release_blocks`).
    private mutating func releaseWholeSegments(of pool: Int) {
        var kept = pools[pool].free
        kept.removeAll { entry in
            let block = blocks[Int(entry.block)]
            guard block.previous == Self.none, block.next == Self.none else { return false }
            giveBack(entry)
            return true
        }
        pools[pool].free = kept
    }
}
