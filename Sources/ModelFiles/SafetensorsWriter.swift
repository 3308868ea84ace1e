import Foundation

/// A tensor to be written: its name and extents, outermost first.
package struct TensorToWrite: Sendable, Hashable {
    /// The name in the file.
    package let name: String
    /// Extents, outermost dimension first.
    package let shape: [Int]

    /// Describes a tensor.
    package init(name: String, shape: [Int]) {
        self.name = name
        self.shape = shape
    }
}

/// Writes one safetensors file, sorted by name, one tensor in memory at a time.
///
/// `values` is asked for each tensor's elements by its index in `tensors`. `encoding` is F32, F16 or
/// BF16. The `format` entry is what PyTorch loaders ask for.
package func writeSafetensors(
    _ tensors: [TensorToWrite], as encoding: TensorEncoding, to path: String,
    values: (Int) throws -> [Float]
) throws(ModelFileError) {
    guard [.f32, .f16, .bf16].contains(encoding) else {
        throw .unwritable(
            path: path, problem: "\(encoding.rawValue) is not written; F32, F16 and BF16 are")
    }
    let order = tensors.indices.sorted {
        tensors[$0].name.utf8.lexicographicallyPrecedes(tensors[$1].name.utf8)
    }
    let header = try safetensorsHeader(order.map { tensors[$0] }, encoding, path)
    try writeAtomically(to: path) { handle in
        try handle.write(contentsOf: Data(header))
        for index in order {
            let tensor = tensors[index]
            let elements = try values(index)
            guard elements.count == elementCount(of: tensor.shape) else {
                throw ModelFileError.unwritable(
                    path: path,
                    problem: "tensor \(quoted(tensor.name)) of shape \(tensor.shape) was given "
                        + "\(elements.count) elements")
            }
            try write(elements, of: tensor, as: encoding, to: handle, path: path)
        }
    }
}

private func write(
    _ elements: [Float], of tensor: TensorToWrite, as encoding: TensorEncoding,
    to handle: FileHandle, path: String
) throws {
    let chunk = 1 << 20
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: elements.count, by: chunk) {
        bytes.removeAll(keepingCapacity: true)
        let part = elements[start ..< min(start + chunk, elements.count)]
        if let index = appendNarrowed(part, as: encoding, to: &bytes) {
            throw ModelFileError.unwritable(
                path: path,
                problem: "element \(index) of tensor \(quoted(tensor.name)) is "
                    + "\(elements[index]), more than \(encoding.rawValue) can hold")
        }
        try handle.write(contentsOf: Data(bytes))
    }
}

/// The length, the JSON and the padding to a multiple of eight bytes.
private func safetensorsHeader(
    _ tensors: [TensorToWrite], _ encoding: TensorEncoding, _ path: String
) throws(ModelFileError) -> [UInt8] {
    var entries: JSONObject = ["__metadata__": .object(["format": .string("pt")])]
    var offset = 0
    for tensor in tensors {
        guard let byteCount = encoding.byteCount(of: tensor.shape) else {
            throw .unwritable(
                path: path, problem: "tensor \(quoted(tensor.name)) is too large to write")
        }
        let isNew = entries.append(
            tensor.name,
            .object([
                "dtype": .string(encoding.rawValue),
                "shape": .array(tensor.shape.map { .integer($0) }),
                "data_offsets": .array([.integer(offset), .integer(offset + byteCount)]),
            ]))
        guard isNew else {
            throw .unwritable(path: path, problem: "tensor \(quoted(tensor.name)) is given twice")
        }
        offset += byteCount
    }
    var json = Array(JSONValue.object(entries).text(.compact).utf8)
    while !json.count.isMultiple(of: 8) { json.append(UInt8(ascii: " ")) }
    return (0 ..< 8).map { UInt8(truncatingIfNeeded: json.count >> ($0 * 8)) } + json
}
