import Catalog
import Quantities

/// Where a number comes from.
package enum Basis: Sendable, Hashable, CustomStringConvertible {
    /// Computed from the step program or by arithmetic on stated inputs.
    case derived
    /// Counted or timed on what is planned for; the words say where.
    case measured(String)
    /// A constant fitted to measured rows: how many, and the median relative error on rows that the
    /// fit did not see (nil where there are none).
    case fitted(rows: Int, residual: Double?)
    /// Taken on trust; the words say what.
    case assumed(String)
    /// A fact of the catalog, true at a date.
    case catalog(StatedDate)

    /// One word for tables.
    package var word: String {
        switch self {
        case .derived: "derived"
        case .measured: "measured"
        case .fitted: "fitted"
        case .assumed: "assumed"
        case .catalog: "catalog"
        }
    }

    package var description: String {
        switch self {
        case .derived: "derived from the step program"
        case .measured(let place): "measured \(place)"
        case .fitted(let rows, let residual?):
            "fitted to \(rows) measured rows; "
                + "median error \(fixed(residual * 100, 1))% on rows held out"
        case .fitted(let rows, nil): "fitted to \(rows) measured rows; none held out"
        case .assumed(let what): "assumed: \(what)"
        case .catalog(let date): "catalog, \(date)"
        }
    }
}

/// A quantity with a range and where it comes from.
package struct Estimate<Value: Sendable & Hashable & Comparable>: Sendable, Hashable {
    /// The least that is plausible.
    package let low: Value
    /// The best single answer.
    package let likely: Value
    /// The most that is plausible.
    package let high: Value
    /// Everything the number rests on, in the order in which it came in.
    package let basis: [Basis]

    package init(low: Value, likely: Value, high: Value, basis: [Basis]) {
        invariant(low <= likely && likely <= high, "\(low) ≤ \(likely) ≤ \(high) does not hold")
        self.low = low
        self.likely = likely
        self.high = high
        var seen: Set<Basis> = []
        self.basis = basis.filter { seen.insert($0).inserted }
    }

    /// A number without a range.
    package init(_ value: Value, basis: Basis) {
        self.init(low: value, likely: value, high: value, basis: [basis])
    }

    /// The same function, which must not fall, of all three values.
    package func map<Result: Sendable & Hashable & Comparable>(
        basis more: [Basis] = [], _ transform: (Value) -> Result
    ) -> Estimate<Result> {
        Estimate<Result>(
            low: transform(low), likely: transform(likely), high: transform(high),
            basis: basis + more)
    }

    /// A function of two estimates that falls in neither: ends combine with ends.
    package func combined<Other: Sendable & Hashable & Comparable, Result>(
        with other: Estimate<Other>, _ combine: (Value, Other) -> Result
    ) -> Estimate<Result> {
        Estimate<Result>(
            low: combine(low, other.low), likely: combine(likely, other.likely),
            high: combine(high, other.high), basis: basis + other.basis)
    }

    /// The kinds of basis in one word each, strongest first.
    package var basisWords: String {
        ["derived", "measured", "fitted", "catalog", "assumed"].filter { word in
            basis.contains { $0.word == word }
        }.joined(separator: "+")
    }
}
