import Foundation

/// The bytes of one row as they stand in the file.
struct RawRow {
    /// The line on which the row starts, counted from 1.
    let line: Int
    /// How many bytes of that line stand before the row.
    let indent: Int
    /// The row without its line ending or the comma after it.
    let bytes: [UInt8]
}

/// The rows of a file one after the other: lines, or the elements of one JSON array.
///
/// Reads in pieces; at most one row is held. The first byte that is not blank decides: no row of a
/// JSON Lines file of any format starts with `[`.
struct RowReader {
    /// The most bytes one row may have.
    static let rowLimit = 16 << 20

    private let file: String
    private let handle: FileHandle
    private var buffer: [UInt8] = []
    private var cursor = 0
    private var line = 1
    /// Where the current line starts, relative to the buffer; negative when in an earlier piece.
    private var lineStart = 0
    private var isAtEnd = false
    private var mode = Mode.undecided
    /// Whether the file has any byte at all.
    private(set) var isEmpty = true

    private enum Mode { case undecided, lines, array, finished }

    /// Opens a file; `linesOnly` is for plain text.
    init(file: String, linesOnly: Bool) throws(DataError) {
        self.file = file
        guard FileManager.default.fileExists(atPath: file) else {
            throw .file(file, sentence: "there is no such file.")
        }
        let target = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
        let type = try? FileManager.default.attributesOfItem(atPath: target)[.type]
        switch type as? FileAttributeType {
        case .typeDirectory: throw .file(file, sentence: "it is a directory, not a file of rows.")
        case .typeRegular, nil: break
        // To open a pipe that nobody writes to would take for ever.
        default: throw .file(file, sentence: "it is not a regular file.")
        }
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw .file(file, sentence: "the file cannot be opened for reading.")
        }
        self.handle = handle
        if linesOnly { mode = .lines }
        try fill()
        isEmpty = buffer.isEmpty
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) {
            cursor = 3
            lineStart = 3
        }
        if buffer.starts(with: [0xFF, 0xFE]) || buffer.starts(with: [0xFE, 0xFF]) {
            throw .file(file, sentence: "the file is UTF-16; save it as UTF-8.")
        }
    }

    /// The next row that is not blank, or nil at the end.
    mutating func next() throws(DataError) -> RawRow? {
        if mode == .undecided { try decide() }
        switch mode {
        case .array: return try nextElement()
        case .finished, .undecided: return nil
        case .lines:
            while let row = try nextLine() {
                if row.bytes.contains(where: { !Self.isBlank($0) }) { return row }
            }
            return nil
        }
    }

    /// The next line, blank or not, without its line ending; nil at the end.
    mutating func nextLine() throws(DataError) -> RawRow? {
        var bytes: [UInt8] = []
        let start = line
        while true {
            let rest = buffer[cursor...]
            if let end = rest.firstIndex(of: 10) {
                bytes += buffer[cursor ..< end]
                cursor = end + 1
                line += 1
                break
            }
            bytes += rest
            cursor = buffer.count
            try checkLength(bytes.count, line: start)
            if try !fill() {
                if bytes.isEmpty { return nil }
                break
            }
        }
        try checkLength(bytes.count, line: start)
        if bytes.last == 13 { bytes.removeLast() }
        return RawRow(line: start, indent: 0, bytes: bytes)
    }

    /// Chooses between lines and an array by the first byte that is not blank.
    private mutating func decide() throws(DataError) {
        try skipBlank()
        if cursor < buffer.count, buffer[cursor] == UInt8(ascii: "[") {
            cursor += 1
            mode = .array
            try skipBlank()
            if cursor < buffer.count, buffer[cursor] == UInt8(ascii: "]") {
                cursor += 1
                try finish()
            }
        } else {
            mode = .lines
        }
    }

    private mutating func nextElement() throws(DataError) -> RawRow? {
        try skipBlank()
        let start = line
        let indent = cursor - lineStart
        var bytes: [UInt8] = []
        var depth = 0
        var isInString = false
        var isEscaped = false
        while true {
            if cursor == buffer.count, try !fill() {
                throw problem("the list that starts the file is not closed by \"]\".", line: line)
            }
            let byte = buffer[cursor]
            cursor += 1
            if byte == 10 {
                line += 1
                lineStart = cursor
            }
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                depth += 1
            } else if depth == 0, byte == UInt8(ascii: ",") {
                break
            } else if depth == 0, byte == UInt8(ascii: "]") {
                try finish()
                break
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                depth -= 1
            }
            bytes.append(byte)
            if bytes.count > Self.rowLimit { try checkLength(bytes.count, line: start) }
        }
        return RawRow(line: start, indent: indent, bytes: bytes)
    }

    /// Makes sure that nothing follows the closing bracket of the array.
    private mutating func finish() throws(DataError) {
        mode = .finished
        try skipBlank()
        if cursor < buffer.count {
            throw problem("expected nothing more after the list's closing \"]\".", line: line)
        }
    }

    private mutating func skipBlank() throws(DataError) {
        while true {
            while cursor < buffer.count, Self.isBlank(buffer[cursor]) {
                cursor += 1
                if buffer[cursor - 1] == 10 {
                    line += 1
                    lineStart = cursor
                }
            }
            if cursor < buffer.count { return }
            if try !fill() { return }
        }
    }

    /// Replaces the used-up buffer by the next piece of the file; false at the end.
    @discardableResult
    private mutating func fill() throws(DataError) -> Bool {
        guard !isAtEnd else { return false }
        do {
            guard let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty else {
                isAtEnd = true
                return false
            }
            lineStart -= buffer.count
            buffer = Array(piece)
            cursor = 0
            return true
        } catch {
            throw .file(file, sentence: "the file cannot be read.")
        }
    }

    private func checkLength(_ count: Int, line: Int) throws(DataError) {
        guard count > Self.rowLimit else { return }
        throw problem("the row is longer than 16 MiB, the most one row may have.", line: line)
    }

    private func problem(_ sentence: String, line: Int) -> DataError {
        .rows([DataProblem(file: file, line: line, column: nil, sentence: sentence)], more: false)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 32 || byte == 9 || byte == 10 || byte == 13
    }
}
