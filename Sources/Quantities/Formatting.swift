import Foundation

/// The one place where quantities become text.
///
/// Binary prefixes (KiB, MiB, GiB) are powers of 1024, decimal ones (GB, GFLOP) powers of 1000; both
/// are printed by their own names. Three significant digits unless the unit says otherwise.
extension Bytes: CustomStringConvertible {
    package var description: String {
        let size = Double(rawValue)
        for (unit, name) in [
            (1_099_511_627_776.0, "TiB"), (1_073_741_824.0, "GiB"),
            (1_048_576.0, "MiB"), (1024.0, "KiB"),
        ] where abs(size) >= unit {
            return "\(significant(size / unit)) \(name)"
        }
        return "\(rawValue) B"
    }
}

extension FLOPs: CustomStringConvertible {
    package var description: String { decimal(rawValue, unit: "FLOP") }
}

extension FLOPsPerSecond: CustomStringConvertible {
    package var description: String { decimal(rawValue, unit: "FLOP/s") }
}

extension BytesPerSecond: CustomStringConvertible {
    package var description: String { decimal(rawValue, unit: "B/s") }
}

extension Seconds: CustomStringConvertible {
    package var description: String {
        let size = abs(rawValue)
        if size >= 86_400 * 2 { return "\(significant(rawValue / 86_400)) days" }
        if size >= 3600 { return "\(significant(rawValue / 3600)) h" }
        if size >= 60 { return "\(significant(rawValue / 60)) min" }
        if size >= 1 || size == 0 { return "\(significant(rawValue)) s" }
        if size >= 1e-3 { return "\(significant(rawValue * 1e3)) ms" }
        return "\(significant(rawValue * 1e6)) µs"
    }
}

extension USD: CustomStringConvertible {
    package var description: String {
        "\(rawValue < 0 ? "-" : "")$\(fixed(abs(rawValue), abs(rawValue) >= 1000 ? 0 : 2))"
    }
}

extension USDPerHour: CustomStringConvertible {
    package var description: String { "$\(fixed(rawValue, 2))/h" }
}

/// A number with a fixed count of decimals, independent of the locale.
package func fixed(_ value: Double, _ decimals: Int) -> String {
    String(format: "%.\(decimals)f", value)
}

/// A number with three significant digits and no exponent between 1e-3 and 1e6.
package func significant(_ value: Double) -> String {
    let size = abs(value)
    if size >= 99.95 || value == 0 { return fixed(value, 0) }
    if size >= 9.995 { return fixed(value, 1) }
    if size >= 0.9995 { return fixed(value, 2) }
    return String(format: "%.3g", value)
}

private func decimal(_ value: Double, unit: String) -> String {
    for (scale, prefix) in [
        (1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"),
    ]
    where abs(value) >= scale {
        return "\(significant(value / scale)) \(prefix)\(unit)"
    }
    return "\(significant(value)) \(unit)"
}
