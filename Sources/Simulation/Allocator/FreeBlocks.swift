import Quantities

/// Free blocks in the order in which the allocator looks for them: by size, then by address.
///
/// Kept in pages of limited length, so that putting a block in moves few others.
struct FreeBlocks: Sendable {
    /// A free block.
    struct Entry: Sendable {
        let size: Int
        let address: Int
        let block: Int32

        @inline(__always)
        func precedes(_ size: Int, _ address: Int) -> Bool {
            self.size < size || (self.size == size && self.address < address)
        }
    }

    /// The place of a block.
    struct Place {
        fileprivate var page: Int
        fileprivate var slot: Int
    }

    /// Never empty, each in order and before the next.
    private var pages: [[Entry]] = []
    /// The last entry of each page.
    private var lasts: [Entry] = []

    private static let pageLength = 96

    /// The first block that is not before a size and an address; nil when there is none.
    func first(from size: Int, _ address: Int = .min) -> Place? {
        let page = Self.lowerBound(lasts, size, address)
        guard page < pages.count else { return nil }
        return Place(page: page, slot: Self.lowerBound(pages[page], size, address))
    }

    /// The place after another; nil at the end.
    func place(after place: Place) -> Place? {
        if place.slot + 1 < pages[place.page].count {
            return Place(page: place.page, slot: place.slot + 1)
        }
        return place.page + 1 < pages.count ? Place(page: place.page + 1, slot: 0) : nil
    }

    subscript(_ place: Place) -> Entry { pages[place.page][place.slot] }

    /// The largest block.
    var last: Entry? { lasts.last }

    /// All of them in order.
    var all: [Entry] { pages.flatMap { $0 } }

    mutating func insert(size: Int, address: Int, block: Int32) {
        let entry = Entry(size: size, address: address, block: block)
        let page = min(Self.lowerBound(lasts, size, address), pages.count - 1)
        guard page >= 0 else {
            pages.append([entry])
            lasts.append(entry)
            return
        }
        let slot = Self.lowerBound(pages[page], size, address)
        pages[page].insert(entry, at: slot)
        if slot == pages[page].count - 1 { lasts[page] = entry }
        if pages[page].count > Self.pageLength { divide(page) }
    }

    mutating func remove(size: Int, address: Int) {
        guard let place = first(from: size, address), self[place].address == address else {
            fatalError("a free block of \(size) bytes is missing from its pool")
        }
        remove(at: place)
    }

    mutating func remove(at place: Place) {
        pages[place.page].remove(at: place.slot)
        if let last = pages[place.page].last {
            if place.slot == pages[place.page].count { lasts[place.page] = last }
        } else {
            pages.remove(at: place.page)
            lasts.remove(at: place.page)
        }
    }

    mutating func removeLast() {
        guard let page = pages.indices.last else { return }
        remove(at: Place(page: page, slot: pages[page].count - 1))
    }

    mutating func removeAll(where released: (Entry) -> Bool) {
        pages = pages.map { $0.filter { !released($0) } }.filter { !$0.isEmpty }
        lasts = pages.compactMap(\.last)
    }

    private mutating func divide(_ page: Int) {
        let half = pages[page].count / 2
        var rest = Array(pages[page][half...])
        rest.reserveCapacity(Self.pageLength + 1)
        pages[page].removeSubrange(half...)
        pages.insert(rest, at: page + 1)
        lasts.insert(lasts[page], at: page + 1)
        lasts[page] = pages[page][half - 1]
    }

    private static func lowerBound(_ entries: [Entry], _ size: Int, _ address: Int) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) >> 1
            if entries[middle].precedes(size, address) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
