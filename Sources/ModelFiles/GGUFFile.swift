import Foundation
import Quantities

/// The metadata and tensor table of a GGUF file, versions 2 and 3, and its mapped bytes.
///
/// Format: ggml's `docs/gguf.md`. Little-endian only, as every published file is.
package struct GGUFFile: Sendable {
    /// The mapped file.
    package let file: MappedFile
    /// The version of the format.
    package let version: Int
    /// Every key and its value.
    package let metadata: [String: GGUFValue]
    /// Every tensor in the order of the file.
    package let tensors: [StoredTensor]

    /// Maps a file and reads its header.
    package static func open(_ path: String) throws(ModelFileError) -> GGUFFile {
        try GGUFFile(MappedFile(path: path))
    }

    /// Reads the header of a mapped file.
    package init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        var cursor = GGUFCursor(file: file)
        version = try Self.readVersion(&cursor)
        // A tensor's entry takes at least 24 bytes, a key with its value at least 13.
        let tensorCount = try cursor.count("the tensor count", stride: 24)
        let keyCount = try cursor.count("the metadata count", stride: 13)
        metadata = try Self.readMetadata(&cursor, count: keyCount)
        tensors = try Self.readTensors(
            &cursor, count: tensorCount, alignment: try Self.alignment(metadata, &cursor))
    }

    private static func readVersion(_ cursor: inout GGUFCursor) throws(ModelFileError) -> Int {
        let magic = try cursor.integer(UInt32.self, "the magic number")
        guard magic == 0x4655_4747 else {
            throw cursor.malformed("the first four bytes are not \"GGUF\"")
        }
        let version = try cursor.integer(UInt32.self, "the version")
        if version != 0, version & 0xFFFF == 0 {
            throw .unsupported(
                path: cursor.file.path, place: "header",
                problem: "the file is big-endian; only little-endian GGUF files are read")
        }
        guard version == 2 || version == 3 else {
            throw .unsupported(
                path: cursor.file.path, place: "header",
                problem: "GGUF version \(version) is not supported; versions 2 and 3 are")
        }
        return Int(version)
    }

    private static func readMetadata(
        _ cursor: inout GGUFCursor, count: Int
    ) throws(ModelFileError) -> [String: GGUFValue] {
        var metadata: [String: GGUFValue] = [:]
        for index in 0 ..< count {
            cursor.place = "metadata key \(index)"
            let key = try cursor.string("the key")
            cursor.place = "metadata key \(quoted(key))"
            guard metadata.updateValue(try cursor.value(), forKey: key) == nil else {
                throw cursor.malformed("the key appears twice")
            }
        }
        return metadata
    }

    private static func alignment(
        _ metadata: [String: GGUFValue], _ cursor: inout GGUFCursor
    ) throws(ModelFileError) -> Int {
        guard let value = metadata["general.alignment"] else { return 32 }
        guard let alignment = value.int, alignment > 0, alignment <= 1 << 20,
            alignment & (alignment - 1) == 0
        else {
            cursor.place = "metadata key \"general.alignment\""
            throw cursor.malformed("the alignment must be a power of two up to \(1 << 20)")
        }
        return alignment
    }

    private static func readTensors(
        _ cursor: inout GGUFCursor, count: Int, alignment: Int
    ) throws(ModelFileError) -> [StoredTensor] {
        var entries: [GGUFTensorEntry] = []
        entries.reserveCapacity(count)
        var names: Set<String> = []
        for index in 0 ..< count {
            cursor.place = "tensor \(index)"
            let entry = try GGUFTensorEntry(&cursor)
            guard names.insert(entry.name).inserted else {
                throw cursor.malformed("the name appears twice")
            }
            entries.append(entry)
        }
        let start = (cursor.offset + alignment - 1) / alignment * alignment
        var tensors: [StoredTensor] = []
        tensors.reserveCapacity(count)
        for entry in entries {
            cursor.place = "tensor \(quoted(entry.name))"
            tensors.append(try entry.located(from: start, alignment: alignment, cursor))
        }
        try requireDisjoint(tensors, path: cursor.file.path)
        return tensors
    }
}

/// Refuses tensors whose bytes overlap.
func requireDisjoint(_ tensors: [StoredTensor], path: String) throws(ModelFileError) {
    let sorted = tensors.sorted { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }
    for (left, right) in zip(sorted, sorted.dropFirst())
    where right.offset < left.offset + left.byteCount {
        throw .malformed(
            path: path, place: "tensor \(quoted(right.name))",
            problem: "its bytes overlap those of \(quoted(left.name))")
    }
}

extension GGUFFile {
    /// The text at `key`, nil when absent; another type is an error.
    package func string(_ key: String) throws(ModelFileError) -> String? {
        try typed(key, "a string", \.string)
    }
    /// The integer at `key`, nil when absent; another type is an error.
    package func int(_ key: String) throws(ModelFileError) -> Int? {
        try typed(key, "an integer", \.int)
    }
    /// The number at `key`, nil when absent; another type is an error.
    package func double(_ key: String) throws(ModelFileError) -> Double? {
        try typed(key, "a number", \.double)
    }
    /// The truth value at `key`, nil when absent; another type is an error.
    package func bool(_ key: String) throws(ModelFileError) -> Bool? {
        try typed(key, "a truth value", \.bool)
    }
    /// The texts at `key`, nil when absent; another type is an error.
    package func strings(_ key: String) throws(ModelFileError) -> [String]? {
        try typed(key, "an array of strings", \.strings)
    }
    /// The numbers at `key` in single precision, nil when absent; another type is an error.
    package func floats(_ key: String) throws(ModelFileError) -> [Float]? {
        try typed(key, "an array of numbers", \.floats)
    }
    /// The 32-bit integers at `key`, nil when absent; another type is an error.
    package func int32s(_ key: String) throws(ModelFileError) -> [Int32]? {
        try typed(key, "an array of 32-bit integers", \.int32s)
    }

    private func typed<Value>(
        _ key: String, _ expected: String, _ convert: (GGUFValue) -> Value?
    ) throws(ModelFileError) -> Value? {
        guard let value = metadata[key] else { return nil }
        guard let converted = convert(value) else {
            throw .malformed(
                path: file.path, place: "metadata key \(quoted(key))",
                problem: "is \(value.kind) instead of \(expected)")
        }
        return converted
    }
}
