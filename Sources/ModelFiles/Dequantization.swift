/// Expands stored elements to single precision.
///
/// `source` holds whole blocks of `encoding`; their elements go to `destination` from `start` on.
/// Bit for bit what ggml's reference does (`ggml-quants.c`): products and sums are rounded singly.
package func dequantize(
    _ source: Span<UInt8>, as encoding: TensorEncoding, into destination: inout MutableSpan<Float>,
    from start: Int = 0
) {
    let length = encoding.blockLength
    let byteCount = encoding.blockByteCount
    let blockCount = source.count / byteCount
    precondition(
        blockCount * byteCount == source.count && start >= 0
            && blockCount * length <= destination.count - start, "the blocks do not fit")
    switch encoding {
    case .f32: widenF32(source, &destination, start)
    case .f16: widenF16(source, &destination, start)
    case .bf16: widenBF16(source, &destination, start)
    default:
        for index in 0 ..< blockCount {
            expandBlock(
                source.extracting(index * byteCount ..< (index + 1) * byteCount), as: encoding,
                &destination, start + index * length)
        }
    }
}

@inline(__always)
private func expandBlock(
    _ block: Span<UInt8>, as encoding: TensorEncoding, _ out: inout MutableSpan<Float>, _ at: Int
) {
    switch encoding {
    case .f32, .f16, .bf16: break
    case .q4_0: expandQ4_0(block, &out, at)
    case .q4_1: expandQ4_1(block, &out, at)
    case .q5_0: expandQ5_0(block, &out, at)
    case .q5_1: expandQ5_1(block, &out, at)
    case .q8_0: expandQ8_0(block, &out, at)
    case .q4_K: expandQ4_K(block, &out, at)
    case .q5_K: expandQ5_K(block, &out, at)
    case .q6_K: expandQ6_K(block, &out, at)
    }
}

/// The half-precision number at byte `offset`, little-endian.
@inline(__always)
func half(_ bytes: Span<UInt8>, _ offset: Int) -> Float {
    widened(UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8)
}

/// A half-precision bit pattern as a single: the exponent is moved by an exact multiplication.
@inline(__always)
func widened(_ half: UInt16) -> Float {
    let magnitude = UInt32(half & 0x7FFF) << 13
    // 2¹¹² is the difference of the two exponent biases, and normalises subnormals on the way.
    let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    let special: UInt32 = magnitude >= 0x0F80_0000 ? 0x7F80_0000 : 0
    return Float(bitPattern: scaled | special | UInt32(half & 0x8000) << 16)
}

private func widenF32(
    _ source: Span<UInt8>, _ destination: inout MutableSpan<Float>, _ start: Int
) {
    for index in 0 ..< source.count / 4 {
        destination[start + index] = Float(bitPattern: word(source, index * 4))
    }
}

private func widenF16(
    _ source: Span<UInt8>, _ destination: inout MutableSpan<Float>, _ start: Int
) {
    for index in 0 ..< source.count / 2 { destination[start + index] = half(source, index * 2) }
}

private func widenBF16(
    _ source: Span<UInt8>, _ destination: inout MutableSpan<Float>, _ start: Int
) {
    for index in 0 ..< source.count / 2 {
        let at = index * 2
        destination[start + index] = Float(
            bitPattern: UInt32(source[at]) << 16 | UInt32(source[at + 1]) << 24)
    }
}

// Blocks of 32: a scale d, sometimes a minimum m, and the low nibbles of elements 0…15 beside the
// high nibbles of elements 16…31.

@inline(__always)
private func expandQ4_0(_ block: Span<UInt8>, _ out: inout MutableSpan<Float>, _ start: Int) {
    let d = half(block, 0)
    for j in 0 ..< 16 {
        let pair = block[2 + j]
        out[start + j] = Float(Int32(pair & 0xF) - 8) * d
        out[start + j + 16] = Float(Int32(pair >> 4) - 8) * d
    }
}

@inline(__always)
private func expandQ4_1(_ block: Span<UInt8>, _ out: inout MutableSpan<Float>, _ start: Int) {
    let d = half(block, 0)
    let m = half(block, 2)
    for j in 0 ..< 16 {
        let pair = block[4 + j]
        out[start + j] = Float(Int32(pair & 0xF)) * d + m
        out[start + j + 16] = Float(Int32(pair >> 4)) * d + m
    }
}

@inline(__always)
private func expandQ5_0(_ block: Span<UInt8>, _ out: inout MutableSpan<Float>, _ start: Int) {
    let d = half(block, 0)
    let fifth = word(block, 2)
    for j in 0 ..< 16 {
        let pair = block[6 + j]
        out[start + j] = Float(Int32(fiveBits(pair & 0xF, fifth, j)) - 16) * d
        out[start + j + 16] = Float(Int32(fiveBits(pair >> 4, fifth, j + 16)) - 16) * d
    }
}

@inline(__always)
private func expandQ5_1(_ block: Span<UInt8>, _ out: inout MutableSpan<Float>, _ start: Int) {
    let d = half(block, 0)
    let m = half(block, 2)
    let fifth = word(block, 4)
    for j in 0 ..< 16 {
        let pair = block[8 + j]
        out[start + j] = Float(Int32(fiveBits(pair & 0xF, fifth, j))) * d + m
        out[start + j + 16] = Float(Int32(fiveBits(pair >> 4, fifth, j + 16))) * d + m
    }
}

@inline(__always)
private func expandQ8_0(_ block: Span<UInt8>, _ out: inout MutableSpan<Float>, _ start: Int) {
    let d = half(block, 0)
    for j in 0 ..< 32 { out[start + j] = Float(Int32(Int8(bitPattern: block[2 + j]))) * d }
}

@inline(__always)
private func word(_ bytes: Span<UInt8>, _ offset: Int) -> UInt32 {
    UInt32(bytes[offset]) | UInt32(bytes[offset + 1]) << 8 | UInt32(bytes[offset + 2]) << 16
        | UInt32(bytes[offset + 3]) << 24
}

/// A nibble with bit `index` of `fifth` above it.
@inline(__always)
private func fiveBits(_ nibble: UInt8, _ fifth: UInt32, _ index: Int) -> UInt32 {
    UInt32(nibble) | (fifth >> UInt32(truncatingIfNeeded: index) & 1) << 4
}
