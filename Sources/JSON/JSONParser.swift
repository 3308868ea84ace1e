/// Why a text is not a JSON document that is read here.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    /// The line, counted from 1.
    package let line: Int
    /// The byte within the line, counted from 1.
    package let column: Int
    /// What is wrong.
    package let problem: String

    package var description: String { "\(line):\(column): \(problem)" }
}

extension JSONValue {
    /// Reads a JSON document (RFC 8259), refusing duplicate keys, deep nesting and invalid UTF-8.
    ///
    /// A document may hold `maximumCount` values; a tokenizer has about a million.
    package static func parse(
        _ bytes: [UInt8], maximumCount: Int = 1 << 23
    ) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes: bytes, maximumCount: maximumCount)
        // A byte-order mark, which some editors write.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.offset = 3 }
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.offset == bytes.count else {
            throw parser.malformed("there is more text after the end of the document")
        }
        return value
    }
}

/// A recursive-descent reader of JSON text.
private struct JSONParser {
    let bytes: [UInt8]
    let maximumCount: Int
    var offset = 0

    /// Arrays and objects may be this deep.
    static let maximumDepth = 64
    /// The values read so far.
    private var count = 0

    init(bytes: [UInt8], maximumCount: Int) {
        self.bytes = bytes
        self.maximumCount = maximumCount
    }

    func malformed(_ problem: String) -> JSONError {
        let before = bytes.prefix(offset)
        let line = before.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return JSONError(line: line, column: offset - start + 1, problem: problem)
    }

    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            offset += 1
        }
    }

    mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        skipSpace()
        count += 1
        guard count <= maximumCount else {
            throw malformed("there are more than \(maximumCount) values")
        }
        guard let byte = next else { throw malformed("the text ends where a value should be") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0") ... UInt8(ascii: "9"): return try number()
        default:
            if take("true") { return .bool(true) }
            if take("false") { return .bool(false) }
            if take("null") { return .null }
            throw malformed(
                "a value must be an object, array, string, number, true, false or null")
        }
    }

    mutating func take(_ word: StaticString) -> Bool {
        let expected = Array(word.description.utf8)
        guard bytes[offset...].starts(with: expected) else { return false }
        offset += expected.count
        return true
    }

    mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        try enter(depth)
        var members = JSONObject()
        skipSpace()
        if next == UInt8(ascii: "}") {
            offset += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw malformed("a key in quotes is missing") }
            let keyOffset = offset
            let key = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw malformed("a colon is missing") }
            offset += 1
            let member = try value(depth: depth)
            guard members.append(key, member) else {
                offset = keyOffset
                let shown = JSONValue.string(String(key.prefix(80))).text(.compact)
                throw malformed("the key \(shown) appears twice")
            }
            if try ends(with: UInt8(ascii: "}")) { return .object(members) }
        }
    }

    mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        try enter(depth)
        var values: [JSONValue] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            offset += 1
            return .array(values)
        }
        while true {
            values.append(try value(depth: depth))
            if try ends(with: UInt8(ascii: "]")) { return .array(values) }
        }
    }

    /// Steps over an opening bracket.
    private mutating func enter(_ depth: Int) throws(JSONError) {
        guard depth <= Self.maximumDepth else {
            throw malformed("values are nested more than \(Self.maximumDepth) deep")
        }
        offset += 1
    }

    /// Steps over a comma (false) or the closing bracket (true).
    private mutating func ends(with bracket: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        guard let byte = next, byte == bracket || byte == UInt8(ascii: ",") else {
            throw malformed("a comma or a closing bracket is missing")
        }
        offset += 1
        return byte == bracket
    }

    mutating func number() throws(JSONError) -> JSONValue {
        let start = offset
        if next == UInt8(ascii: "-") { offset += 1 }
        let first = next
        let digits = skipDigits()
        guard digits > 0, digits == 1 || first != UInt8(ascii: "0") else {
            throw malformed("the number is not written as JSON requires")
        }
        var isWhole = true
        if next == UInt8(ascii: ".") {
            isWhole = false
            offset += 1
            guard skipDigits() > 0 else { throw malformed("digits are missing after the point") }
        }
        if let byte = next, byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            isWhole = false
            offset += 1
            if let sign = next, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                offset += 1
            }
            guard skipDigits() > 0 else { throw malformed("digits are missing in the exponent") }
        }
        let text = String(decoding: bytes[start ..< offset], as: UTF8.self)
        if isWhole, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw malformed("the number is out of range")
        }
        return .number(number)
    }

    private mutating func skipDigits() -> Int {
        let start = offset
        while let byte = next, (UInt8(ascii: "0") ... UInt8(ascii: "9")).contains(byte) {
            offset += 1
        }
        return offset - start
    }

    mutating func string() throws(JSONError) -> String {
        offset += 1
        let start = offset
        try skipPlainText()
        if bytes[offset] == UInt8(ascii: "\"") {
            let text = try text(bytes.span.extracting(start ..< offset))
            offset += 1
            return text
        }
        var content = Array(bytes[start ..< offset])
        while bytes[offset] != UInt8(ascii: "\"") {
            content += String(try escape()).utf8
            let start = offset
            try skipPlainText()
            content += bytes[start ..< offset]
        }
        let text = try text(content.span)
        offset += 1
        return text
    }

    /// Steps to the next quote or backslash.
    private mutating func skipPlainText() throws(JSONError) {
        while true {
            guard offset < bytes.count else { throw malformed("the text ends inside a string") }
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
            guard byte >= 0x20 else {
                throw malformed("a control character in a string must be escaped")
            }
            offset += 1
        }
    }

    private func text(_ bytes: Span<UInt8>) throws(JSONError) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes))
        } catch {
            throw malformed("a string is not valid UTF-8")
        }
    }

    private mutating func escape() throws(JSONError) -> Character {
        offset += 1
        guard let byte = next else { throw malformed("the text ends inside a string") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return Character(try escapedScalar())
        default:
            offset -= 1
            throw malformed("the escape is unknown")
        }
    }

    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let high = try codeUnit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard UTF16.isLeadSurrogate(high), take("\\u") else {
            throw malformed("the escape is half of a surrogate pair")
        }
        let low = try codeUnit()
        guard UTF16.isTrailSurrogate(low),
            let scalar = Unicode.Scalar(
                0x10000 + (UInt32(high) - 0xD800) << 10 + UInt32(low) - 0xDC00)
        else { throw malformed("the escape is half of a surrogate pair") }
        return scalar
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        let digits = bytes[offset ..< min(offset + 4, bytes.count)]
        guard digits.count == 4,
            digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw malformed("four hexadecimal digits must follow \\u") }
        offset += 4
        return unit
    }
}
