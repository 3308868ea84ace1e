/// A number of floating-point operations; a multiply-add counts as two.
package struct FLOPs: Sendable, Hashable, Comparable, Codable, RawRepresentable {
    /// The count.
    package var rawValue: Double

    package init(rawValue: Double) { self.rawValue = rawValue }
    package init(_ count: Double) { rawValue = count }
    package init(_ count: Int) { rawValue = Double(count) }

    package static let zero = FLOPs(0.0)
    package static func < (a: FLOPs, b: FLOPs) -> Bool { a.rawValue < b.rawValue }
    package static func + (a: FLOPs, b: FLOPs) -> FLOPs { FLOPs(a.rawValue + b.rawValue) }
    package static func += (a: inout FLOPs, b: FLOPs) { a.rawValue += b.rawValue }
    package static func * (a: FLOPs, factor: Double) -> FLOPs { FLOPs(a.rawValue * factor) }
    package static func / (a: FLOPs, b: FLOPs) -> Double { a.rawValue / b.rawValue }
    package static func / (a: FLOPs, rate: FLOPsPerSecond) -> Seconds {
        Seconds(a.rawValue / rate.rawValue)
    }
    package static func / (a: FLOPs, time: Seconds) -> FLOPsPerSecond {
        FLOPsPerSecond(rawValue: a.rawValue / time.rawValue)
    }
}

/// A rate of arithmetic.
package struct FLOPsPerSecond: Sendable, Hashable, Comparable, Codable, RawRepresentable {
    /// Operations per second.
    package var rawValue: Double

    package init(rawValue: Double) { self.rawValue = rawValue }
    /// 10¹² operations per second each.
    package static func teraFLOPs(_ count: Double) -> FLOPsPerSecond {
        FLOPsPerSecond(rawValue: count * 1e12)
    }
    /// 10⁹ operations per second each.
    package static func gigaFLOPs(_ count: Double) -> FLOPsPerSecond {
        FLOPsPerSecond(rawValue: count * 1e9)
    }
    /// The rate in units of 10¹² operations per second.
    package var teraFLOPs: Double { rawValue / 1e12 }
    /// The rate in units of 10⁹ operations per second.
    package var gigaFLOPs: Double { rawValue / 1e9 }
    package static func < (a: FLOPsPerSecond, b: FLOPsPerSecond) -> Bool { a.rawValue < b.rawValue }
    package static func * (a: FLOPsPerSecond, factor: Double) -> FLOPsPerSecond {
        FLOPsPerSecond(rawValue: a.rawValue * factor)
    }
    package static func / (a: FLOPsPerSecond, b: FLOPsPerSecond) -> Double {
        a.rawValue / b.rawValue
    }
}
