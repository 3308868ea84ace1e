import Foundation

/// A CSV file with a header row, read whole: RFC 4180 with quoted line breaks, CRLF and a byte-order
/// mark allowed; every row has as many cells as the header.
package struct CSVTable: Sendable {
    /// The path that messages name.
    package let file: String
    /// The names of the header, in order.
    package let columns: [String]
    /// The number of rows below the header.
    package var rowCount: Int { rows.count }

    private let bytes: [UInt8]
    private let cells: [String]
    private let rows: [(firstCell: Int, line: Int, offset: Int)]
    private let indices: [String: Int]

    /// The largest file that is read.
    package static let sizeLimit = 64 << 20
    /// The most columns that a header may have.
    package static let columnLimit = 1000

    /// Reads a file, and fails when it lacks one of the `required` columns.
    ///
    /// Rows whose cells are not as many as the header's fail the file too, unless `allowsRaggedRows`.
    package init(
        contentsOf url: URL, requiring required: [String] = [], allowsRaggedRows: Bool = false
    ) throws(CatalogError) {
        let path = url.path
        let data: Data
        let target = url.resolvingSymlinksInPath().path
        let type = try? FileManager.default.attributesOfItem(atPath: target)[.type]
        // To open a pipe that nobody writes to would take for ever.
        if let type = type as? FileAttributeType, type != .typeRegular {
            throw .unreadable(file: path, reason: "it is not a readable file")
        }
        do {
            let handle = try FileHandle(forReadingFrom: url)
            data = try handle.read(upToCount: CSVTable.sizeLimit + 1) ?? Data()
        } catch {
            let exists = FileManager.default.fileExists(atPath: path)
            throw .unreadable(
                file: path, reason: exists ? "it is not a readable file" : "there is no such file")
        }
        try self.init(
            [UInt8](data), file: path, requiring: required, allowsRaggedRows: allowsRaggedRows)
    }

    /// Reads bytes that came from `file`.
    package init(
        _ contents: [UInt8], file: String, requiring required: [String] = [],
        allowsRaggedRows: Bool = false
    ) throws(CatalogError) {
        guard contents.count <= CSVTable.sizeLimit else {
            let limit = CSVTable.sizeLimit >> 20
            throw .unreadable(file: file, reason: "it is larger than \(limit) MiB")
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        bytes = contents.starts(with: mark) ? Array(contents.dropFirst(3)) : contents
        self.file = file
        let tokens = CSVTokens(bytes)
        if let failure = tokens.failure {
            throw CatalogError.malformed([
                CSVTable.problem(
                    file, bytes, line: failure.line, at: failure.offset, failure.message)
            ])
        }
        guard let header = tokens.rows.first else {
            throw .unreadable(file: file, reason: "it has no header row")
        }
        cells = tokens.cells
        rows = Array(tokens.rows.dropFirst())
        let width = (rows.first?.firstCell ?? cells.count) - header.firstCell
        columns = Array(cells[header.firstCell ..< header.firstCell + width])
        indices = Dictionary(
            columns.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var problems = headerProblems(required: required, line: header.line)
        if !allowsRaggedRows, columns.count <= CSVTable.columnLimit { problems += raggedRows }
        if !problems.isEmpty { throw .malformed(problems) }
    }

    /// Whether the header has a column of this name.
    package func hasColumn(_ name: String) -> Bool { indices[name] != nil }

    /// One row below the header.
    package subscript(index: Int) -> Row { Row(table: self, index: index) }

    private func headerProblems(required: [String], line: Int) -> [CatalogError.Problem] {
        var found: [CatalogError.Problem] = []
        func report(_ message: String) {
            found.append(.init(file: file, line: line, column: 1, message: message))
        }
        if columns.count > CSVTable.columnLimit {
            report("the header has \(columns.count) columns, at most \(CSVTable.columnLimit) go")
            return found
        }
        for (index, name) in columns.enumerated() where name.isEmpty {
            report("column \(index + 1) of the header has no name")
        }
        var seen: Set<String> = []
        for name in columns where !name.isEmpty && !seen.insert(name).inserted {
            report("the header names \"\(name)\" twice")
        }
        for name in required where indices[name] == nil {
            let hint = CSVTable.nearestColumn(to: name, among: columns)
            report("the column \"\(name)\" is missing\(hint)")
        }
        return found
    }

    /// The first rows whose cells are not as many as the header's.
    private var raggedRows: [CatalogError.Problem] {
        var found: [CatalogError.Problem] = []
        for index in rows.indices where found.count < CatalogError.shownProblemCount {
            guard let message = self[index].raggedness else { continue }
            found.append(
                CSVTable.problem(
                    file, bytes, line: rows[index].line, at: rows[index].offset, message))
        }
        return found
    }

    private static func problem(
        _ file: String, _ bytes: [UInt8], line: Int, at offset: Int, _ message: String
    ) -> CatalogError.Problem {
        let start = bytes[..<offset].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return .init(file: file, line: line, column: offset - start + 1, message: message)
    }
}

extension CSVTable {
    /// One row, whose cells are found by the name of their column.
    package struct Row: Sendable {
        fileprivate let table: CSVTable
        fileprivate let index: Int

        /// The line that the row begins at, counted from 1.
        package var line: Int { table.rows[index].line }

        /// The number of its cells.
        private var width: Int {
            let rows = table.rows
            let end = index + 1 < rows.count ? rows[index + 1].firstCell : table.cells.count
            return end - rows[index].firstCell
        }

        /// In what way its cells are not as many as the header's; nil when they are.
        package var raggedness: String? {
            width == table.columns.count
                ? nil : "this row has \(width) cells, the header has \(table.columns.count)"
        }

        /// The cell in a column, or nil when it is empty or the row has no such column.
        package subscript(column: String) -> String? {
            guard let position = table.indices[column], position < width else { return nil }
            let cell = table.cells[table.rows[index].firstCell + position]
            return cell.isEmpty ? nil : cell
        }

        /// Where a cell begins, for messages; the row's beginning when there is no such column.
        package func place(of column: String, _ message: String) -> CatalogError.Problem {
            let row = table.rows[index]
            let bytes = table.bytes
            var remaining = table.indices[column] ?? 0
            var (line, offset, lineStart, isQuoted) = (row.line, row.offset, row.offset, false)
            while remaining > 0, offset < bytes.count {
                switch bytes[offset] {
                case UInt8(ascii: "\""): isQuoted.toggle()
                case UInt8(ascii: ",") where !isQuoted: remaining -= 1
                case UInt8(ascii: "\n"):
                    line += 1
                    lineStart = offset + 1
                default: break
                }
                offset += 1
            }
            let isContinuation: (UInt8) -> Bool = { $0 & 0xC0 == 0x80 }
            let skipped = bytes[lineStart ..< offset].count(where: { !isContinuation($0) })
            return .init(file: table.file, line: line, column: skipped + 1, message: message)
        }
    }
}
