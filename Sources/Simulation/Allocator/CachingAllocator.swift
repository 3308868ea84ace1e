import Quantities

/// A model of PyTorch's CUDA caching allocator: which bytes it hands out, and which it holds.
///
/// Follows `DeviceCachingAllocator` in `c10/cuda/CUDACachingAllocator.cpp` rule by rule. Three things are
/// simpler: new segments have rising addresses (the driver's choice is unknown and decides only between
/// free blocks of equal size), events of other streams are taken as passed, and garbage collection is off.
package struct CachingAllocator: Sendable {
    /// A block in use.
    package struct BlockID: Sendable, Hashable {
        let index: Int32
    }

    /// A piece of a segment; pieces of one segment form a chain in the order of their addresses.
    struct Block: Sendable {
        var address: Int
        var size: Int
        var previous: Int32
        var next: Int32
        let pool: Int32
        var isAllocated = false
        /// Whether pages are behind the addresses; always, outside expandable segments.
        var isMapped = true
    }

    /// Free blocks of one stream that are all small or all large.
    struct Pool: Sendable {
        let stream: Int
        let isSmall: Bool
        /// Free blocks with memory.
        var free = FreeBlocks()
        /// Ranges of expandable segments without memory, by address (their `size` is zero).
        var unmapped = FreeBlocks()
    }

    /// How it is set up.
    package let settings: AllocatorSettings
    /// The most it may take from the device; nil is no bound.
    package let limit: Bytes?
    /// What it counted.
    package internal(set) var statistics = AllocatorStatistics()

    var blocks: [Block] = []
    var recycled: [Int32] = []
    var pools: [Pool] = []
    /// Where the next segment begins.
    var nextAddress = 1 << 30

    /// No block.
    static let none: Int32 = -1
    /// PyTorch refuses larger requests outright.
    private static let largestRequest = 1 << 60

    package init(settings: AllocatorSettings = AllocatorSettings(), limit: Bytes? = nil) {
        self.settings = settings
        self.limit = limit
    }

    /// Serves a request of one byte or more.
    package mutating func allocate(
        _ bytes: Bytes, stream: Int = 0
    ) throws(OutOfMemory) -> BlockID {
        invariant(bytes > .zero, "a request of \(bytes) never reaches the allocator")
        guard bytes.count < Self.largestRequest else {
            throw outOfMemory(bytes.count, segment: bytes.count, pool: nil)
        }
        let size = settings.blockSize(of: bytes.count)
        let isSmall = size <= AllocatorSettings.largestSmall
        let pool = poolIndex(stream: stream, isSmall: isSmall)
        var block = takeCached(size, from: pool)
        if block == Self.none { block = try takeNew(size, for: pool) }
        let remaining = blocks[Int(block)].size - size
        if settings.splits(remaining, beyond: size, isSmall: isSmall) {
            block = split(block, at: size, pool: pool)
        }
        blocks[Int(block)].isAllocated = true
        statistics.allocated.change(by: blocks[Int(block)].size)
        statistics.activeBlocks += 1
        statistics.events += 1
        return BlockID(index: block)
    }

    /// Takes a block back; its memory stays with the allocator.
    package mutating func free(_ id: BlockID) {
        let index = Int(id.index)
        invariant(
            index < blocks.count && blocks[index].isAllocated,
            "block \(index) is freed and not in use")
        blocks[index].isAllocated = false
        statistics.allocated.change(by: -blocks[index].size)
        statistics.activeBlocks -= 1
        statistics.events += 1
        merge(id.index, with: blocks[index].previous)
        merge(id.index, with: blocks[index].next)
        let block = blocks[index]
        pools[Int(block.pool)].free.insert(
            size: block.size, address: block.address, block: id.index)
    }

    /// Starts the peaks anew (`torch.cuda.reset_peak_memory_stats`).
    package mutating func resetPeaks() { statistics.resetPeaks() }

    /// The bytes a block really occupies.
    package func size(of id: BlockID) -> Bytes { Bytes(blocks[Int(id.index)].size) }

    /// The addresses a block occupies.
    package func addresses(of id: BlockID) -> Range<Int> {
        let block = blocks[Int(id.index)]
        return block.address ..< block.address + block.size
    }

    /// The best cached block, taken out of its pool, or `none` (`get_free_block`).
    private mutating func takeCached(_ size: Int, from pool: Int) -> Int32 {
        guard var place = pools[pool].free.first(from: size) else { return Self.none }
        if settings.expandableSegments { place = leastExpandable(from: place, pool: pool) }
        let entry = pools[pool].free[place]
        let bound = settings.splitBound
        if size < bound {
            guard entry.size < bound else { return Self.none }
        } else if entry.size >= size + settings.unsplitRounding.count {
            return Self.none
        }
        pools[pool].free.remove(at: place)
        return entry.block
    }

    /// Makes the first `size` bytes of a block a block of their own and leaves the rest in the pool.
    private mutating func split(_ rest: Int32, at size: Int, pool: Int) -> Int32 {
        let whole = blocks[Int(rest)]
        let front = makeBlock(
            Block(
                address: whole.address, size: size, previous: whole.previous, next: rest,
                pool: Int32(pool)))
        if whole.previous != Self.none { blocks[Int(whole.previous)].next = front }
        blocks[Int(rest)].previous = front
        blocks[Int(rest)].address += size
        blocks[Int(rest)].size -= size
        pools[pool].free.insert(
            size: whole.size - size, address: whole.address + size, block: rest)
        return front
    }

    /// Joins a block with a neighbour that is free and mapped as it is (`try_merge_blocks`).
    mutating func merge(_ target: Int32, with neighbour: Int32) {
        guard neighbour != Self.none else { return }
        let source = blocks[Int(neighbour)]
        guard !source.isAllocated, source.isMapped == blocks[Int(target)].isMapped else { return }
        if source.isMapped {
            pools[Int(source.pool)].free.remove(size: source.size, address: source.address)
        } else {
            pools[Int(source.pool)].unmapped.remove(size: 0, address: source.address)
        }
        if blocks[Int(target)].previous == neighbour {
            blocks[Int(target)].address = source.address
            blocks[Int(target)].previous = source.previous
            if source.previous != Self.none { blocks[Int(source.previous)].next = target }
        } else {
            blocks[Int(target)].next = source.next
            if source.next != Self.none { blocks[Int(source.next)].previous = target }
        }
        blocks[Int(target)].size += source.size
        recycled.append(neighbour)
    }

    mutating func makeBlock(_ block: Block) -> Int32 {
        if let index = recycled.popLast() {
            blocks[Int(index)] = block
            return index
        }
        blocks.append(block)
        return Int32(blocks.count - 1)
    }

    private mutating func poolIndex(stream: Int, isSmall: Bool) -> Int {
        for index in pools.indices
        where pools[index].isSmall == isSmall && pools[index].stream == stream {
            return index
        }
        pools.append(Pool(stream: stream, isSmall: isSmall))
        return pools.count - 1
    }
}
