import Engine
import Foundation
import Testing

@Suite struct RMSNormTests {
    static func reference(
        _ rows: Int, _ width: Int, _ x: [Double], _ weight: [Double]
    ) -> [Double] {
        (0 ..< rows).flatMap { row in
            let values = x[row * width ..< (row + 1) * width]
            let mean = values.reduce(0) { $0 + $1 * $1 } / Double(width)
            return zip(values, weight).map { $0 * $1 / (mean + 1e-5).squareRoot() }
        }
    }

    @Test(arguments: [(1, 1), (1, 33), (7, 7), (33, 65), (900, 80)], workerCounts)
    func forwardAndBackward(shape: (Int, Int), workers: Int) {
        let (rows, width) = shape
        let workers = Workers(count: workers)
        var samples = Samples(seed: 8)
        let (x, weight) = (samples.floats(rows * width), samples.floats(width))
        let dy = samples.floats(rows * width)
        var y = [Float](repeating: .nan, count: rows * width)
        var inverse = [Float](repeating: .nan, count: rows)
        RMSNorm.forward(
            rows: rows, width: width, input: x, weight: weight, epsilon: 1e-5, output: &y,
            inverseRMS: &inverse, workers: workers)
        expectClose(
            y, Self.reference(rows, width, x.map(Double.init), weight.map(Double.init)), "output")

        var dx = [Float](repeating: .nan, count: rows * width)
        var dWeight = [Float](repeating: .nan, count: width)
        var scratch = [Float](
            repeating: .nan, count: RMSNorm.scratchCount(width: width, workers: workers))
        RMSNorm.backward(
            rows: rows, width: width, outputGradient: dy, input: x, weight: weight,
            inverseRMS: inverse, inputGradient: &dx, accumulateInput: false,
            weightGradient: &dWeight, accumulateWeight: false, scratch: &scratch, workers: workers)
        if rows < 50 {
            let expected = (0 ..< rows).flatMap { row in
                let slice = row * width ..< (row + 1) * width
                return differences(at: Array(x[slice])) {
                    product(
                        Self.reference(1, width, $0, weight.map(Double.init)), Array(dy[slice]))
                }
            }
            expectClose(dx, expected, absolute: 1e-4, relative: 1e-3, "input gradient")
        }
        // Linear in the weight, so the output for a weight of one is the slope.
        let slopes = Self.reference(
            rows, width, x.map(Double.init), [Double](repeating: 1, count: width))
        let expectedWeight = (0 ..< width).map { column in
            (0 ..< rows).reduce(0.0) {
                $0 + slopes[$1 * width + column] * Double(dy[$1 * width + column])
            }
        }
        expectClose(dWeight, expectedWeight, absolute: 1e-4, "weight gradient")

        let (once, onceWeight) = (dx, dWeight)
        RMSNorm.backward(
            rows: rows, width: width, outputGradient: dy, input: x, weight: weight,
            inverseRMS: inverse, inputGradient: &dx, accumulateInput: true,
            weightGradient: &dWeight, accumulateWeight: true, scratch: &scratch, workers: workers)
        expectClose(dx, once.map { 2 * $0 }, "accumulated input gradient")
        expectClose(dWeight, onceWeight.map { 2 * $0 }, "accumulated weight gradient")
    }
}

@Suite struct RotaryTests {
    @Test(arguments: [(1, 1, 2), (7, 3, 8), (33, 2, 6), (300, 9, 64)], workerCounts)
    func turnsPairsByTheirAngle(shape: (Int, Int, Int), workers: Int) {
        let (rows, heads, headWidth) = shape
        let pairs = headWidth / 2
        let workers = Workers(count: workers)
        var samples = Samples(seed: 9)
        let starts = (0 ..< rows).map { Int32($0 / 5 * 5) }
        let frequencies = (0 ..< pairs).map { powf(10000, -Float($0) / Float(pairs)) }
        var (cosine, sine) = (
            [Float](repeating: .nan, count: rows * pairs),
            [Float](repeating: .nan, count: rows * pairs)
        )
        Rotary.table(
            rows: rows, pairs: pairs, segmentStarts: starts, frequencies: frequencies,
            cosine: &cosine, sine: &sine, workers: workers)
        let x = samples.floats(rows * heads * headWidth)
        var y = x
        Rotary.apply(
            rows: rows, heads: heads, headWidth: headWidth, vectors: &y, cosine: cosine, sine: sine,
            inverse: false, workers: workers)
        var expected: [Double] = []
        for row in 0 ..< rows {
            for head in 0 ..< heads {
                let base = (row * heads + head) * headWidth
                for i in 0 ..< headWidth {
                    let angle = Double(row % 5) * Double(frequencies[i % pairs])
                    let own = Double(x[base + i])
                    let other = Double(x[base + (i + pairs) % headWidth])
                    expected.append(own * cos(angle) + (i < pairs ? -other : other) * sin(angle))
                }
            }
        }
        expectClose(y, expected)
        Rotary.apply(
            rows: rows, heads: heads, headWidth: headWidth, vectors: &y, cosine: cosine, sine: sine,
            inverse: true, workers: workers)
        expectClose(y, x, "turned back")
    }
}

@Suite struct EmbeddingTests {
    @Test(arguments: [(1, 1, 1), (7, 33, 5), (700, 200, 50)], workerCounts)
    func gatherAndScatter(shape: (Int, Int, Int), workers: Int) {
        let (rows, width, vocabulary) = shape
        let workers = Workers(count: workers)
        var samples = Samples(seed: 10)
        let table = samples.floats(vocabulary * width)
        let ids = samples.integers(rows, below: vocabulary)
        var output = [Float](repeating: .nan, count: rows * width)
        Embedding.gather(
            rows: rows, width: width, ids: ids, table: table, output: &output, workers: workers)
        let expected = ids.flatMap { table[Int($0) * width ..< (Int($0) + 1) * width] }
        #expect(output == expected)

        var sums = [Double](repeating: 0, count: vocabulary * width)
        for row in 0 ..< rows {
            for i in 0 ..< width {
                sums[Int(ids[row]) * width + i] += Double(output[row * width + i])
            }
        }
        var gradient = [Float](repeating: .nan, count: vocabulary * width)
        Embedding.scatterAdd(
            rows: rows, width: width, vocabulary: vocabulary, ids: ids, outputGradient: output,
            tableGradient: &gradient, accumulate: false, workers: workers)
        expectClose(gradient, sums)
        Embedding.scatterAdd(
            rows: rows, width: width, vocabulary: vocabulary, ids: ids, outputGradient: output,
            tableGradient: &gradient, accumulate: true, workers: workers)
        expectClose(gradient, sums.map { 2 * $0 }, "accumulated")
    }
}
