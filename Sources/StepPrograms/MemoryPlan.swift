import Quantities

/// Where each tensor lies in one arena.
package struct MemoryPlan: Sendable, Hashable {
    /// Byte offsets by tensor; nil for a tensor no op touches.
    package let offsets: [Int?]
    /// Length of the arena.
    package let size: Bytes

    /// Every tensor begins at a multiple of this many bytes.
    package static let alignment = 64

    /// Places tensors so that no two that are live together overlap.
    ///
    /// Pinned tensors come first and never move; the others are placed largest first, each into the
    /// tightest gap left by those it lives together with (best fit by size).
    package init(_ program: StepProgram, liveness: Liveness) {
        var offsets = [Int?](repeating: nil, count: program.tensors.count)
        var end = 0
        func size(_ id: Int) -> Int {
            program.tensors[id].bytes.rounded(upTo: Self.alignment).count
        }
        for (id, range) in liveness.ranges.enumerated()
        where range != nil && program.tensors[id].role.isPinned {
            offsets[id] = end
            end += size(id)
        }
        let pinned = end
        let order = liveness.ranges.indices.filter {
            liveness.ranges[$0] != nil && offsets[$0] == nil
        }.sorted { (size($1), $0) < (size($0), $1) }
        var placed: [(range: ClosedRange<Int>, start: Int, end: Int)] = []
        for id in order {
            guard let range = liveness.ranges[id] else { continue }
            let start = Self.tightestGap(
                for: size(id), from: pinned,
                among: placed.filter { $0.range.overlaps(range) }.map { ($0.start, $0.end) })
            offsets[id] = start
            placed.append((range, start, start + size(id)))
            end = max(end, start + size(id))
        }
        for (id, spec) in program.tensors.enumerated() where spec.base != nil {
            offsets[id] = offsets[program.storage(of: TensorID(id)).index]
        }
        self.offsets = offsets
        self.size = Bytes(end)
    }

    private static func tightestGap(
        for size: Int, from floor: Int, among taken: [(start: Int, end: Int)]
    ) -> Int {
        var best: (start: Int, gap: Int)?
        var free = floor
        for block in taken.sorted(by: { $0.start < $1.start }) {
            let gap = block.start - free
            if gap >= size, gap < best?.gap ?? .max { best = (free, gap) }
            free = max(free, block.end)
        }
        return best?.start ?? free
    }
}
