import Engine
import Foundation
import StepPrograms
import Testing

@Suite struct VectorsTests {
    @Test(arguments: [1, 7, 33, 140_000], workerCounts)
    func elementwise(count: Int, workers: Int) {
        let workers = Workers(count: workers)
        var samples = Samples(seed: 2)
        let (x, before) = (samples.floats(count), samples.floats(count))
        var y = before
        Vectors.add(count: count, x, to: &y, workers: workers)
        #expect(y == zip(before, x).map { $0 + $1 })
        y = before
        Vectors.addScaled(count: count, x, scale: -3, to: &y, workers: workers)
        expectClose(y, zip(before, x).map { Double($0) - 3 * Double($1) })
        Vectors.copy(count: count, x, to: &y, workers: workers)
        #expect(y == x)
        Vectors.scale(count: count, &y, by: 0.5, workers: workers)
        #expect(y == x.map { $0 / 2 })
        Vectors.fill(count: count, &y, with: 4, workers: workers)
        #expect(y == [Float](repeating: 4, count: count))
    }

    @Test(arguments: [(1, 1), (7, 33), (700, 229)], workerCounts)
    func rowsAndColumns(shape: (Int, Int), workers: Int) {
        let (rows, width) = shape
        let workers = Workers(count: workers)
        var samples = Samples(seed: 3)
        let (x, bias) = (samples.floats(rows * width), samples.floats(width))
        var y = x
        Vectors.addRow(rows: rows, width: width, bias: bias, to: &y, workers: workers)
        #expect(y == x.indices.map { x[$0] + bias[$0 % width] })
        var sums = bias
        let expected = (0 ..< width).map { column in
            (0 ..< rows).reduce(0.0) { $0 + Double(x[$1 * width + column]) }
        }
        Vectors.columnSums(
            rows: rows, width: width, x, output: &sums, accumulate: true, workers: workers)
        expectClose(sums, zip(expected, bias).map { $0 + Double($1) })
        sums = [Float](repeating: .nan, count: width)
        Vectors.columnSums(
            rows: rows, width: width, x, output: &sums, accumulate: false, workers: workers)
        expectClose(sums, expected)
    }

    @Test(arguments: [1, 7, 33, 5000, 200_001], workerCounts)
    func reductions(count: Int, workers: Int) {
        let workers = Workers(count: workers)
        var samples = Samples(seed: 4)
        let (x, y) = (samples.floats(count), samples.floats(count))
        let squares = x.reduce(0.0) { $0 + Double($1) * Double($1) }
        let sum = Vectors.sumOfSquares(count: count, x, workers: workers)
        expectClose([Float(sum)], [squares], relative: 1e-6)
        let dot = Vectors.dot(count: count, x, y, workers: workers)
        expectClose([Float(dot)], [product(x.map(Double.init), y)], absolute: 1e-3)
        #expect(!Vectors.anyNonFinite(count: count, x, workers: workers))
        for value in [Float.nan, .infinity, -.infinity] {
            for index in [0, count / 2, count - 1] {
                var broken = x
                broken[index] = value
                #expect(Vectors.anyNonFinite(count: count, broken, workers: workers))
            }
        }
    }

    @Test func reductionsRepeatBitForBit() {
        var samples = Samples(seed: 5)
        let x = samples.floats(100_000)
        let workers = Workers(count: 2)
        let first = Vectors.sumOfSquares(count: x.count, x, workers: workers)
        for _ in 0 ..< 5 {
            #expect(Vectors.sumOfSquares(count: x.count, x, workers: workers) == first)
        }
    }
}

@Suite struct ExponentialTests {
    @Test func isWithinTwoUnitsInTheLastPlace() {
        var worst = 0.0
        var x: Float = -87.32
        while x < 88.7 {
            let expected = exp(Double(x))
            worst = max(worst, abs(Double(exponential(x)) - expected) / Double(Float(expected).ulp))
            x += 0.001_37
        }
        #expect(worst <= 2, "worst error \(worst) units in the last place")
    }

