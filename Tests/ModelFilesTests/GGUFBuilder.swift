import Foundation
import ModelFiles

/// Writes small GGUF files, right and wrong, for tests.
struct GGUFBuilder {
    var magic: [UInt8] = Array("GGUF".utf8)
    var version: UInt32 = 3
    var keys: [(name: String, bytes: [UInt8])] = []
    var tensors: [(name: String, extents: [UInt64], type: UInt32, offset: UInt64)] = []
    var tensorCount: UInt64?
    var keyCount: UInt64?
    var data: [UInt8] = []
    var alignment = 32

    mutating func key(_ name: String, type: UInt32, _ payload: [UInt8]) {
        keys.append((name, bytes(type) + payload))
    }

    mutating func key(_ name: String, _ text: String) { key(name, type: 8, string(text)) }
    mutating func key(_ name: String, _ value: UInt32) { key(name, type: 4, bytes(value)) }
    mutating func key(_ name: String, _ value: Float) {
        key(name, type: 6, bytes(value.bitPattern))
    }

    /// Appends a tensor; `extents` are innermost first, as the file has them.
    mutating func tensor(_ name: String, _ extents: [UInt64], type: UInt32, _ payload: [UInt8]) {
        while !data.count.isMultiple(of: alignment) { data.append(0) }
        tensors.append((name, extents, type, UInt64(data.count)))
        data += payload
    }

    /// The header alone.
    var header: [UInt8] {
        var result = magic + bytes(version) + bytes(tensorCount ?? UInt64(tensors.count))
        result += bytes(keyCount ?? UInt64(keys.count))
        for key in keys { result += string(key.name) + key.bytes }
        for tensor in tensors {
            result += string(tensor.name) + bytes(UInt32(tensor.extents.count))
            for extent in tensor.extents { result += bytes(extent) }
            result += bytes(tensor.type) + bytes(tensor.offset)
        }
        return result
    }

    /// The whole file.
    var file: [UInt8] {
        var result = header
        while !result.count.isMultiple(of: alignment) { result.append(0) }
        return result + data
    }

    func opened() throws -> GGUFFile {
        try GGUFFile(MappedFile(path: "test.gguf", data: Data(file)))
    }
}

func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    (0 ..< value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

func string(_ text: String) -> [UInt8] { bytes(UInt64(text.utf8.count)) + Array(text.utf8) }

func array(_ type: UInt32, count: UInt64, _ payload: [UInt8]) -> [UInt8] {
    bytes(type) + bytes(count) + payload
}
