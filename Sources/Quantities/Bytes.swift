/// An amount of memory or storage, in bytes.
package struct Bytes: Sendable, Hashable, Comparable, Codable, RawRepresentable {
    /// The number of bytes.
    package var rawValue: Int64

    package init(rawValue: Int64) { self.rawValue = rawValue }
    /// A count of bytes.
    package init(_ count: Int) { rawValue = Int64(count) }

    package static let zero = Bytes(0)
    /// 2¹⁰ bytes each.
    package static func kibibytes(_ count: Double) -> Bytes { scaled(count, 1024) }
    /// 2²⁰ bytes each.
    package static func mebibytes(_ count: Double) -> Bytes { scaled(count, 1_048_576) }
    /// 2³⁰ bytes each.
    package static func gibibytes(_ count: Double) -> Bytes { scaled(count, 1_073_741_824) }
    /// 10⁹ bytes each.
    package static func gigabytes(_ count: Double) -> Bytes { scaled(count, 1e9) }

    /// The amount in units of 2²⁰ bytes.
    package var mebibytes: Double { Double(rawValue) / 1_048_576 }
    /// The amount in units of 2³⁰ bytes.
    package var gibibytes: Double { Double(rawValue) / 1_073_741_824 }
    /// The amount in units of 10⁹ bytes.
    package var gigabytes: Double { Double(rawValue) / 1e9 }
    /// The amount as a plain count, for indexing.
    package var count: Int { Int(rawValue) }

    private static func scaled(_ count: Double, _ unit: Double) -> Bytes {
        Bytes(rawValue: Int64((count * unit).rounded()))
    }

    /// The next multiple of `alignment` bytes, which must be positive.
    package func rounded(upTo alignment: Int) -> Bytes {
        let unit = Int64(alignment)
        return Bytes(rawValue: (rawValue + unit - 1) / unit * unit)
    }

    package static func < (a: Bytes, b: Bytes) -> Bool { a.rawValue < b.rawValue }
    package static func + (a: Bytes, b: Bytes) -> Bytes { Bytes(rawValue: a.rawValue + b.rawValue) }
    package static func - (a: Bytes, b: Bytes) -> Bytes { Bytes(rawValue: a.rawValue - b.rawValue) }
    package static func += (a: inout Bytes, b: Bytes) { a.rawValue += b.rawValue }
    package static func -= (a: inout Bytes, b: Bytes) { a.rawValue -= b.rawValue }
    package static func * (a: Bytes, factor: Int) -> Bytes {
        Bytes(rawValue: a.rawValue * Int64(factor))
    }
    package static func * (a: Bytes, factor: Double) -> Bytes {
        Bytes(rawValue: Int64((Double(a.rawValue) * factor).rounded()))
    }
    package static func / (a: Bytes, b: Bytes) -> Double { Double(a.rawValue) / Double(b.rawValue) }
    package static func / (a: Bytes, rate: BytesPerSecond) -> Seconds {
        Seconds(Double(a.rawValue) / rate.rawValue)
    }
}

/// A rate of memory traffic.
package struct BytesPerSecond: Sendable, Hashable, Comparable, Codable, RawRepresentable {
    /// Bytes per second.
    package var rawValue: Double

    package init(rawValue: Double) { self.rawValue = rawValue }
    /// 10⁹ bytes per second each.
    package static func gigabytes(_ count: Double) -> BytesPerSecond {
        BytesPerSecond(rawValue: count * 1e9)
    }
    /// The rate in units of 10⁹ bytes per second.
    package var gigabytes: Double { rawValue / 1e9 }
    package static func < (a: BytesPerSecond, b: BytesPerSecond) -> Bool { a.rawValue < b.rawValue }
    package static func * (a: BytesPerSecond, factor: Double) -> BytesPerSecond {
        BytesPerSecond(rawValue: a.rawValue * factor)
    }
}
