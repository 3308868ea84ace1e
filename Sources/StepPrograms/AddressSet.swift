/// Addresses in use: ranges in order that neither overlap nor touch.
struct AddressSet: Sendable, Hashable {
    /// The ranges in ascending order.
    private(set) var ranges: [Range<Int>] = []

    /// Adds a range, which may overlap what is there.
    mutating func insert(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        // Addresses mostly grow, so that the end is tried first.
        if let last = ranges.last, range.lowerBound > last.upperBound {
            ranges.append(range)
            return
        }
        let first = firstIndex { $0.upperBound >= range.lowerBound }
        var next = first
        var merged = range
        while next < ranges.count, ranges[next].lowerBound <= merged.upperBound {
            merged =
                min(merged.lowerBound, ranges[next].lowerBound)
                ..< max(merged.upperBound, ranges[next].upperBound)
            next += 1
        }
        if next == first + 1 {
            ranges[first] = merged
        } else {
            ranges.replaceSubrange(first ..< next, with: CollectionOfOne(merged))
        }
    }

    /// The first index at which a condition holds that holds at every later one as well.
    private func firstIndex(where holds: (Range<Int>) -> Bool) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if holds(ranges[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// Which addresses are in use at any time of a lifetime: a segment tree over the ops of a step.
///
/// What a deep model keeps lies in few unbroken ranges, so that a question costs about the logarithm of
/// the number of ops, whatever the number of tensors that live then.
struct AddressesOverTime: Sendable {
    /// Used throughout the ops below a node, and not throughout those below its parent.
    private var throughout: [AddressSet]
    /// Used at some op below a node, leaving out what is used throughout those below its parent.
    private var sometimes: [AddressSet]
    private let leafCount: Int

    /// Nothing is used at any of some ops.
    init(opCount: Int) {
        var leafCount = 1
        while leafCount < opCount { leafCount *= 2 }
        self.leafCount = leafCount
        throughout = [AddressSet](repeating: AddressSet(), count: 2 * leafCount)
        sometimes = throughout
    }

    /// Takes addresses for a lifetime.
    mutating func insert(_ addresses: Range<Int>, during ops: ClosedRange<Int>) {
        insert(addresses, during: ops, node: 1, covering: 0 ... leafCount - 1)
    }

    private mutating func insert(
        _ addresses: Range<Int>, during ops: ClosedRange<Int>, node: Int,
        covering covered: ClosedRange<Int>
    ) {
        guard ops.overlaps(covered) else { return }
        sometimes[node].insert(addresses)
        if ops.contains(covered) {
            throughout[node].insert(addresses)
            return
        }
        let (lower, upper) = Self.halves(of: covered)
        insert(addresses, during: ops, node: 2 * node, covering: lower)
        insert(addresses, during: ops, node: 2 * node + 1, covering: upper)
    }

    /// The addresses in use at any time of a lifetime, in ascending order; they may overlap.
    func used(during ops: ClosedRange<Int>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        collect(during: ops, node: 1, covering: 0 ... leafCount - 1, into: &found)
        found.sort { $0.lowerBound < $1.lowerBound }
        return found
    }

    private func collect(
        during ops: ClosedRange<Int>, node: Int, covering covered: ClosedRange<Int>,
        into found: inout [Range<Int>]
    ) {
        guard ops.overlaps(covered) else { return }
        if ops.contains(covered) {
            found += sometimes[node].ranges
            return
        }
        found += throughout[node].ranges
        let (lower, upper) = Self.halves(of: covered)
        collect(during: ops, node: 2 * node, covering: lower, into: &found)
        collect(during: ops, node: 2 * node + 1, covering: upper, into: &found)
    }

    private static func halves(
        of range: ClosedRange<Int>
    ) -> (lower: ClosedRange<Int>, upper: ClosedRange<Int>) {
        let middle = (range.lowerBound + range.upperBound) / 2
        return (range.lowerBound ... middle, middle + 1 ... range.upperBound)
    }
}
