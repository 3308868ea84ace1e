extension BytePairMerges {
    /// A token under construction: which, and how many bytes of the word it covers.
    struct Symbol: Sendable, Hashable {
        var token: Int32
        var length: Int32
    }

    /// Joins neighbours, lowest rank first and leftmost among equals, until none can be joined.
    ///
    /// n symbols take O(n log n) with the heap; short words are scanned instead, O(n²) but faster.
    func merge(_ symbols: inout [Symbol]) {
        if symbols.count <= 24 {
            mergeByScanning(&symbols)
        } else {
            mergeByHeap(&symbols)
        }
    }

    /// The definition: look at every pair, join the best, repeat.
    func mergeByScanning(_ symbols: inout [Symbol]) {
        var pairRanks: [Int32] = []
        pairRanks.reserveCapacity(symbols.count)
        for index in symbols.indices.dropLast() {
            pairRanks.append(
                rank(symbols[index].token, symbols[index + 1].token) ?? .max)
        }
        while true {
            var best = Int32.max
            var place = -1
            for index in pairRanks.indices where pairRanks[index] < best {
                best = pairRanks[index]
                place = index
            }
            guard place >= 0 else { return }
            symbols[place].token = all[Int(best)].result
            symbols[place].length += symbols[place + 1].length
            symbols.remove(at: place + 1)
            pairRanks.remove(at: place)
            if place > 0 {
                pairRanks[place - 1] =
                    rank(symbols[place - 1].token, symbols[place].token) ?? .max
            }
            if place < pairRanks.count {
                pairRanks[place] = rank(symbols[place].token, symbols[place + 1].token) ?? .max
            }
        }
    }

    /// The same with a heap of pairs and a linked list of symbols.
    func mergeByHeap(_ symbols: inout [Symbol]) {
        let count = symbols.count
        var next = (1 ... count).map { Int32($0) }
        var previous = (0 ..< count).map { Int32($0 - 1) }
        var heap = BytePairHeap()
        for index in 0 ..< count - 1 {
            if let rank = rank(symbols[index].token, symbols[index + 1].token) {
                heap.insert(rank: rank, place: index)
            }
        }
        while let (best, place) = heap.removeFirst() {
            let right = Int(next[place])
            let merge = all[Int(best)]
            // A pair whose tokens have changed since it was inserted is out of date.
            guard right < count, symbols[place].token == merge.left,
                symbols[right].token == merge.right
            else { continue }
            symbols[place].token = merge.result
            symbols[place].length += symbols[right].length
            symbols[right] = Symbol(token: -1, length: 0)
            next[place] = next[right]
            let after = Int(next[place])
            if after < count {
                previous[after] = Int32(place)
                if let rank = rank(merge.result, symbols[after].token) {
                    heap.insert(rank: rank, place: place)
                }
            }
            let before = Int(previous[place])
            if before >= 0, let rank = rank(symbols[before].token, merge.result) {
                heap.insert(rank: rank, place: before)
            }
        }
        symbols.removeAll { $0.length == 0 }
    }
}

/// A binary heap of pairs, lowest rank first and leftmost among equals.
private struct BytePairHeap {
    /// Rank in the high half, place in the low half: one comparison orders both.
    private var keys: [UInt64] = []

    mutating func insert(rank: Int32, place: Int) {
        keys.append(UInt64(UInt32(bitPattern: rank)) << 32 | UInt64(place))
        var child = keys.count - 1
        while child > 0, keys[child] < keys[(child - 1) / 2] {
            keys.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() -> (rank: Int32, place: Int)? {
        guard let first = keys.first, let last = keys.popLast() else { return nil }
        if !keys.isEmpty {
            keys[0] = last
            siftDown()
        }
        return (Int32(first >> 32), Int(first & 0xFFFF_FFFF))
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < keys.count else { return }
            if child + 1 < keys.count, keys[child + 1] < keys[child] { child += 1 }
            guard keys[child] < keys[parent] else { return }
            keys.swapAt(child, parent)
            parent = child
        }
    }
}
