import ModelFiles

/// The rows of one data file, in the order of the file.
package struct DataSet: Sendable, Hashable {
    /// How many faulty rows are reported before reading stops.
    package static let problemLimit = 5

    /// The file, as the user named it.
    package let file: String
    /// How the rows are written down.
    package let format: DataFormat
    /// The rows, in the order of the file.
    package let rows: [DataRow]

    package init(file: String, format: DataFormat, rows: [DataRow]) {
        self.file = file
        self.format = format
        self.rows = rows
    }

    /// The same file with other rows.
    package func with(rows: [DataRow]) -> DataSet {
        DataSet(file: file, format: format, rows: rows)
    }

    /// Reads a file: `.txt` and `.md` as plain text, everything else as JSON Lines or a JSON array.
    ///
    /// Memory is the rows and one piece of the file; a row of more than 16 MiB is refused. Up to
    /// ``problemLimit`` faulty rows are collected before it fails.
    package static func read(_ file: String) throws(DataError) -> DataSet {
        switch file.split(separator: ".").last?.lowercased() {
        case "txt", "text", "md": return try readText(file)
        case "csv", "tsv", "parquet", "arrow", "gz", "zst", "zip", "xlsx":
            throw .file(
                file, sentence: "data sets are read as .jsonl, .json or .txt; convert it first.")
        default: return try readRows(file)
        }
    }

    private static func readRows(_ file: String) throws(DataError) -> DataSet {
        var reader = try RowReader(file: file, linesOnly: false)
        guard !reader.isEmpty else { throw .file(file, sentence: "the file is empty.") }
        var parser = RowParser()
        var rows: [DataRow] = []
        var problems: [DataProblem] = []
        while problems.count < problemLimit, let raw = try reader.next() {
            do throws(RowFault) {
                rows.append(try parser.parse(try object(raw.bytes), line: raw.line))
            } catch {
                problems.append(error.problem(in: raw, of: file))
            }
        }
        guard problems.isEmpty else {
            throw .rows(problems, more: problems.count == problemLimit)
        }
        guard let format = parser.format else {
            throw .file(file, sentence: "the file has no rows.")
        }
        return DataSet(file: file, format: format, rows: rows)
    }

    /// The JSON object in the bytes of a row.
    private static func object(_ bytes: [UInt8]) throws(RowFault) -> JSONObject {
        if let offset = invalidUTF8Offset(in: bytes) {
            throw RowFault("the text is not valid UTF-8.", at: offset)
        }
        let value: JSONValue
        do {
            value = try JSONValue.parse(bytes, path: "")
        } catch {
            throw RowFault(notJSON: error, in: bytes)
        }
        guard let object = value.object else {
            throw RowFault("a row must be an object, not \(value.kind).")
        }
        return object
    }

    /// Plain text: documents are separated by lines that hold only `---`.
    ///
    /// Line endings become line feeds; line feeds at the ends of a document are dropped.
    private static func readText(_ file: String) throws(DataError) -> DataSet {
        var reader = try RowReader(file: file, linesOnly: true)
        guard !reader.isEmpty else { throw .file(file, sentence: "the file is empty.") }
        var rows: [DataRow] = []
        var document: [UInt8] = []
        var start = 1
        func close(_ document: [UInt8]) {
            var bytes = document[...]
            while bytes.last == 10 { bytes.removeLast() }
            let text = String(decoding: bytes, as: UTF8.self)
            if !text.isBlank { rows.append(DataRow(line: start, content: .text(text))) }
        }
        while let line = try reader.nextLine() {
            if let offset = invalidUTF8Offset(in: line.bytes) {
                let fault = RowFault("the text is not valid UTF-8.", at: offset)
                throw .rows([fault.problem(in: line, of: file)], more: false)
            }
            if line.bytes.elementsEqual("---".utf8) {
                close(document)
                document = []
            } else if !document.isEmpty || !line.bytes.isEmpty {
                if document.isEmpty { start = line.line }
                document += line.bytes
                document.append(10)
            }
        }
        close(document)
        guard !rows.isEmpty else { throw .file(file, sentence: "the file has no text.") }
        return DataSet(file: file, format: .text, rows: rows)
    }
}

extension RowFault {
    /// A row that is not JSON; its reader puts ":line:column" of the row, in bytes, into the path.
    fileprivate init(notJSON error: ModelFileError, in bytes: [UInt8]) {
        guard case .malformed(let path, _, let problem) = error else {
            self.init("the row is not JSON.")
            return
        }
        let place = path.split(separator: ":").compactMap { Int($0) }
        guard place.count == 2 else {
            self.init("the row is not JSON: \(problem).")
            return
        }
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        let start = lines.prefix(place[0] - 1).reduce(0) { $0 + $1.count + 1 }
        self.init("the row is not JSON: \(problem).", at: start + place[1] - 1)
    }

    /// The fault with its line and column.
    func problem(in row: RawRow, of file: String) -> DataProblem {
        guard let offset else {
            return DataProblem(file: file, line: row.line, column: nil, sentence: sentence)
        }
        let before = row.bytes[..<min(offset, row.bytes.count)]
        let lineStart = before.lastIndex(of: 10).map { $0 + 1 }
        let column =
            String(decoding: before[(lineStart ?? 0)...], as: UTF8.self).unicodeScalars.count
            + (lineStart == nil ? row.indent : 0) + 1
        let line = row.line + before.count { $0 == 10 }
        return DataProblem(file: file, line: line, column: column, sentence: sentence)
    }
}

/// The offset of the first byte that is not UTF-8, or nil.
private func invalidUTF8Offset(in bytes: [UInt8]) -> Int? {
    guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var offset = 0
    while true {
        switch parser.parseScalar(from: &iterator) {
        case .valid(let scalar): offset += scalar.count
        case .error, .emptyInput: return offset
        }
    }
}
