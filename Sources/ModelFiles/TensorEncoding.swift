/// How the elements of a stored tensor are laid out in bytes.
///
/// Block formats and sizes: ggml's `ggml-common.h`; each block holds consecutive elements of a row.
package enum TensorEncoding: String, Sendable, Hashable, CaseIterable {
    /// Single precision.
    case f32 = "F32"
    /// Half precision.
    case f16 = "F16"
    /// The upper half of single precision.
    case bf16 = "BF16"
    /// 32 elements of 4 bits, a scale.
    case q4_0 = "Q4_0"
    /// 32 elements of 4 bits, a scale and a minimum.
    case q4_1 = "Q4_1"
    /// 32 elements of 5 bits, a scale.
    case q5_0 = "Q5_0"
    /// 32 elements of 5 bits, a scale and a minimum.
    case q5_1 = "Q5_1"
    /// 32 elements of 8 bits, a scale.
    case q8_0 = "Q8_0"
    /// 256 elements of 4 bits, eight scales and minima.
    case q4_K = "Q4_K"
    /// 256 elements of 5 bits, eight scales and minima.
    case q5_K = "Q5_K"
    /// 256 elements of 6 bits, sixteen scales.
    case q6_K = "Q6_K"

    /// Elements in one block; a row is a whole number of blocks.
    package var blockLength: Int {
        switch self {
        case .f32, .f16, .bf16: 1
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
        case .q4_K, .q5_K, .q6_K: 256
        }
    }

    /// Bytes of one block.
    package var blockByteCount: Int {
        switch self {
        case .f32: 4
        case .f16, .bf16: 2
        case .q4_0: 18
        case .q4_1: 20
        case .q5_0: 22
        case .q5_1: 24
        case .q8_0: 34
        case .q4_K: 144
        case .q5_K: 176
        case .q6_K: 210
        }
    }

    /// Bits of storage per element, scales included.
    package var bitsPerElement: Double {
        Double(blockByteCount * 8) / Double(blockLength)
    }

    /// Bytes of a tensor of `shape` (outermost first), or nil when it overflows or splits a block.
    package func byteCount(of shape: [Int]) -> Int? {
        guard (shape.last ?? 1).isMultiple(of: blockLength), let count = elementCount(of: shape)
        else { return nil }
        let (bytes, overflow) = (count / blockLength).multipliedReportingOverflow(
            by: blockByteCount)
        return overflow ? nil : bytes
    }
}

/// The number of elements of a shape, or nil when it does not fit an integer.
package func elementCount(of shape: [Int]) -> Int? {
    var count = 1
    for extent in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: extent)
        if overflow || extent < 0 { return nil }
        count = product
    }
    return count
}

/// Where one tensor lies in a file and what it is.
package struct StoredTensor: Sendable, Hashable {
    /// The name in the file.
    package let name: String
    /// Extents, outermost dimension first.
    package let shape: [Int]
    /// How elements are stored.
    package let encoding: TensorEncoding
    /// The first byte, from the start of the file.
    package let offset: Int
    /// The number of bytes.
    package let byteCount: Int

    /// The number of elements.
    package var count: Int { byteCount / encoding.blockByteCount * encoding.blockLength }
}
