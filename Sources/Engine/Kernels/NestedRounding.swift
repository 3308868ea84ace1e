/// How the 8-bit code of a nested scale is chosen; the two ways of bitsandbytes differ in about one code
/// of five hundred.
package enum NestedRounding: String, Sendable, Hashable, CaseIterable {
    /// The nearest entry of the map, as the CUDA kernels search it.
    case nearest
    /// The entry that a table of 65,536 bins names, as the CPU library looks it up: near zero, where
    /// the map is finer than the bins, not always the nearest.
    case binned

    /// What the engine uses unless it is told otherwise: the arithmetic of a library that runs on the
    /// same machine and can be compared with.
    package static let standard = NestedRounding.binned

    /// The code for x between -1 and 1; what lies outside, or is no number, counts as an end.
    package func code(of x: Float) -> UInt8 {
        let x = x >= -1 ? min(x, 1) : -1
        return switch self {
        case .nearest: Self.nearestCode(x)
        case .binned: Self.table[Int((x + 1) * 0.5 * 65_535 + 0.5)]
        }
    }

    /// The code of each bin's value: how many middles of neighbouring entries lie below it.
    private static let table: [UInt8] = {
        let map = NestedScales.map
        let middles = zip(map, map.dropFirst()).map { 0.5 * ($0 + $1) }
        var code = 0
        return (0 ..< 65_536).map { bin in
            let value = -1 + 2 * Float(bin) / 65_535
            while code < middles.count, middles[code] < value { code += 1 }
            return UInt8(code)
        }
    }()

    /// The search goes as `dQuantize` does, because ties follow from where it ends: below x the upper
    /// neighbour must be strictly nearer, above x the lower one must.
    private static func nearestCode(_ x: Float) -> UInt8 {
        let map = NestedScales.map
        var (pivot, lower, upper) = (127, 0, 255)
        for step in [64, 32, 16, 8, 4, 2, 1] {
            if x > map[pivot] {
                lower = pivot
                pivot += step
            } else {
                upper = pivot
                pivot -= step
            }
        }
        if x > map[pivot] {
            return UInt8(x > (map[upper] + map[pivot]) * 0.5 ? upper : pivot)
        }
        return UInt8(x < (map[lower] + map[pivot]) * 0.5 ? lower : pivot)
    }
}
