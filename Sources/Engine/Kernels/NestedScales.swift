import StepPrograms

/// Scales that are quantised themselves: 8-bit codes of their distance from their mean, with one scale
/// for each 256.
package struct NestedScales: Sendable, Hashable {
    /// A code for each scale.
    package let codes: [UInt8]
    /// A scale for each block of codes.
    package let scales: [Float]
    /// Added to every restored scale.
    package let offset: Float

    /// The 256 values of the signed dynamic map (Dettmers 2016), in ascending order.
    ///
    /// For i in 0 ... 6: 2ⁱ values of each sign, the middles of a division of 0.1 ... 1 times 10^(i−6);
    /// then 0 and 1. Rounded as `create_dynamic_map` rounds, whose `linspace` multiplies and adds
    /// in one operation from the nearer end.
    package static let map: [Float] = {
        var values: [Float] = [0, 1]
        for exponent in 0 ..< 7 {
            let parts = 1 << exponent
            let step = (1 - 0.1 as Float) / Float(parts)
            let edges = (0 ... parts).map { i in
                i < (parts + 1) / 2
                    ? (0.1 as Float).addingProduct(step, Float(i))
                    : (1 as Float).addingProduct(-step, Float(parts - i))
            }
            let power = powers[exponent]
            for (low, high) in zip(edges, edges.dropFirst()) {
                let value = (low + high) / 2 * power
                values += [value, -value]
            }
        }
        return values.sorted()
    }()

    private static let powers: [Float] = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1]

    /// The mean, added up as PyTorch does on one thread of a CPU.
    package static func mean(of scales: [Float]) -> Float {
        CascadeSum.sum(scales) / Float(max(1, scales.count))
    }

    /// Quantises scales.
    package init(
        _ values: [Float], offset: Float, rounding: NestedRounding = .standard
    ) {
        var codes: [UInt8] = []
        var scales: [Float] = []
        codes.reserveCapacity(values.count)
        for first in stride(from: 0, to: values.count, by: StorageFormat.nf4NestedBlock) {
            let end = min(first + StorageFormat.nf4NestedBlock, values.count)
            let block = values[first ..< end].map { $0 - offset }
            let largest = block.reduce(0) { max($0, abs($1)) }
            scales.append(largest)
            // A block of zeros is restored from a scale of zero whatever its codes are.
            let reciprocal = 1 / largest
            codes += block.map { largest > 0 ? rounding.code(of: $0 * reciprocal) : 0 }
        }
        self.codes = codes
        self.scales = scales
        self.offset = offset
    }
}
