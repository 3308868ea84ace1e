/// Random numbers that are the same on every platform and in every version.
///
/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
package struct SeededGenerator: RandomNumberGenerator, Sendable, Hashable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// A number below a positive bound, each equally likely: values past the last whole multiple of
    /// the bound are drawn again.
    package mutating func number(below bound: Int) -> Int {
        let bound = UInt64(bound)
        let excess = (UInt64.max % bound + 1) % bound
        while true {
            let value = next()
            if value <= UInt64.max - excess { return Int(value % bound) }
        }
    }

    /// The numbers 0 ..< count in an order that depends on the seed alone (Fisher and Yates).
    package static func permutation(of count: Int, seed: UInt64) -> [Int] {
        var generator = SeededGenerator(seed: seed)
        var order = Array(0 ..< count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, generator.number(below: last + 1))
        }
        return order
    }

    /// A hash of text that depends on its UTF-8 bytes and the seed alone.
    ///
    /// FNV-1a with 64 bits (Fowler, Noll and Vo), then SplitMix64's mixing of hash and seed.
    package static func hash(of text: String, seed: UInt64) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return mixed(hash ^ mixed(seed &+ 0x9E37_79B9_7F4A_7C15))
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
