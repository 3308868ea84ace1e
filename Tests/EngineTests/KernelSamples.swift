import Engine

/// Seeded numbers for tests (SplitMix64).
struct Samples {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in −1 ..< 1.
    mutating func floats(_ count: Int) -> [Float] {
        (0 ..< count).map { _ in Float(bits() >> 40) / Float(1 << 23) - 1 }
    }

    /// Uniform in 0 ..< bound.
    mutating func integers(_ count: Int, below bound: Int) -> [Int32] {
        (0 ..< count).map { _ in Int32(bits() % UInt64(bound)) }
    }
}

/// Worker counts that tests run with; more than the sizes need, so that ranges run out.
let workerCounts = [1, 2, 5]

/// Central differences of a scalar function of `point`.
func differences(
    at point: [Float], step: Double = 1e-4, _ value: ([Double]) -> Double
) -> [Double] {
    var moved = point.map(Double.init)
    return moved.indices.map { index in
        let centre = moved[index]
        moved[index] = centre + step
        let above = value(moved)
        moved[index] = centre - step
        let below = value(moved)
        moved[index] = centre
        return (above - below) / (2 * step)
    }
}

/// Σ a · b.
func product(_ a: [Double], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * Double($1.1) }
}
