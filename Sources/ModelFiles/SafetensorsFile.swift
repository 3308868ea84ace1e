import Foundation

/// The header of one safetensors file and its mapped bytes.
///
/// Format: eight bytes of length, that many bytes of JSON, then the tensors without gaps
/// (huggingface/safetensors, README "Format").
package struct SafetensorsFile: Sendable {
    /// The mapped file.
    package let file: MappedFile
    /// The tensors that can be read, in the order of their bytes.
    package let tensors: [StoredTensor]
    /// The element type of each tensor that is well formed and cannot be read, by name.
    package let unreadable: [String: String]
    /// The free text entries of `__metadata__`.
    package let metadata: [String: String]

    /// The longest header that is accepted, as the reference reader has it.
    static let maximumHeader = 100_000_000

    /// Maps a file and reads its header.
    package static func open(_ path: String) throws(ModelFileError) -> SafetensorsFile {
        try SafetensorsFile(MappedFile(path: path))
    }

    /// Reads the header of a mapped file.
    package init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        let (entries, start) = try Self.header(of: file)
        var tensors: [StoredTensor] = []
        var unreadable: [String: String] = [:]
        var ranges: [(name: String, lower: Int, upper: Int)] = []
        for member in entries.members where member.key != "__metadata__" {
            let name = member.key
            let entry = try SafetensorsEntry(name: name, member.value, path: file.path)
            ranges.append((name, entry.lower, entry.upper))
            if let encoding = entry.encoding {
                tensors.append(
                    StoredTensor(
                        name: name, shape: entry.shape, encoding: encoding,
                        offset: start + entry.lower, byteCount: entry.upper - entry.lower))
            } else {
                unreadable[name] = entry.dtype
            }
        }
        try Self.requireContiguous(ranges, byteCount: file.data.count - start, path: file.path)
        self.tensors = tensors.sorted { ($0.offset, $0.name) < ($1.offset, $1.name) }
        self.unreadable = unreadable
        metadata = try Self.metadata(entries["__metadata__"], path: file.path)
    }

    /// The members of the header and where the tensors' bytes begin.
    private static func header(
        of file: MappedFile
    ) throws(ModelFileError) -> (entries: JSONObject, start: Int) {
        let size = file.data.count
        guard size >= 8 else {
            throw .malformed(
                path: file.path, place: "header", problem: "the file is shorter than eight bytes")
        }
        let length = (0 ..< 8).reduce(UInt64(0)) { $0 | UInt64(file.data[$1]) << UInt64($1 * 8) }
        guard length <= UInt64(min(size - 8, maximumHeader)) else {
            throw .malformed(
                path: file.path, place: "header",
                problem: "its length is given as \(length) bytes, more than the file "
                    + "(\(size) bytes) or the limit (\(maximumHeader)) allows")
        }
        let start = 8 + Int(length)
        let json = try JSONValue.parse(
            Array(file.data[8 ..< start]), path: "\(file.path) (header)")
        guard let entries = json.object else {
            throw .malformed(
                path: file.path, place: "header", problem: "it is \(json.kind), not an object")
        }
        return (entries, start)
    }

    private static func requireContiguous(
        _ ranges: [(name: String, lower: Int, upper: Int)], byteCount: Int, path: String
    ) throws(ModelFileError) {
        var end = 0
        for range in ranges.sorted(by: { ($0.lower, $0.upper) < ($1.lower, $1.upper) }) {
            guard range.lower == end else {
                throw .malformed(
                    path: path, place: "tensor \(quoted(range.name))",
                    problem: "its bytes begin at \(range.lower) and should at \(end): "
                        + (range.lower < end ? "tensors overlap" : "there is a gap"))
            }
            end = range.upper
        }
        guard end == byteCount else {
            throw .malformed(
                path: path, place: "header",
                problem: "the tensors take \(end) bytes and the file has \(byteCount) for them")
        }
    }

    private static func metadata(
        _ value: JSONValue?, path: String
    ) throws(ModelFileError) -> [String: String] {
        guard let value else { return [:] }
        var texts: [String: String] = [:]
        for member in value.object?.members ?? [] { texts[member.key] = member.value.string }
        guard let object = value.object, texts.count == object.count else {
            throw .malformed(
                path: path, place: "__metadata__", problem: "it must be an object of strings")
        }
        return texts
    }
}

/// One tensor of a header, checked on its own.
private struct SafetensorsEntry {
    let dtype: String
    let encoding: TensorEncoding?
    let shape: [Int]
    let lower: Int
    let upper: Int

    init(name: String, _ value: JSONValue, path: String) throws(ModelFileError) {
        func malformed(_ problem: String) -> ModelFileError {
            .malformed(path: path, place: "tensor \(quoted(name))", problem: problem)
        }
        guard let dtype = value["dtype"]?.string else {
            throw malformed("\"dtype\" must be a string such as \"F32\"")
        }
        guard let extents = value["shape"]?.array, extents.count <= 8 else {
            throw malformed("\"shape\" must be an array of at most eight integers")
        }
        let shape = extents.compactMap(\.int).filter { $0 >= 0 }
        guard shape.count == extents.count, let count = elementCount(of: shape) else {
            throw malformed("\"shape\" must hold non-negative integers with a product below 2⁶³")
        }
        let offsets = value["data_offsets"]?.array?.compactMap(\.int) ?? []
        guard offsets.count == 2, value["data_offsets"]?.array?.count == 2, offsets[0] >= 0,
            offsets[1] >= offsets[0]
        else { throw malformed("\"data_offsets\" must be two integers in order") }
        guard let bits = Self.bits[dtype] else {
            throw malformed("the element type \(quoted(dtype)) is unknown")
        }
        let (total, overflow) = count.multipliedReportingOverflow(by: bits)
        guard !overflow, total.isMultiple(of: 8), total / 8 == offsets[1] - offsets[0] else {
            throw malformed(
                "shape \(shape) of \(dtype) does not take the \(offsets[1] - offsets[0]) bytes "
                    + "that its offsets give it")
        }
        self.dtype = dtype
        encoding = [.f32, .f16, .bf16].first { $0.rawValue == dtype }
        self.shape = shape
        lower = offsets[0]
        upper = offsets[1]
    }

    /// The element types of the format, in bits.
    static let bits = [
        "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4,
        "F6_E2M3": 6, "F6_E3M2": 6, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32,
        "U32": 32, "F32": 32, "F64": 64, "I64": 64, "U64": 64, "C64": 64,
    ]
}
