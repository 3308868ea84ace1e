import Quantities

/// A table of values, written for people (terminal, Markdown) or for programs (CSV, JSON).
///
/// People read each cell's text, programs its value in the base unit at full precision.
package struct Table: Sendable, Hashable {
    /// The heading, or nil.
    package var title: String?
    /// The columns, from left to right.
    package let columns: [Column]
    /// The rows; each has one cell a column.
    package private(set) var rows: [[Cell]] = []
    /// Sentences below the table: what a number rests on, what was left out.
    package var notes: [String] = []

    package init(_ title: String? = nil, columns: [Column]) {
        self.title = title
        self.columns = columns
        let keys = Set(columns.map(\.key))
        invariant(keys.count == columns.count, "two columns share a key: \(columns.map(\.key))")
    }

    /// Adds a row, which must have one cell a column.
    package mutating func append(_ cells: [Cell]) {
        invariant(
            cells.count == columns.count, "a row of \(cells.count) cells, \(columns.count) columns")
        rows.append(cells)
    }

    /// Where the text of a cell stands in its column.
    package enum Alignment: Sendable, Hashable { case left, right, center }

    /// One column.
    package struct Column: Sendable, Hashable {
        /// The title people read, without the unit.
        package let title: String
        /// The stable name programs read, in snake_case.
        package let key: String
        /// The unit of the numbers in this column, or nil when each cell carries its own.
        package let unit: String?
        /// The alignment, or nil to put numbers to the right and text to the left.
        package let alignment: Alignment?

        /// A column; its key is its title and unit in snake_case unless given.
        ///
        /// Quantity cells are exported in their base unit, so their column needs a key that says it,
        /// such as `peak_bytes`.
        package init(
            _ title: String, key: String? = nil, unit: String? = nil, alignment: Alignment? = nil
        ) {
            self.title = title
            self.key = key ?? snakeCase([title, unit ?? ""].joined(separator: " "))
            self.unit = unit
            self.alignment = alignment
        }

        /// The title with its unit, as a heading.
        var heading: String { withoutControls(unit.map { "\(title) (\($0))" } ?? title) }
    }

    /// The alignment of a column: as given, else right when all its cells are numbers.
    func alignment(ofColumn index: Int) -> Alignment {
        if let given = columns[index].alignment { return given }
        let cells = rows.map { $0[index] }.filter { $0 != .empty }
        return !cells.isEmpty && cells.allSatisfy(\.isNumeric) ? .right : .left
    }
}

/// A title as a key: lower-case letters and digits, words joined by underscores, `%` as `percent`.
package func snakeCase(_ title: String) -> String {
    var key = ""
    for character in title.replacing("%", with: " percent ").replacing("µ", with: "u").lowercased()
    {
        if character.isASCII && (character.isLetter || character.isNumber) {
            key.append(character)
        } else if !key.isEmpty && key.last != "_" {
            key.append("_")
        }
    }
    return key.last == "_" ? String(key.dropLast()) : key
}
