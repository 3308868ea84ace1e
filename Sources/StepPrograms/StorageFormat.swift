import Quantities

/// How the elements of a tensor are stored.
package enum StorageFormat: Sendable, Hashable {
    case float32, bfloat16, float16, float8, int32, int8
    /// 4-bit NormalFloat (Dettmers et al. 2023): one code of 4 bits an element and one scale for each
    /// block of 64; the scale is a float32, or with double quantisation an 8-bit code with a float32
    /// for each 256 scales and one offset.
    case nf4(doubleQuantized: Bool)
    /// 4-bit integers in groups along the inputs (GPTQ, AWQ): for each group and output a 16-bit scale and
    /// a 4-bit zero; `ordered` adds the group of each input as an int32.
    case int4(group: Int, ordered: Bool)

    /// Elements that share one NF4 scale.
    package static let nf4Block = 64
    /// Scales that share one second-level scale.
    package static let nf4NestedBlock = 256

    /// Whether elements are numbers a product can read as they are.
    package var isPlain: Bool {
        switch self {
        case .float32, .bfloat16, .float16, .int32: true
        case .float8, .int8, .nf4, .int4: false
        }
    }

    /// Bytes that hold a tensor of this shape, scales included.
    package func bytes(for shape: Shape) -> Bytes {
        let count = shape.count
        switch self {
        case .float32, .int32: return Bytes(count * 4)
        case .bfloat16, .float16: return Bytes(count * 2)
        case .float8, .int8: return Bytes(count)
        case .int4(let group, let ordered):
            let scales = (count + group - 1) / group
            let order = ordered ? shape.width * 4 : 0
            return Bytes((count + 1) / 2 + scales * 2 + (scales + 1) / 2 + order)
        case .nf4(let doubleQuantized):
            let layout = NF4Layout(count: count, doubleQuantized: doubleQuantized)
            return Bytes(layout.byteCount)
        }
    }

    /// The short name used in dumps.
    package var name: String {
        switch self {
        case .float32: "f32"
        case .bfloat16: "bf16"
        case .float16: "f16"
        case .float8: "f8"
        case .int32: "i32"
        case .int8: "i8"
        case .int4: "i4"
        case .nf4(let doubleQuantized): doubleQuantized ? "nf4-dq" : "nf4"
        }
    }
}

/// Where the parts of an NF4 tensor lie, in bytes from its start.
///
/// Order: packed codes, then either float32 scales, or 8-bit scale codes, float32 second-level scales
/// and one float32 offset. Each part begins at a multiple of four.
package struct NF4Layout: Sendable, Hashable {
    /// Number of elements.
    package let count: Int
    /// Number of blocks of `StorageFormat.nf4Block` elements, the last one perhaps partial.
    package let blockCount: Int
    /// Number of blocks of scales; zero without double quantisation.
    package let nestedBlockCount: Int
    /// Start of the scales (float32) or of the scale codes (uint8).
    package let scales: Int
    /// Start of the second-level scales.
    package let nestedScales: Int
    /// Start of the offset.
    package let offset: Int
    /// Length of the whole.
    package let byteCount: Int

    package init(count: Int, doubleQuantized: Bool) {
        self.count = count
        blockCount = (count + StorageFormat.nf4Block - 1) / StorageFormat.nf4Block
        scales = Self.aligned((count + 1) / 2)
        if doubleQuantized {
            nestedBlockCount =
                (blockCount + StorageFormat.nf4NestedBlock - 1) / StorageFormat.nf4NestedBlock
            nestedScales = scales + Self.aligned(blockCount)
            offset = nestedScales + nestedBlockCount * 4
            byteCount = offset + 4
        } else {
            nestedBlockCount = 0
            nestedScales = scales + blockCount * 4
            offset = nestedScales
            byteCount = nestedScales
        }
    }

    private static func aligned(_ bytes: Int) -> Int { (bytes + 3) / 4 * 4 }
}
