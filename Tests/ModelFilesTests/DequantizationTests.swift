import Foundation
import ModelFiles
import Testing

@Suite struct DequantizationTests {
    static let goldens: [TensorEncoding] = [
        .f16, .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q4_K, .q5_K, .q6_K,
    ]

    @Test(arguments: goldens) func agreesWithReferenceBitForBit(_ encoding: TensorEncoding) throws {
        let blocks = try fixture("Blocks/\(encoding.rawValue).blocks")
        let expected = floats(try fixture("Blocks/\(encoding.rawValue).values"))
        #expect(blocks.count / encoding.blockByteCount * encoding.blockLength == expected.count)
        let values = expanded(Array(blocks), encoding)
        let wrong = zip(values, expected).enumerated().first { _, pair in
            pair.0.isNaN || pair.1.isNaN
                ? pair.0.isNaN != pair.1.isNaN : pair.0.bitPattern != pair.1.bitPattern
        }
        #expect(wrong == nil, "\(String(describing: wrong))")
    }

    @Test func widensBrainFloatsAndSingles() {
        let numbers: [Float] = [0, -0.0, 1, -2.5, 3.140625, .infinity, 0x1p-130]
        let singles = numbers.flatMap { bytes($0.bitPattern) }
        #expect(expanded(singles, .f32) == numbers)
        let brains = numbers.flatMap { bytes(UInt16($0.bitPattern >> 16)) }
        #expect(expanded(brains, .bf16) == numbers)
    }
}

/// The bytes of a committed file under Tests/Fixtures/ModelFiles.
func fixture(_ name: String) throws -> Data {
    try Data(contentsOf: fixtureURL(name))
}

func fixtureURL(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/ModelFiles/\(name)")
}

func floats(_ data: Data) -> [Float] {
    let all = Array(data)
    return stride(from: 0, to: all.count, by: 4).map { at in
        Float(bitPattern: (0 ..< 4).reduce(0) { $0 | UInt32(all[at + $1]) << UInt32($1 * 8) })
    }
}

func expanded(_ blocks: [UInt8], _ encoding: TensorEncoding) -> [Float] {
    var values = [Float](
        repeating: .nan, count: blocks.count / encoding.blockByteCount * encoding.blockLength)
    var span = values.mutableSpan
    dequantize(blocks.span, as: encoding, into: &span)
    return values
}
