import Foundation

/// Appends numbers as little-endian bytes of `encoding`, rounded to nearest, ties to even.
///
/// Returns the index of the first finite number that `encoding` (F32, F16 or BF16) cannot hold.
func appendNarrowed(
    _ values: ArraySlice<Float>, as encoding: TensorEncoding, to bytes: inout [UInt8]
) -> Int? {
    bytes.reserveCapacity(bytes.count + values.count * encoding.blockByteCount)
    for index in values.indices {
        let value = values[index]
        let bits: UInt32
        switch encoding {
        case .f16:
            let narrow = Float16(value)
            if narrow.isInfinite, value.isFinite { return index }
            bits = UInt32(narrow.bitPattern)
        case .bf16:
            bits = UInt32(brainFloat(value))
            if bits & 0x7FFF == 0x7F80, value.isFinite { return index }
        default:
            let wide = value.bitPattern
            bytes.append(UInt8(truncatingIfNeeded: wide))
            bytes.append(UInt8(truncatingIfNeeded: wide >> 8))
            bytes.append(UInt8(truncatingIfNeeded: wide >> 16))
            bytes.append(UInt8(truncatingIfNeeded: wide >> 24))
            continue
        }
        bytes.append(UInt8(truncatingIfNeeded: bits))
        bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
    }
    return nil
}

/// The upper half of a single, rounded to nearest, ties to even; a NaN stays one.
private func brainFloat(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + bits >> 16 & 1) >> 16)
}
