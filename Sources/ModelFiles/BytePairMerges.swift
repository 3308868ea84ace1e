/// The merges of a byte-pair encoding: which neighbouring tokens join, in which order, into what.
struct BytePairMerges: Sendable {
    /// One merge: the rank decides which of several comes first.
    struct Merge: Sendable, Hashable {
        let left: Int32
        let right: Int32
        let result: Int32
    }

    /// Every merge; its index is its rank.
    let all: [Merge]
    /// Keys (left, right) at open addresses; an all-ones key is an empty slot.
    private var keys: [UInt64]
    private var ranks: [Int32]

    /// When a pair appears twice the later rank counts, as in the tokenizers library.
    init(_ merges: [Merge]) {
        all = merges
        var size = 16
        while size < merges.count * 2 { size *= 2 }
        keys = [UInt64](repeating: .max, count: size)
        ranks = [Int32](repeating: 0, count: size)
        for (rank, merge) in merges.enumerated() {
            let slot = slot(of: Self.key(merge.left, merge.right))
            keys[slot] = Self.key(merge.left, merge.right)
            ranks[slot] = Int32(rank)
        }
    }

    /// The rank at which two neighbours join, nil when they never do.
    func rank(_ left: Int32, _ right: Int32) -> Int32? {
        let key = Self.key(left, right)
        let slot = slot(of: key)
        return keys[slot] == key ? ranks[slot] : nil
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    private func slot(of key: UInt64) -> Int {
        let mixed = key &* 0x9E37_79B9_7F4A_7C15
        var slot = Int(mixed >> 32) & (keys.count - 1)
        while keys[slot] != key, keys[slot] != .max { slot = (slot + 1) & (keys.count - 1) }
        return slot
    }
}
