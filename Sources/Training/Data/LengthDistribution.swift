/// How lengths are spread, as exact order statistics and a histogram.
package struct LengthDistribution: Sendable, Hashable {
    /// Lengths from `lower` up to but not including `upper`.
    package struct Bin: Sendable, Hashable {
        /// The smallest length of the bin.
        package let lower: Int
        /// The first length of the next bin.
        package let upper: Int
        /// How many lengths fall into the bin.
        package var count: Int
    }

    /// All lengths, ascending.
    package let sorted: [Int]

    package init(_ lengths: some Sequence<Int>) { sorted = lengths.sorted() }

    /// How many lengths there are.
    package var count: Int { sorted.count }
    /// The sum of all lengths.
    package var total: Int { sorted.reduce(0, +) }
    /// The mean, 0 where there are none.
    package var mean: Double { sorted.isEmpty ? 0 : Double(total) / Double(count) }
    /// The greatest length, 0 where there are none.
    package var maximum: Int { sorted.last ?? 0 }

    /// The smallest length that at least this percentage of the lengths do not exceed (nearest rank).
    package func percentile(_ percentage: Int) -> Int {
        guard !sorted.isEmpty else { return 0 }
        let rank = (percentage * count + 99) / 100
        return sorted[min(max(rank, 1), count) - 1]
    }

    /// Counts in bins that double: 0, 1, 2–3, 4–7, … up to the greatest length.
    package var histogram: [Bin] {
        var bins: [Bin] = []
        for length in sorted {
            while bins.last.map({ length >= $0.upper }) ?? true {
                let lower = bins.last?.upper ?? 0
                bins.append(Bin(lower: lower, upper: max(1, lower * 2), count: 0))
            }
            bins[bins.count - 1].count += 1
        }
        return bins
    }
}
