/// A span of time, in seconds.
package struct Seconds: Sendable, Hashable, Comparable, Codable, RawRepresentable {
    /// The number of seconds.
    package var rawValue: Double

    package init(rawValue: Double) { self.rawValue = rawValue }
    package init(_ count: Double) { rawValue = count }

    package static let zero = Seconds(0)
    package static func hours(_ count: Double) -> Seconds { Seconds(count * 3600) }
    package static func microseconds(_ count: Double) -> Seconds { Seconds(count * 1e-6) }
    /// The span in hours.
    package var hours: Double { rawValue / 3600 }
    package static func < (a: Seconds, b: Seconds) -> Bool { a.rawValue < b.rawValue }
    package static func + (a: Seconds, b: Seconds) -> Seconds { Seconds(a.rawValue + b.rawValue) }
    package static func - (a: Seconds, b: Seconds) -> Seconds { Seconds(a.rawValue - b.rawValue) }
    package static func += (a: inout Seconds, b: Seconds) { a.rawValue += b.rawValue }
    package static func * (a: Seconds, factor: Double) -> Seconds { Seconds(a.rawValue * factor) }
    package static func / (a: Seconds, b: Seconds) -> Double { a.rawValue / b.rawValue }
}

/// An amount of money in United States dollars; rounded only when printed.
package struct USD: Sendable, Hashable, Comparable, Codable, RawRepresentable {
    /// The amount in dollars.
    package var rawValue: Double

    package init(rawValue: Double) { self.rawValue = rawValue }
    package init(_ amount: Double) { rawValue = amount }

    package static let zero = USD(0)
    package static func < (a: USD, b: USD) -> Bool { a.rawValue < b.rawValue }
    package static func + (a: USD, b: USD) -> USD { USD(a.rawValue + b.rawValue) }
    package static func - (a: USD, b: USD) -> USD { USD(a.rawValue - b.rawValue) }
    package static func += (a: inout USD, b: USD) { a.rawValue += b.rawValue }
    package static func * (a: USD, factor: Double) -> USD { USD(a.rawValue * factor) }
    package static func / (a: USD, b: USD) -> Double { a.rawValue / b.rawValue }
}

/// A price of time, in dollars an hour.
package struct USDPerHour: Sendable, Hashable, Comparable, Codable, RawRepresentable {
    /// Dollars an hour.
    package var rawValue: Double

    package init(rawValue: Double) { self.rawValue = rawValue }
    package init(_ amount: Double) { rawValue = amount }
    package static func < (a: USDPerHour, b: USDPerHour) -> Bool { a.rawValue < b.rawValue }
    package static func * (price: USDPerHour, time: Seconds) -> USD {
        USD(price.rawValue * time.hours)
    }
}
