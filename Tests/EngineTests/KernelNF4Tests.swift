import Engine
import Foundation
import StepPrograms
import Testing

/// What bitsandbytes computed; see Tests/Golden/NF4.md.
struct GoldenNF4: Decodable {
    struct Nested: Decodable {
        let offset: Float
        let absmax: [Float]
        let exactCodes: [UInt8]
        let exactRestoredAbsmax: [Float]
        let exactDequantised: [Float]
        let cpuCodes: [UInt8]
        let cpuRestoredAbsmax: [Float]
        let cpuDequantised: [Float]

        /// What the CUDA kernels or the CPU library make of the scales.
        func expected(
            _ rounding: NestedRounding
        ) -> (codes: [UInt8], restoredAbsmax: [Float], dequantised: [Float]) {
            switch rounding {
            case .nearest: (exactCodes, exactRestoredAbsmax, exactDequantised)
            case .binned: (cpuCodes, cpuRestoredAbsmax, cpuDequantised)
            }
        }
    }
    struct Case: Decodable, CustomTestStringConvertible {
        let name: String
        let input: [Float]
        let packed: [UInt8]
        let absmax: [Float]
        let dequantised: [Float]
        let nested: Nested
        var testDescription: String { name }
    }
    struct Means: Decodable {
        let counts: [Int]
        let means: [Float]
    }
    let nf4Codes: [Float]
    let nf4Thresholds: [Float]
    let dynamicMap: [Float]
    let means: Means
    let cases: [Case]

    static let file: GoldenNF4 = {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Fixtures/golden/nf4.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(GoldenNF4.self, from: Data(contentsOf: path))
        } catch {
            fatalError("\(path.path): \(error)")
        }
    }()
}

@Suite struct NF4Tests {
    /// Bytes aligned to four.
    static func withBytes<Result>(
        of layout: NF4Layout, _ body: (UnsafeMutablePointer<UInt8>) -> Result
    ) -> Result {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        defer { memory.deallocate() }
        memset(memory, 0xFF, layout.byteCount)
        return body(memory.assumingMemoryBound(to: UInt8.self))
    }

    static func restored(
        _ bytes: UnsafeMutablePointer<UInt8>, _ layout: NF4Layout, workers: Int
    ) -> [Float] {
        var output = [Float](repeating: .nan, count: layout.count + 1)
        NF4.dequantize(bytes, layout: layout, into: &output, workers: Workers(count: workers))
        #expect(output[layout.count].isNaN, "nothing is written behind the values")
        return Array(output[..<layout.count])
    }

    static func floats(_ bytes: UnsafeMutablePointer<UInt8>, _ offset: Int, _ count: Int) -> [Float]
    {
        (0 ..< count).map {
            UnsafeRawPointer(bytes).load(fromByteOffset: offset + 4 * $0, as: Float.self)
        }
    }

    @Test func tablesEqualThoseOfBitsandbytes() {
        #expect(NF4.values == GoldenNF4.file.nf4Codes)
        #expect(NF4.thresholds == GoldenNF4.file.nf4Thresholds)
        #expect(NestedScales.map == GoldenNF4.file.dynamicMap)
    }

