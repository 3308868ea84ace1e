import Quantities

extension CachingAllocator {
    /// Addresses that an expandable segment spans: nine eighths of the device's memory in whole pages.
    ///
    /// Without a limit, more than any request.
    private func span(page: Int) -> Int {
        guard let limit else { return (1 << 50) / page * page }
        return max((limit.count + limit.count / 8 + page - 1) / page * page, page)
    }

    /// Passes over free blocks that could grow further than a later one (`get_free_block`).
    func leastExpandable(from place: FreeBlocks.Place, pool: Int) -> FreeBlocks.Place {
        var place = place
        var least = reach(of: pools[pool].free[place].block)
        while let next = pools[pool].free.place(after: place) {
            let size = reach(of: pools[pool].free[next].block)
            guard size < least else { break }
            least = size
            place = next
        }
        return place
    }

    /// The size a free block can grow to.
    private func reach(of index: Int32) -> Int {
        let block = blocks[Int(index)]
        guard block.next != Self.none, !blocks[Int(block.next)].isMapped else { return block.size }
        return block.size + blocks[Int(block.next)].size
    }

    /// Maps pages at the lowest addresses where the request fits, `none` when the device has no more
    /// (`try_allocate_expandable_block`).
    ///
    /// Pages mapped before a failure stay in the pool as a free block.
    mutating func takeExpanding(_ size: Int, for pool: Int) -> Int32 {
        guard var block = lowestExpandable(size, pool: pool) else { return Self.none }
        if !blocks[Int(block)].isMapped {
            guard map(block, min(blocks[Int(block)].size, size)) else { return Self.none }
        }
        while blocks[Int(block)].size < size {
            let next = blocks[Int(block)].next
            let missing = size - blocks[Int(block)].size
            guard map(next, min(missing, blocks[Int(next)].size)) else { return Self.none }
            block = next
        }
        let found = blocks[Int(block)]
        pools[pool].free.remove(size: found.size, address: found.address)
        return block
    }

    /// The first block of the lowest run of free and unmapped blocks that is long enough
    /// (`find_expandable_block`).
    private mutating func lowestExpandable(_ size: Int, pool: Int) -> Int32? {
        for entry in pools[pool].unmapped.all {
            var first = entry.block
            let previous = blocks[Int(first)].previous
            if previous != Self.none, !blocks[Int(previous)].isAllocated { first = previous }
            var length = 0
            var block = first
            while length < size, block != Self.none, !blocks[Int(block)].isAllocated {
                length += blocks[Int(block)].size
                block = blocks[Int(block)].next
            }
            if length >= size { return first }
        }
        let page = settings.page(isSmall: pools[pool].isSmall)
        let length = span(page: page)
        guard length >= size else { return nil }
        // Pages are then multiples of their size from address zero.
        nextAddress = (nextAddress + page - 1) / page * page
        var block = Block(
            address: nextAddress, size: length, previous: Self.none, next: Self.none,
            pool: Int32(pool))
        block.isMapped = false
        nextAddress += length
        statistics.expandableSegments += 1
        let index = makeBlock(block)
        pools[pool].unmapped.insert(size: 0, address: block.address, block: index)
        return index
    }

    /// Puts memory behind the first bytes of an unmapped block, in whole pages, and joins it with its
    /// free neighbours (`map_block`).
    private mutating func map(_ index: Int32, _ size: Int) -> Bool {
        var block = blocks[Int(index)]
        let pool = Int(block.pool)
        let page = settings.page(isSmall: pools[pool].isSmall)
        let mapped = (size + page - 1) / page * page
        guard fits(mapped) else { return false }
        pools[pool].unmapped.remove(size: 0, address: block.address)
        if mapped < block.size {
            var rest = Block(
                address: block.address + mapped, size: block.size - mapped, previous: index,
                next: block.next, pool: block.pool)
            rest.isMapped = false
            let restIndex = makeBlock(rest)
            if rest.next != Self.none { blocks[Int(rest.next)].previous = restIndex }
            pools[pool].unmapped.insert(size: 0, address: rest.address, block: restIndex)
            block.next = restIndex
            block.size = mapped
        }
        block.isMapped = true
        blocks[Int(index)] = block
        merge(index, with: block.previous)
        merge(index, with: blocks[Int(index)].next)
        let whole = blocks[Int(index)]
        pools[pool].free.insert(size: whole.size, address: whole.address, block: index)
        statistics.reserved.change(by: mapped)
        return true
    }

    /// Takes the memory from every page that no block in use touches (`release_blocks`, `unmap_block`).
    mutating func unmapFree(of pool: Int) {
        for entry in pools[pool].free.all { unmap(entry.block, pool: pool) }
    }

    private mutating func unmap(_ index: Int32, pool: Int) {
        let whole = blocks[Int(index)]
        let page = settings.page(isSmall: pools[pool].isSmall)
        let first = (whole.address + page - 1) / page * page
        let end = (whole.address + whole.size) / page * page
        guard first < end else { return }
        pools[pool].free.remove(size: whole.size, address: whole.address)
        if first > whole.address {
            keep(whole.address ..< first, between: blocks[Int(index)].previous, and: index, pool)
        }
        if end < whole.address + whole.size {
            keep(
                end ..< whole.address + whole.size, between: index,
                and: blocks[Int(index)].next, pool)
        }
        blocks[Int(index)].address = first
        blocks[Int(index)].size = end - first
        blocks[Int(index)].isMapped = false
        merge(index, with: blocks[Int(index)].previous)
        merge(index, with: blocks[Int(index)].next)
        statistics.reserved.change(by: first - end)
        let unmapped = blocks[Int(index)]
        if unmapped.previous == Self.none, unmapped.next == Self.none {
            statistics.expandableSegments -= 1
            recycled.append(index)
        } else {
            pools[pool].unmapped.insert(size: 0, address: unmapped.address, block: index)
        }
    }

    /// Makes the part of a page that is left of an unmapped block a free block.
    private mutating func keep(
        _ range: Range<Int>, between previous: Int32, and next: Int32, _ pool: Int
    ) {
        let index = makeBlock(
            Block(
                address: range.lowerBound, size: range.count, previous: previous, next: next,
                pool: Int32(pool)))
        if previous != Self.none { blocks[Int(previous)].next = index }
        if next != Self.none { blocks[Int(next)].previous = index }
        pools[pool].free.insert(size: range.count, address: range.lowerBound, block: index)
    }
}
