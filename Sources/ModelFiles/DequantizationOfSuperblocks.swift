// Blocks of 256 whose sub-blocks have small integer scales (ggml's K-quants).

/// 256 elements: scale d and minimum scale at 0 and 2, packed scales at 4, nibbles at 16.
@inline(__always)
func expandQ4_K(_ block: Span<UInt8>, _ out: inout MutableSpan<Float>, _ start: Int) {
    let d = half(block, 0)
    let minimum = half(block, 2)
    for group in 0 ..< 4 {
        let low = scaleAndMinimum(block, group * 2)
        let high = scaleAndMinimum(block, group * 2 + 1)
        let (lowScale, lowMinimum) = (d * low.scale, minimum * low.minimum)
        let (highScale, highMinimum) = (d * high.scale, minimum * high.minimum)
        for j in 0 ..< 32 {
            let pair = block[16 + group * 32 + j]
            out[start + group * 64 + j] = lowScale * Float(Int32(pair & 0xF)) - lowMinimum
            out[start + group * 64 + 32 + j] = highScale * Float(Int32(pair >> 4)) - highMinimum
        }
    }
}

/// As Q4_K, with the fifth bits of all sub-blocks in 32 bytes at 16, one bit a sub-block.
@inline(__always)
func expandQ5_K(_ block: Span<UInt8>, _ out: inout MutableSpan<Float>, _ start: Int) {
    let d = half(block, 0)
    let minimum = half(block, 2)
    for group in 0 ..< 4 {
        let low = scaleAndMinimum(block, group * 2)
        let high = scaleAndMinimum(block, group * 2 + 1)
        let (lowScale, lowMinimum) = (d * low.scale, minimum * low.minimum)
        let (highScale, highMinimum) = (d * high.scale, minimum * high.minimum)
        let shift = UInt8(truncatingIfNeeded: group * 2)
        for j in 0 ..< 32 {
            let fifth = block[16 + j] &>> shift
            let pair = block[48 + group * 32 + j]
            let first = Int32((pair & 0xF) | (fifth & 1) << 4)
            let second = Int32((pair >> 4) | (fifth & 2) << 3)
            out[start + group * 64 + j] = lowScale * Float(first) - lowMinimum
            out[start + group * 64 + 32 + j] = highScale * Float(second) - highMinimum
        }
    }
}

/// 256 elements: nibbles at 0, bit pairs at 128, sixteen signed scales at 192, d at 208.
@inline(__always)
func expandQ6_K(_ block: Span<UInt8>, _ out: inout MutableSpan<Float>, _ start: Int) {
    let d = half(block, 208)
    for group in 0 ..< 2 {
        for j in 0 ..< 32 {
            let scales = 192 + group * 8 + j / 16
            let a = block[group * 64 + j]
            let b = block[group * 64 + 32 + j]
            let top = block[128 + group * 32 + j]
            let at = start + group * 128 + j
            out[at] = sixBits(a & 0xF, top) * (d * signed(block, scales))
            out[at + 32] = sixBits(b & 0xF, top >> 2) * (d * signed(block, scales + 2))
            out[at + 64] = sixBits(a >> 4, top >> 4) * (d * signed(block, scales + 4))
            out[at + 96] = sixBits(b >> 4, top >> 6) * (d * signed(block, scales + 6))
        }
    }
}

@inline(__always)
private func signed(_ bytes: Span<UInt8>, _ offset: Int) -> Float {
    Float(Int32(Int8(bitPattern: bytes[offset])))
}

@inline(__always)
private func sixBits(_ nibble: UInt8, _ top: UInt8) -> Float {
    Float(Int32(nibble | (top & 3) << 4) - 32)
}

/// The six-bit scale and minimum of one of eight sub-blocks, from the twelve bytes at 4.
@inline(__always)
private func scaleAndMinimum(
    _ block: Span<UInt8>, _ index: Int
) -> (scale: Float, minimum: Float) {
    let scale: UInt8
    let minimum: UInt8
    if index < 4 {
        scale = block[4 + index] & 63
        minimum = block[8 + index] & 63
    } else {
        scale = (block[8 + index] & 0xF) | (block[index] >> 6) << 4
        minimum = (block[8 + index] >> 4) | (block[4 + index] >> 6) << 4
    }
    return (Float(scale), Float(minimum))
}