    @Test(arguments: GoldenNF4.file.cases, workerCounts)
    func plainScalesEqualTheGolden(golden: GoldenNF4.Case, workers: Int) {
        let layout = NF4Layout(count: golden.input.count, doubleQuantized: false)
        Self.withBytes(of: layout) { bytes in
            NF4.quantize(golden.input, into: bytes, layout: layout)
            #expect(
                Array(UnsafeBufferPointer(start: bytes, count: golden.packed.count))
                    == golden.packed)
            #expect(Self.floats(bytes, layout.scales, layout.blockCount) == golden.absmax)
            let output = Self.restored(bytes, layout, workers: workers)
            #expect(Array(output.prefix(golden.dequantised.count)) == golden.dequantised)
        }
    }

    @Test(arguments: GoldenNF4.file.cases, NestedRounding.allCases)
    func nestedScalesEqualTheGolden(golden: GoldenNF4.Case, rounding: NestedRounding) {
        let nested = NestedScales(
            golden.absmax, offset: golden.nested.offset, rounding: rounding)
        let expected = golden.nested.expected(rounding)
        #expect(nested.scales == golden.nested.absmax)
        #expect(nested.codes == expected.codes)
        let restored = nested.codes.enumerated().map { index, code in
            NestedScales.map[Int(code)] * nested.scales[index / 256] + nested.offset
        }
        #expect(restored == expected.restoredAbsmax)
        #expect(NestedScales.mean(of: golden.absmax) == golden.nested.offset)

        let layout = NF4Layout(count: golden.input.count, doubleQuantized: true)
        Self.withBytes(of: layout) { bytes in
            NF4.quantize(golden.input, into: bytes, layout: layout, rounding: rounding)
            #expect(
                Array(UnsafeBufferPointer(start: bytes, count: golden.packed.count))
                    == golden.packed)
            let codes = UnsafeBufferPointer(start: bytes + layout.scales, count: layout.blockCount)
            #expect(Array(codes) == expected.codes)
            for workers in workerCounts {
                let output = Self.restored(bytes, layout, workers: workers)
                #expect(
                    Array(output.prefix(expected.dequantised.count)) == expected.dequantised)
            }
        }
    }

    @Test func meansEqualThoseOfPyTorch() {
        for (count, mean) in zip(GoldenNF4.file.means.counts, GoldenNF4.file.means.means) {
            let values = (0 ..< count).map { Float(1 + 0.5 * sin(0.7 * Double($0))) }
            #expect(NestedScales.mean(of: values) == mean, "of \(count)")
        }
    }

    @Test(arguments: [1, 33, 64, 65, 40_001], workerCounts)
    func restoredValuesAreTheNearestOfTheirBlock(count: Int, workers: Int) {
        var samples = Samples(seed: 15)
        let values = samples.floats(count)
        let layout = NF4Layout(count: count, doubleQuantized: false)
        let output = Self.withBytes(of: layout) { bytes in
            NF4.quantize(values, into: bytes, layout: layout)
            return Self.restored(bytes, layout, workers: workers)
        }
        for first in stride(from: 0, to: count, by: 64) {
            let block = first ..< min(first + 64, count)
            let scale = values[block].map { abs($0) }.max() ?? 0
            for i in block {
                let nearest = NF4.values.map { abs($0 * scale - values[i]) }.min() ?? 0
                expectClose([abs(output[i] - values[i])], [nearest], "value \(i)")
            }
        }
    }

    @Test(arguments: NestedRounding.allCases)
    func codesOfScalesAreTheNearestEntries(rounding: NestedRounding) {
        // A value is taken for the middle of its bin, half a bin away; that counts for both neighbours.
        let slack: Float = rounding == .binned ? 2 / 65_535 : 0
        var samples = Samples(seed: 16)
        for x in samples.floats(2000) + NestedScales.map {
            let found = NestedScales.map[Int(rounding.code(of: x))]
            let nearest = NestedScales.map.map { abs($0 - max(-1, min(1, x))) }.min() ?? 0
            #expect(abs(found - max(-1, min(1, x))) <= nearest + x.ulp + slack, "code of \(x)")
        }
    }

    /// The search ends on an even entry, which keeps a value that is as near to its neighbour.
    @Test func tiesGoToTheEvenEntry() {
        for lower in 0 ..< 255 {
            let middle = (NestedScales.map[lower] + NestedScales.map[lower + 1]) * 0.5
            #expect(Int(NestedRounding.nearest.code(of: middle)) == lower + lower % 2)
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func whatIsNotFiniteDoesNotStopIt(value: Float) {
        let layout = NF4Layout(count: 65, doubleQuantized: true)
        Self.withBytes(of: layout) { bytes in
            NF4.quantize([Float](repeating: value, count: 65), into: bytes, layout: layout)
            #expect(Self.restored(bytes, layout, workers: 1).count == 65)
        }
    }
}
