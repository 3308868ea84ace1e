import Quantities

/// Ways to fill rows of a fixed length with examples.
package enum Packing {
    /// Distributes lengths over bins of `capacity` so that few bins are needed.
    ///
    /// Best fit decreasing: longest first, each into the fullest bin that still has room (Johnson,
    /// "Near-optimal bin packing algorithms", 1973; the `bfd` strategy of TRL). Equal lengths keep
    /// their order, and of equally full bins the latest is taken. Every length must lie in
    /// 1 ... capacity.
    ///
    /// - Returns: for each bin the indices into `lengths`.
    package static func bestFitDecreasing(_ lengths: [Int], capacity: Int) -> [[Int]] {
        invariant(
            lengths.allSatisfy { $0 > 0 && $0 <= capacity }, "a length is outside 1 ... \(capacity)"
        )
        var bins: [[Int]] = []
        var rooms = RoomIndex(capacity: capacity)
        let order = lengths.indices.sorted {
            lengths[$0] == lengths[$1] ? $0 < $1 : lengths[$0] > lengths[$1]
        }
        for index in order {
            let length = lengths[index]
            let bin: Int
            let room: Int
            if let found = rooms.takeSmallest(atLeast: length) {
                (bin, room) = found
            } else {
                (bin, room) = (bins.count, capacity)
                bins.append([])
            }
            bins[bin].append(index)
            if room > length { rooms.insert(bin, room: room - length) }
        }
        return bins
    }

    /// Cuts documents, one after the other, into blocks of `length` tokens; the last may be shorter.
    ///
    /// Each token of a block but its first is predicted, as the labels of transformers' language-model
    /// blocks have it. A block counts as one segment: attention reaches across documents inside it.
    package static func blocks(of documents: [Example], length: Int) -> [Example] {
        invariant(length > 0, "a block must have tokens")
        var blocks: [Example] = []
        var block = Example(tokens: [], isTarget: [], line: 0)
        for document in documents {
            for (token, isTarget) in zip(document.tokens, document.isTarget) {
                if block.tokens.count == length {
                    blocks.append(block)
                    block = Example(tokens: [], isTarget: [], line: document.line)
                }
                if block.tokens.isEmpty { block.line = document.line }
                block.tokens.append(token)
                block.isTarget.append(isTarget)
            }
        }
        if block.targetCount > 0 { blocks.append(block) }
        return blocks
    }
}

/// Bins by the room left in them, with the smallest sufficient room found by scanning bits.
private struct RoomIndex {
    private var bins: [[Int]]
    private var occupied: [UInt64]

    init(capacity: Int) {
        bins = Array(repeating: [], count: capacity + 1)
        occupied = Array(repeating: 0, count: capacity / 64 + 1)
    }

    mutating func insert(_ bin: Int, room: Int) {
        bins[room].append(bin)
        occupied[room / 64] |= 1 << UInt64(room % 64)
    }

    mutating func takeSmallest(atLeast length: Int) -> (bin: Int, room: Int)? {
        var word = length / 64
        var bits = occupied[word] & (UInt64.max << UInt64(length % 64))
        while bits == 0 {
            word += 1
            guard word < occupied.count else { return nil }
            bits = occupied[word]
        }
        let room = word * 64 + bits.trailingZeroBitCount
        let bin = bins[room].removeLast()
        if bins[room].isEmpty { occupied[word] &= ~(1 << UInt64(room % 64)) }
        return (bin, room)
    }
}
