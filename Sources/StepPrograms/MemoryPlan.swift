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
        var used = AddressesOverTime(opCount: program.ops.count)
        for id in order {
            guard let range = liveness.ranges[id] else { continue }
            let start = Self.tightestGap(
                for: size(id), from: pinned, among: used.used(during: range))
            offsets[id] = start
            used.insert(start ..< start + size(id), during: range)
            end = max(end, start + size(id))
        }
        for (id, spec) in program.tensors.enumerated() where spec.base != nil {
            offsets[id] = offsets[program.storage(of: TensorID(id)).index]
        }
        self.offsets = offsets
        self.size = Bytes(end)
    }

    /// The start of the smallest gap that holds `size` bytes, or the end of all that is taken.
    private static func tightestGap(
        for size: Int, from floor: Int, among taken: [Range<Int>]
    ) -> Int {
        var best: (start: Int, gap: Int)?
        var free = floor
        for block in taken {
            let gap = block.lowerBound - free
            if gap >= size, gap < best?.gap ?? .max { best = (free, gap) }
            free = max(free, block.upperBound)
        }
        return best?.start ?? free
    }
}