    @Test func ends() {
        #expect(exponential(0) == 1)
        #expect(exponential(-0.0) == 1)
        #expect(exponential(-88) == 0)
        #expect(exponential(-.infinity) == 0)
        #expect(exponential(88.8) == .infinity)
        #expect(exponential(.infinity) == .infinity)
        #expect(exponential(.nan).isNaN)
    }
}

@Suite struct SwiGLUTests {
    static func reference(_ gate: [Double], _ up: [Double]) -> [Double] {
        zip(gate, up).map { $0 / (1 + exp(-$0)) * $1 }
    }

    @Test(arguments: [1, 7, 33, 40_000], workerCounts)
    func forwardAndBackward(count: Int, workers: Int) {
        let workers = Workers(count: workers)
        var samples = Samples(seed: 6)
        let gate = samples.floats(count).map { $0 * 12 }
        let (up, dy) = (samples.floats(count), samples.floats(count))
        var output = [Float](repeating: .nan, count: count)
        SwiGLU.forward(count: count, gate: gate, up: up, output: &output, workers: workers)
        expectClose(output, Self.reference(gate.map(Double.init), up.map(Double.init)))

        let dGate = gate.indices.map { i in
            let h = 1e-4
            let (g, u) = (Double(gate[i]), Double(up[i]))
            let (above, below) = (Self.reference([g + h], [u]), Self.reference([g - h], [u]))
            return Double(dy[i]) * (above[0] - below[0]) / (2 * h)
        }
        let dUp = gate.indices.map { i in
            Double(dy[i]) * Self.reference([Double(gate[i])], [1])[0]
        }
        for (keepsGate, keepsUp) in [(false, false), (true, false), (false, true), (true, true)] {
            let before = samples.floats(count)
            let poison = [Float](repeating: .nan, count: count)
            var (gateGradient, upGradient) = (
                keepsGate ? before : poison, keepsUp ? before : poison
            )
            SwiGLU.backward(
                count: count, outputGradient: dy, gate: gate, up: up, gateGradient: &gateGradient,
                accumulateGate: keepsGate, upGradient: &upGradient, accumulateUp: keepsUp,
                workers: workers)
            expectClose(
                gateGradient, zip(dGate, before).map { $0 + (keepsGate ? Double($1) : 0) }, "gate")
            expectClose(
                upGradient, zip(dUp, before).map { $0 + (keepsUp ? Double($1) : 0) }, "up")
        }
    }
}

@Suite struct AdamWTests {
    @Test(arguments: [1, 7, 33, 140_000], workerCounts)
    func followsTheDefinitionForThreeSteps(count: Int, workers: Int) {
        let workers = Workers(count: workers)
        var samples = Samples(seed: 7)
        var parameter = samples.floats(count)
        var (first, second) = (
            [Float](repeating: 0, count: count), [Float](repeating: 0, count: count)
        )
        var expected = parameter.map(Double.init)
        var (m, v) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
        let constants = OpKind.AdamW(weightDecay: 0.1)
        let (rate, scale) = (0.01, 0.5)
        for step in 1 ... 3 {
            let gradient = samples.floats(count)
            let firstCorrection = 1 - pow(constants.beta1, Double(step))
            let secondCorrection = 1 - pow(constants.beta2, Double(step))
            AdamW.step(
                count: count, parameter: &parameter, gradient: gradient, firstMoment: &first,
                secondMoment: &second, constants: constants, learningRate: Float(rate),
                firstBiasCorrection: Float(firstCorrection),
                secondBiasCorrection: Float(secondCorrection), gradientScale: Float(scale),
                workers: workers)
            for i in 0 ..< count {
                let g = Double(gradient[i]) * scale
                m[i] = constants.beta1 * m[i] + (1 - constants.beta1) * g
                v[i] = constants.beta2 * v[i] + (1 - constants.beta2) * g * g
                let step = m[i] / firstCorrection
                let root = (v[i] / secondCorrection).squareRoot() + constants.epsilon
                expected[i] = expected[i] * (1 - rate * constants.weightDecay) - rate * step / root
            }
            expectClose(parameter, expected, "parameter after step \(step)")
            expectClose(first, m, absolute: 1e-7, "first moment")
            expectClose(second, v, absolute: 1e-8, "second moment")
        }
    }
}
