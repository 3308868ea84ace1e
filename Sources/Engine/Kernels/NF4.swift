import StepPrograms

/// 4-bit NormalFloat and double quantisation, bit for bit as bitsandbytes computes them.
///
/// Dettmers et al. 2023; Tests/Golden/NF4.md spells the arithmetic out. One deviation: blocks of zeros
/// stay zeros, where its CUDA kernels divide by zero.
package enum NF4 {
    /// The 16 values of a code, quantiles of the normal distribution (QLoRA, appendix E).
    package static let values: [Float] = [
        -1, -0.696_192_8, -0.525_073_05, -0.394_917_5, -0.284_441_38, -0.184_773_43, -0.091_050_036,
        0, 0.079_580_3, 0.160_930_2, 0.246_112_3, 0.337_915_24, 0.440_709_83, 0.562_617,
        0.722_956_84,
        1,
    ]

    /// Where one code ends and the next begins; a value on a threshold takes the lower code.
    package static let thresholds: [Float] = zip(values, values.dropFirst()).map { ($0 + $1) / 2 }

    /// The two values of each byte of codes, the high nibble first.
    private static let pairs: [SIMD2<Float>] = (0 ..< 256).map {
        SIMD2(values[$0 >> 4], values[$0 & 15])
    }

    private static let block = StorageFormat.nf4Block

    /// Stores values as codes and scales.
    ///
    /// - Parameters:
    ///   - values: as many as the layout has.
    ///   - bytes: `layout.byteCount` of them, aligned to four.
    ///   - layout: where the parts go.
    ///   - rounding: how scales that are quantised themselves take their codes.
    package static func quantize(
        _ values: [Float], into bytes: UnsafeMutablePointer<UInt8>, layout: NF4Layout,
        rounding: NestedRounding = .standard
    ) {
        var scales = [Float](repeating: 0, count: layout.blockCount)
        var scaled = [Float](repeating: 0, count: block)
        var codes = [UInt32](repeating: 0, count: block)
        for index in 0 ..< layout.blockCount {
            let first = index * block
            let count = min(block, layout.count - first)
            var largest: Float = 0
            for i in 0 ..< count { largest = max(largest, abs(values[first + i])) }
            scales[index] = largest
            // A block of zeros, or of numbers too small to divide by, takes the code of zero; so does
            // the nibble behind an odd last value.
            let reciprocal = 1 / max(largest, 1e-38)
            for i in 0 ..< block { scaled[i] = i < count ? values[first + i] * reciprocal : 0 }
            for i in 0 ..< block { codes[i] = 0 }
            for threshold in thresholds {
                for i in 0 ..< block { codes[i] &+= scaled[i] > threshold ? 1 : 0 }
            }
            for i in stride(from: 0, to: count, by: 2) {
                bytes[(first + i) / 2] = UInt8(codes[i] << 4 | codes[i + 1])
            }
        }
        if layout.nestedBlockCount == 0 {
            pointer(bytes, layout.scales).update(from: scales, count: scales.count)
        } else {
            let nested = NestedScales(
                scales, offset: NestedScales.mean(of: scales), rounding: rounding)
            (bytes + layout.scales).update(from: nested.codes, count: nested.codes.count)
            pointer(bytes, layout.nestedScales).update(
                from: nested.scales, count: nested.scales.count)
            pointer(bytes, layout.offset).pointee = nested.offset
        }
    }

    /// output [layout.count] = the values that the codes and scales stand for.
    package static func dequantize(
        _ bytes: UnsafeMutablePointer<UInt8>, layout: NF4Layout,
        into output: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        let nestedBlock = StorageFormat.nf4NestedBlock
        let nested = layout.nestedBlockCount > 0
        let plainScales = pointer(bytes, layout.scales)
        let nestedScales = pointer(bytes, layout.nestedScales)
        let offset = nested ? pointer(bytes, layout.offset).pointee : 0
        pairs.withUnsafeBufferPointer { pairs in
            NestedScales.map.withUnsafeBufferPointer { map in
                workers.split(layout.blockCount, minimum: 256, alignment: 1) { range, _ in
                    for index in range {
                        let scale =
                            nested
                            ? map[Int(bytes[layout.scales + index])]
                                * nestedScales[index / nestedBlock] + offset
                            : plainScales[index]
                        let first = index * block
                        let count = min(block, layout.count - first)
                        expand(
                            bytes + first / 2, count, scale: scale, pairs, into: output + first)
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func expand(
        _ codes: UnsafePointer<UInt8>, _ count: Int, scale: Float,
        _ pairs: UnsafeBufferPointer<SIMD2<Float>>, into output: UnsafeMutablePointer<Float>
    ) {
        let target = UnsafeMutableRawPointer(output)
        for i in 0 ..< count / 2 {
            target.storeBytes(
                of: pairs[Int(codes[i])], toByteOffset: 8 * i, as: SIMD2<Float>.self)
        }
        if count % 2 == 1 { output[count - 1] = pairs[Int(codes[count / 2])].x }
        for i in 0 ..< count { output[i] *= scale }
    }

    private static func pointer(
        _ bytes: UnsafeMutablePointer<UInt8>, _ offset: Int
    ) -> UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer(bytes + offset).assumingMemoryBound(to: Float.self)
    }
}
