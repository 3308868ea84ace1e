import Quantities

/// PyTorch's caching allocator of device memory, as far as sizes go.
///
/// Requests are rounded up to 512 bytes. Those of at most 1 MiB come from segments of 2 MiB, those below
/// 10 MiB from segments of 20 MiB, larger ones from segments of their own size rounded up to 2 MiB. The
/// smallest free block that is large enough is taken and split when what remains is worth keeping; a
/// freed block joins its free neighbours. Segments stay with the process until the device has no
/// memory left for a new one, when all that are wholly free are given back
/// (`c10/cuda/CUDACachingAllocator.cpp`).
package struct CachingAllocator: Sendable {
    /// A block that was handed out.
    package struct BlockID: Sendable, Hashable {
        let index: Int
    }

    /// What there was when a request could not be met.
    package struct OutOfMemory: Error, Sendable, Hashable, CustomStringConvertible {
        /// What was asked for.
        package let requested: Bytes
        /// What was handed out at that moment.
        package let allocated: Bytes
        /// What the process had taken from the device.
        package let reserved: Bytes
        /// What it may take.
        package let limit: Bytes

        package var description: String {
            "\(requested) cannot be had: \(reserved) of \(limit) are taken, of which "
                + "\(allocated) are in use"
        }
    }

    /// Bytes handed out now.
    package private(set) var allocated = Bytes.zero
    /// The most bytes that were handed out at once.
    package private(set) var allocatedPeak = Bytes.zero
    /// Bytes taken from the device now.
    package private(set) var reserved = Bytes.zero
    /// The most bytes that were taken from the device at once.
    package private(set) var reservedPeak = Bytes.zero

    /// What the process may take from the device; nil is everything.
    private let limit: Bytes?
    private var blocks: [Block] = []
    private var unused: [Int] = []
    /// Free blocks of the small and the large pool of each stream.
    private var free: [FreeList] = [FreeList(), FreeList()]

    /// Sizes in bytes, from the source.
    private enum Size {
        static let least = 512
        static let small = 1 << 20
        static let smallSegment = 2 << 20
        static let leastOwnSegment = 10 << 20
        static let largeSegment = 20 << 20
        static let rounding = 2 << 20
    }

    private struct Block {
        var address: Int
        var size: Int
        /// Twice the stream, plus one for large blocks.
        var pool: Int
        var isFree: Bool
        /// Neighbours in the segment; -1 where it begins or ends.
        var previous: Int
        var next: Int
    }

    /// Free blocks of one pool in the order of size, then of address.
    private struct FreeList {
        var keys: [(size: Int, address: Int, block: Int)] = []

        /// The place of the first block that is not smaller.
        func place(_ size: Int, _ address: Int) -> Int {
            var (low, high) = (0, keys.count)
            while low < high {
                let middle = (low + high) / 2
                let key = keys[middle]
                if key.size < size || key.size == size && key.address < address {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return low
        }
    }

    package init(limit: Bytes? = nil) { self.limit = limit }

    private var nextAddress = 0

    /// Hands out a block for a stream; blocks of other streams are not used for it.
    ///
    /// - Throws: `OutOfMemory` when the device has nothing left even after cached segments were given
    ///   back.
    package mutating func allocate(
        _ bytes: Bytes, stream: Int = 0
    ) throws(OutOfMemory) -> BlockID {
        let size = max((bytes.count + Size.least - 1) / Size.least * Size.least, Size.least)
        let pool = 2 * stream + (size <= Size.small ? 0 : 1)
        while free.count <= pool { free.append(FreeList()) }
        let place = free[pool].place(size, 0)
        let index: Int
        if place < free[pool].keys.count {
            index = free[pool].keys.remove(at: place).block
        } else {
            index = try segment(for: size, pool: pool)
        }
        split(index, to: size)
        blocks[index].isFree = false
        allocated += Bytes(blocks[index].size)
        allocatedPeak = max(allocatedPeak, allocated)
        return BlockID(index: index)
    }

    /// Takes a block back.
    package mutating func deallocate(_ block: BlockID) {
        var index = block.index
        allocated -= Bytes(blocks[index].size)
        let next = blocks[index].next
        if next >= 0, blocks[next].isFree {
            remove(next)
            join(index, next)
        }
        let previous = blocks[index].previous
        if previous >= 0, blocks[previous].isFree {
            remove(previous)
            join(previous, index)
            index = previous
        }
        blocks[index].isFree = true
        insert(index)
    }

    /// Gives segments that are wholly free back to the device.
    package mutating func releaseCached() {
        for pool in free.indices {
            let whole = free[pool].keys.filter {
                blocks[$0.block].previous < 0 && blocks[$0.block].next < 0
            }
            for key in whole {
                remove(key.block)
                reserved -= Bytes(key.size)
                unused.append(key.block)
            }
        }
    }

    // MARK: Segments

    private mutating func segment(for size: Int, pool: Int) throws(OutOfMemory) -> Int {
        let length: Int
        if pool % 2 == 0 {
            length = Size.smallSegment
        } else if size < Size.leastOwnSegment {
            length = Size.largeSegment
        } else {
            length = (size + Size.rounding - 1) / Size.rounding * Size.rounding
        }
        if let limit, reserved + Bytes(length) > limit {
            releaseCached()
            guard reserved + Bytes(length) <= limit else {
                throw OutOfMemory(
                    requested: Bytes(size), allocated: allocated, reserved: reserved, limit: limit)
            }
        }
        reserved += Bytes(length)
        reservedPeak = max(reservedPeak, reserved)
        let index = make(
            Block(
                address: nextAddress, size: length, pool: pool, isFree: true, previous: -1,
                next: -1))
        nextAddress += length
        return index
    }

    private mutating func make(_ block: Block) -> Int {
        if let index = unused.popLast() {
            blocks[index] = block
            return index
        }
        blocks.append(block)
        return blocks.count - 1
    }

    // MARK: Splitting and joining

    private mutating func split(_ index: Int, to size: Int) {
        let block = blocks[index]
        let remaining = block.size - size
        guard block.pool % 2 == 0 ? remaining >= Size.least : remaining > Size.small else { return }
        let rest = make(
            Block(
                address: block.address + size, size: remaining, pool: block.pool,
                isFree: true, previous: index, next: block.next))
        if block.next >= 0 { blocks[block.next].previous = rest }
        blocks[index].next = rest
        blocks[index].size = size
        insert(rest)
    }

    /// Joins a block with the one after it.
    private mutating func join(_ first: Int, _ second: Int) {
        blocks[first].size += blocks[second].size
        blocks[first].next = blocks[second].next
        if blocks[second].next >= 0 { blocks[blocks[second].next].previous = first }
        unused.append(second)
    }

    private mutating func insert(_ index: Int) {
        let block = blocks[index]
        let place = free[block.pool].place(block.size, block.address)
        free[block.pool].keys.insert((block.size, block.address, index), at: place)
    }

    private mutating func remove(_ index: Int) {
        let block = blocks[index]
        free[block.pool].keys.remove(
            at: free[block.pool].place(block.size, block.address))
    }
}
