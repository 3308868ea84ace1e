/// A hash table from byte strings to entry numbers, counted from 0 in order of insertion.
///
/// Byte strings are compared as bytes, unlike `String`, whose equality joins composed and
/// decomposed text; and a lookup needs no copy of the bytes.
struct BytePairTable: Sendable {
    /// All byte strings one after the other; entry `i` is `bytes[starts[i] ..< starts[i + 1]]`.
    private var bytes: [UInt8] = []
    private var starts: [Int] = [0]
    /// Entry numbers at open addresses, -1 where empty; a power of two of them.
    private var slots: [Int32]

    init(minimumCapacity: Int = 0) {
        var size = 16
        while size < minimumCapacity * 2 { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
    }

    var count: Int { starts.count - 1 }

    /// The bytes of an entry.
    subscript(entry: Int) -> ArraySlice<UInt8> { bytes[starts[entry] ..< starts[entry + 1]] }

    /// The length of an entry's bytes.
    func length(_ entry: Int) -> Int { starts[entry + 1] - starts[entry] }

    /// The entry of `text[range]`.
    func find(_ text: [UInt8], _ range: Range<Int>) -> Int? {
        let slot = slots[slot(of: text, range)]
        return slot < 0 ? nil : Int(slot)
    }

    /// Adds `text[range]`, or returns nil when it is there already.
    mutating func insert(_ text: [UInt8], _ range: Range<Int>) -> Int? {
        if count * 2 >= slots.count { grow() }
        let place = slot(of: text, range)
        guard slots[place] < 0 else { return nil }
        slots[place] = Int32(count)
        bytes.append(contentsOf: text[range])
        starts.append(bytes.count)
        return count - 1
    }

    /// Where the bytes are, or the empty slot where they would go.
    private func slot(of text: [UInt8], _ range: Range<Int>) -> Int {
        var place = hash(text, range) & (slots.count - 1)
        while slots[place] >= 0, !holds(Int(slots[place]), text, range) {
            place = (place + 1) & (slots.count - 1)
        }
        return place
    }

    private func holds(_ entry: Int, _ text: [UInt8], _ range: Range<Int>) -> Bool {
        let start = starts[entry]
        guard starts[entry + 1] - start == range.count else { return false }
        for offset in 0 ..< range.count
        where bytes[start + offset] != text[range.lowerBound + offset] {
            return false
        }
        return true
    }

    /// FNV-1a with the high half folded in, so that a power-of-two table sees every bit.
    private func hash(_ text: [UInt8], _ range: Range<Int>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in range { hash = (hash ^ UInt64(text[index])) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 29)) & 0x7FFF_FFFF)
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for entry in 0 ..< count {
            slots[slot(of: bytes, starts[entry] ..< starts[entry + 1])] = Int32(entry)
        }
    }
}
