import Quantities

/// Reads the cells of one row as values; a wrong cell is noted and reading goes on, so that one run
/// reports every mistake of a file.
package struct CSVRowReader {
    /// The row that is read.
    package let row: CSVTable.Row
    /// What was wrong so far.
    package private(set) var problems: [CatalogError.Problem] = []

    fileprivate init(_ row: CSVTable.Row) { self.row = row }

    /// Notes that a cell is wrong.
    package mutating func reject(_ column: String, _ message: String) {
        problems.append(row.place(of: column, message))
    }

    /// The text of a cell, or nil when it is empty.
    package func text(_ column: String) -> String? { row[column] }

    /// The text of a cell that may not be empty.
    package mutating func requiredText(_ column: String) -> String {
        if let text = row[column] { return text }
        reject(column, "\(column) is empty")
        return ""
    }

    /// A finite number in a range, or nil when the cell is empty.
    package mutating func number(
        _ column: String, in range: ClosedRange<Double> = 0 ... 1e30
    ) -> Double? {
        guard let text = row[column] else { return nil }
        guard let value = CSVRowReader.decimal(text) else {
            reject(column, "\(column) is \"\(text)\", expected a number")
            return nil
        }
        if range.contains(value) { return value }
        let low = significant(range.lowerBound)
        let bounds =
            range.upperBound < 1e30 ? "from \(low) to \(significant(range.upperBound))" : "≥ \(low)"
        reject(column, "\(column) is \(text), expected a number \(bounds)")
        return nil
    }

    /// A number that may not be missing.
    package mutating func requiredNumber(
        _ column: String, in range: ClosedRange<Double> = 0 ... 1e30
    ) -> Double {
        if row[column] == nil { reject(column, "\(column) is empty, expected a number") }
        return number(column, in: range) ?? range.lowerBound
    }

    /// A whole number, or nil when the cell is empty; "8.0" counts as 8.
    package mutating func integer(
        _ column: String, in range: ClosedRange<Int> = 0 ... Int(1e15)
    ) -> Int? {
        guard let text = row[column] else { return nil }
        if let value = Int(text) ?? CSVRowReader.decimal(text).flatMap({ Int(exactly: $0) }),
            range.contains(value)
        {
            return value
        }
        let bounds =
            range.upperBound < Int(1e15)
            ? "from \(range.lowerBound) to \(range.upperBound)" : "≥ \(range.lowerBound)"
        reject(column, "\(column) is \"\(text)\", expected a whole number \(bounds)")
        return nil
    }

    /// A whole number that may not be missing.
    package mutating func requiredInteger(
        _ column: String, in range: ClosedRange<Int> = 0 ... Int(1e15)
    ) -> Int {
        if row[column] == nil { reject(column, "\(column) is empty, expected a whole number") }
        return integer(column, in: range) ?? range.lowerBound
    }

    /// A yes-or-no cell, or nil when it is empty.
    package mutating func flag(_ column: String) -> Bool? {
        guard let text = row[column] else { return nil }
        switch text.lowercased() {
        case "true", "yes": return true
        case "false", "no": return false
        default:
            reject(column, "\(column) is \"\(text)\", expected true or false")
            return nil
        }
    }

    /// The source and the date that every row of our own catalogs must have.
    package mutating func provenance() -> Provenance {
        let date = requiredText("date")
        return Provenance(source: requiredText("source"), date: StatedDate(date))
    }

    /// A decimal number: digits, a point, an exponent; no hexadecimal, no infinity.
    private static func decimal(_ text: String) -> Double? {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0") ... UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "+"), UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default: false
            }
        }
        guard isPlain, let value = Double(text), value.isFinite else { return nil }
        return value
    }
}

extension CSVTable {
    /// Makes one value of each row, and fails with every mistake found when there is any.
    package func decode<Value>(
        _ make: (inout CSVRowReader) -> Value
    ) throws(CatalogError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(rowCount)
        var problems: [CatalogError.Problem] = []
        for index in 0 ..< rowCount {
            var reader = CSVRowReader(self[index])
            values.append(make(&reader))
            problems += reader.problems
            if problems.count > 10 * CatalogError.shownProblemCount { break }
        }
        if !problems.isEmpty { throw .malformed(problems) }
        return values
    }

    /// A row that could not be read.
    package struct UnreadableRow: Error, Sendable, Hashable {
        /// What its cell `id` holds, or its line.
        package let id: String
        /// What is wrong with it.
        package let message: String
    }

    /// Makes one value of each row; a row with a mistake gives the mistake.
    package func decodeEach<Value>(
        _ make: (inout CSVRowReader) -> Value
    ) -> [Result<Value, UnreadableRow>] {
        (0 ..< rowCount).map { index in
            var reader = CSVRowReader(self[index])
            let value = make(&reader)
            let message = reader.row.raggedness ?? reader.problems.first?.message
            guard let message else { return .success(value) }
            let id = reader.text("id") ?? "line \(reader.row.line)"
            return .failure(UnreadableRow(id: id, message: message))
        }
    }

    /// As `decode`, and fails when two rows have the same key in `column`.
    package func decode<Value>(
        uniqueBy column: String, key: (Value) -> String, _ make: (inout CSVRowReader) -> Value
    ) throws(CatalogError) -> [Value] {
        var lines: [String: Int] = [:]
        return try decode { reader in
            let value = make(&reader)
            let name = key(value)
            if let line = lines[name] {
                reader.reject(column, "\"\(name)\" was already described in line \(line)")
            }
            lines[name] = reader.row.line
            return value
        }
    }

    static func nearestColumn(to name: String, among columns: [String]) -> String {
        nearest(to: name, among: columns).map { "; is \"\($0)\" meant?" } ?? ""
    }
}
