import Quantities

/// Free blocks in the order in which the allocator looks for them: by size, then by address.
struct FreeBlocks {
    /// A free block.
    struct Entry {
        let size: Int
        let address: Int
        let block: Int32

        @inline(__always)
        func precedes(_ size: Int, _ address: Int) -> Bool {
            self.size < size || (self.size == size && self.address < address)
        }
    }

    /// The blocks in order.
    private(set) var entries: [Entry] = []

    /// The place of the first block that is not before a size and an address.
    func lowerBound(size: Int, address: Int = .min) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) >> 1
            if entries[middle].precedes(size, address) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func insert(size: Int, address: Int, block: Int32) {
        let place = lowerBound(size: size, address: address)
        entries.insert(Entry(size: size, address: address, block: block), at: place)
    }

    mutating func remove(size: Int, address: Int) {
        let place = lowerBound(size: size, address: address)
        invariant(
            place < entries.count && entries[place].address == address,
            "a free block of \(size) bytes is missing from its pool")
        entries.remove(at: place)
    }

    mutating func remove(at place: Int) { entries.remove(at: place) }

    mutating func removeAll(where released: (Entry) -> Bool) {
        entries.removeAll(where: released)
    }
}
