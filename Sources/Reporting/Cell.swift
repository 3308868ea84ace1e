import Quantities

/// One cell of a ``Table``: a text for people and a value for programs.
package struct Cell: Sendable, Hashable {
    /// What people read.
    package let text: String
    /// What programs read; null when the cell is empty or its number is not finite.
    package let value: JSONValue

    /// A cell whose text and value are given separately.
    package init(text: String, value: JSONValue) {
        self.text = withoutControls(text)
        self.value = value
    }

    /// Nothing: a blank, an empty field, null.
    package static let empty = Cell(text: "", value: .null)

    /// Words.
    package static func text(_ text: String) -> Cell { Cell(text: text, value: .string(text)) }

    /// A whole number.
    package static func integer(_ value: Int) -> Cell {
        Cell(text: String(value), value: .count(value))
    }

    /// A number shown with fixed decimals, or with three significant digits when nil.
    package static func number(_ value: Double, decimals: Int? = nil) -> Cell {
        guard value.isFinite else { return Cell(text: "n/a", value: .null) }
        let text = decimals.map { fixed(value, $0) } ?? significant(value)
        return Cell(text: text, value: .number(value))
    }

    /// A number shown as a percentage; programs read the ratio.
    package static func percent(_ ratio: Double, decimals: Int = 1) -> Cell {
        guard ratio.isFinite else { return Cell(text: "n/a", value: .null) }
        return Cell(text: "\(fixed(ratio * 100, decimals))%", value: .number(ratio))
    }

    /// Yes or no.
    package static func flag(_ value: Bool) -> Cell {
        Cell(text: value ? "yes" : "no", value: .bool(value))
    }

    /// An amount of memory; programs read bytes.
    package static func quantity(_ bytes: Bytes) -> Cell {
        Cell(text: bytes.description, value: .integer(bytes.rawValue))
    }

    /// A quantity with a unit of its own; programs read its base unit (seconds, dollars, FLOPs).
    package static func quantity<Quantity: RawRepresentable<Double> & CustomStringConvertible>(
        _ quantity: Quantity
    ) -> Cell {
        guard quantity.rawValue.isFinite else { return Cell(text: "n/a", value: .null) }
        return Cell(text: quantity.description, value: .number(quantity.rawValue))
    }

    /// A quantity, or an empty cell when there is none.
    package static func quantity<Quantity: RawRepresentable<Double> & CustomStringConvertible>(
        _ quantity: Quantity?
    ) -> Cell {
        quantity.map { .quantity($0) } ?? .empty
    }

    /// An amount of memory, or an empty cell when there is none.
    package static func quantity(_ bytes: Bytes?) -> Cell { bytes.map { .quantity($0) } ?? .empty }

    /// Whether the value is a number, which stands to the right and is never broken over lines.
    var isNumeric: Bool {
        switch value {
        case .integer, .number: true
        case .null: text == "n/a"
        default: false
        }
    }
}
