import Foundation
import Quantities

/// How values are spread along an axis.
package enum ScaleKind: Sendable, Hashable { case linear, log }

/// A range of values, the ticks shown in it, and their positions between 0 and 1.
struct Scale: Sendable, Hashable {
    let kind: ScaleKind
    let low: Double
    let high: Double

    /// A scale over some finite values, or nil when there are none it can show.
    ///
    /// A linear scale ends at ticks when `isRounded`; one value alone gets room on both sides.
    init?(_ values: [Double], kind: ScaleKind, includesZero: Bool = false, isRounded: Bool = true) {
        let shown = values.filter { Scale.canShow($0, kind) }
        guard var low = shown.min(), var high = shown.max() else { return nil }
        switch kind {
        case .log:
            if high / low < 1.2 { (low, high) = (low / 1.5, high * 1.5) }
        case .linear:
            if includesZero { (low, high) = (min(low, 0), max(high, 0)) }
            let size = max(abs(low), abs(high))
            if high - low <= max(size * 1e-9, 1e-200) {
                let room = size < 1e-190 ? 1 : size * 0.1
                (low, high) = (low - room, high + room)
            }
            if isRounded {
                let step = Scale.step(low, high)
                low = (low / step).rounded(.down) * step
                high = (high / step).rounded(.up) * step
            }
        }
        (self.kind, self.low, self.high) = (kind, low, high)
    }

    /// The same scale with room added at both ends: a factor for logarithmic ones.
    func widened(by factor: Double) -> Scale {
        switch kind {
        case .log: Scale(kind: kind, low: low / factor, high: high * factor)
        case .linear: self
        }
    }

    private init(kind: ScaleKind, low: Double, high: Double) {
        (self.kind, self.low, self.high) = (kind, low, high)
    }

    /// Whether a value has a place on an axis: finite, of a size that pixels can tell, and positive
    /// on a logarithmic one.
    static func canShow(_ value: Double, _ kind: ScaleKind) -> Bool {
        guard value.isFinite, abs(value) < 1e200 else { return false }
        return kind == .linear || value > 1e-200
    }

    /// The position of a value: 0 at the low end, 1 at the high end.
    func position(_ value: Double) -> Double {
        switch kind {
        case .linear: (value - low) / (high - low)
        case .log: (log(value) - log(low)) / (log(high) - log(low))
        }
    }

    /// The values that get a grid line and a label: 1, 2 or 5 times a power of ten.
    var ticks: [Double] { kind == .linear ? linearTicks : logTicks }

    /// The labels of some ticks of this scale: in few characters where that tells them apart, on a
    /// linear scale all with the same decimals.
    func labels(_ ticks: [Double]) -> [String] {
        let short = ticks.map(shortNumber)
        guard kind == .linear, ticks.count > 1 else { return short }
        let isLarge = max(abs(low), abs(high)) >= 1e6
        let decimals = max(0, Int((-log10(ticks[1] - ticks[0]) - 1e-9).rounded(.up)))
        if decimals > 12 || (isLarge && Set(short).count == ticks.count) { return short }
        return ticks.map { fixed($0 + 0, decimals) }
    }

    private var linearTicks: [Double] {
        let step = Scale.step(low, high)
        let first = (low / step - 1e-9).rounded(.up)
        let last = (high / step + 1e-9).rounded(.down)
        guard last >= first, last - first < 50 else { return [] }
        return (0 ... Int(last - first)).map { (first + Double($0)) * step }
    }

    private var logTicks: [Double] {
        let decades = Int(log10(low).rounded(.down)) ... Int(log10(high).rounded(.up))
        let stride = max(1, decades.count / 7)
        for mantissas in [[1.0], [1, 3], [1, 2, 5], [1, 2, 3, 5, 7]] {
            let ticks = decades.filter { $0 % stride == 0 }.flatMap { decade in
                mantissas.map { $0 * pow(10, Double(decade)) }
            }.filter { $0 >= low * 0.999_999 && $0 <= high * 1.000_001 }
            if ticks.count >= 4 { return ticks }
        }
        return linearTicks
    }

    /// The smallest step of 1, 2 or 5 times a power of ten that gives at most six intervals.
    private static func step(_ low: Double, _ high: Double) -> Double {
        let raw = (high - low) / 6
        let magnitude = pow(10, log10(raw).rounded(.down))
        return ([1, 2, 5].first { $0 * magnitude >= raw * 0.999_999 } ?? 10) * magnitude
    }
}

/// A number in few characters: three significant digits, a power of ten from a million up and below
/// a thousandth.
func shortNumber(_ value: Double) -> String {
    let size = abs(value)
    if size == 0 { return "0" }
    if size >= 1e6 || size < 1e-3 {
        let exponent = Int((log10(size) + 1e-9).rounded(.down))
        let mantissa = value / pow(10, Double(exponent))
        let power = "10" + superscript(exponent)
        return abs(mantissa - 1) < 1e-6 ? power : "\(trimmed(significant(mantissa)))×\(power)"
    }
    return trimmed(size >= 100 ? fixed(value, 0) : significant(value))
}

private func trimmed(_ number: String) -> String {
    guard number.contains(".") else { return number }
    var text = Substring(number)
    while text.last == "0" { text = text.dropLast() }
    return String(text.last == "." ? text.dropLast() : text)
}

private func superscript(_ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return (exponent < 0 ? "⁻" : "")
        + String(String(abs(exponent)).compactMap { $0.wholeNumberValue.map { digits[$0] } })
}
