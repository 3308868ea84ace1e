import Foundation

/// Reads the header of a GGUF file from front to back, never past the end.
struct GGUFCursor {
    /// The file, for messages and bounds.
    let file: MappedFile
    /// The next byte to read.
    var offset = 0
    /// What is being read, for messages.
    var place = "header"

    /// Arrays in arrays may be this deep; files in use have none or one.
    static let maximumDepth = 4
    /// Arrays, keys and tensors may be this many; a vocabulary has some hundred thousand entries.
    static let maximumCount = 1 << 24

    /// Starts at the first byte.
    init(file: MappedFile) { self.file = file }

    /// Bytes left.
    var remaining: Int { file.data.count - offset }

    /// A refusal of what is being read.
    func malformed(_ problem: String) -> ModelFileError {
        .malformed(path: file.path, place: place, problem: problem)
    }

    /// Steps over `count` bytes and returns where they start.
    mutating func take(_ count: Int, _ what: String) throws(ModelFileError) -> Int {
        guard count <= remaining else {
            throw malformed(
                "the file ends at byte \(file.data.count), before \(what) at byte \(offset) is complete"
            )
        }
        defer { offset += count }
        return offset
    }

    /// The next little-endian integer.
    mutating func integer<T: FixedWidthInteger>(
        _ type: T.Type, _ what: String
    ) throws(ModelFileError) -> T {
        let size = MemoryLayout<T>.size
        let start = try take(size, what)
        let data = file.data
        let bytes = data.span
        var value: T = 0
        for index in (0 ..< size).reversed() {
            value = (size == 1 ? 0 : value << 8) | T(truncatingIfNeeded: bytes[start + index])
        }
        return value
    }

    /// A length or count, which must leave room for `stride` bytes each.
    mutating func count(_ what: String, stride: Int) throws(ModelFileError) -> Int {
        let raw = try integer(UInt64.self, what)
        guard raw <= UInt64(remaining / stride) else {
            throw malformed("\(what) is \(raw), more than the \(remaining) bytes left can hold")
        }
        guard raw <= UInt64(Self.maximumCount) else {
            throw malformed("\(what) is \(raw), more than the limit of \(Self.maximumCount)")
        }
        return Int(raw)
    }

    /// The next text: a length and that many bytes of UTF-8.
    mutating func string(_ what: String) throws(ModelFileError) -> String {
        let count = try count("the length of \(what)", stride: 1)
        let start = try take(count, what)
        let data = file.data
        do {
            let text = try UTF8Span(validating: data.span.extracting(start ..< start + count))
            return String(copying: text)
        } catch {
            throw malformed("\(what) is not valid UTF-8")
        }
    }

    /// A value whose type comes first.
    mutating func value() throws(ModelFileError) -> GGUFValue {
        let code = try integer(UInt32.self, "the value type")
        return try value(of: kind(code), depth: 0)
    }

    private func kind(_ code: UInt32) throws(ModelFileError) -> Kind {
        guard let kind = Kind(rawValue: code) else {
            throw malformed("value type \(code) is unknown; types go from 0 to 12")
        }
        return kind
    }

    private mutating func value(of kind: Kind, depth: Int) throws(ModelFileError) -> GGUFValue {
        switch kind {
        case .string: return .string(try string("the string"))
        case .bool: return .bool(try bool())
        case .float32, .float64: return .real(try real(kind))
        case .array: return try array(depth: depth + 1)
        case .uint64:
            let wide = try integer(UInt64.self, "the value")
            return Int(exactly: wide).map { .integer($0) } ?? .unsigned(wide)
        default: return .integer(try int(kind))
        }
    }

    private mutating func array(depth: Int) throws(ModelFileError) -> GGUFValue {
        guard depth <= Self.maximumDepth else {
            throw malformed("arrays are nested more than \(Self.maximumDepth) deep")
        }
        let element = try kind(try integer(UInt32.self, "the element type"))
        let count = try count("the array's length", stride: element.smallestSize)
        switch element {
        case .string:
            return .strings(
                try list(count) { (cursor) throws(ModelFileError) in try cursor.string("a string") }
            )
        case .bool:
            return .bools(try list(count) { (cursor) throws(ModelFileError) in try cursor.bool() })
        case .float32, .float64:
            return .reals(
                try list(count) { (cursor) throws(ModelFileError) in try cursor.real(element) })
        case .array:
            return .arrays(
                try list(count) { (cursor) throws(ModelFileError) in
                    try cursor.array(depth: depth + 1)
                })
        default:
            return .integers(
                try list(count) { (cursor) throws(ModelFileError) in try cursor.int(element) })
        }
    }

    private mutating func list<Element>(
        _ count: Int, _ next: (inout GGUFCursor) throws(ModelFileError) -> Element
    ) throws(ModelFileError) -> [Element] {
        var result: [Element] = []
        result.reserveCapacity(count)
        for _ in 0 ..< count { result.append(try next(&self)) }
        return result
    }

    private mutating func bool() throws(ModelFileError) -> Bool {
        let byte = try integer(UInt8.self, "a truth value")
        guard byte <= 1 else { throw malformed("a truth value is \(byte) instead of 0 or 1") }
        return byte == 1
    }

    private mutating func real(_ kind: Kind) throws(ModelFileError) -> Double {
        kind == .float64
            ? Double(bitPattern: try integer(UInt64.self, "a number"))
            : Double(Float(bitPattern: try integer(UInt32.self, "a number")))
    }

    private mutating func int(_ kind: Kind) throws(ModelFileError) -> Int {
        switch kind {
        case .uint8: return Int(try integer(UInt8.self, "an integer"))
        case .int8: return Int(try integer(Int8.self, "an integer"))
        case .uint16: return Int(try integer(UInt16.self, "an integer"))
        case .int16: return Int(try integer(Int16.self, "an integer"))
        case .uint32: return Int(try integer(UInt32.self, "an integer"))
        case .int32: return Int(try integer(Int32.self, "an integer"))
        case .int64: return Int(try integer(Int64.self, "an integer"))
        default:
            let wide = try integer(UInt64.self, "an integer")
            guard let narrow = Int(exactly: wide) else {
                throw malformed("\(wide) in an array of integers is above \(Int.max)")
            }
            return narrow
        }
    }
}

extension GGUFCursor {
    /// The type codes of metadata values.
    private enum Kind: UInt32 {
        case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64
        case float64

        /// The fewest bytes one element can take, which bounds a count before anything is allocated.
        var smallestSize: Int {
            switch self {
            case .uint8, .int8, .bool: 1
            case .uint16, .int16: 2
            case .uint32, .int32, .float32: 4
            case .uint64, .int64, .float64, .string: 8
            case .array: 12
            }
        }
    }
}
