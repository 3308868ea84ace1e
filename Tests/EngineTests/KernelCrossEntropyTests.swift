import Engine
import Foundation
import Testing

@Suite struct CrossEntropyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var rows: Int
        var width: Int
        var vocabulary: Int
        var chunk: Int
        /// One row in how many has no target; 0 for none.
        var masked = 0
        var testDescription: String {
            "\(rows) rows, width \(width), vocabulary \(vocabulary), chunk \(chunk), "
                + "masked 1 in \(masked)"
        }
        var shape: HeadShape {
            HeadShape(rows: rows, width: width, vocabulary: vocabulary, chunk: chunk)
        }
        func counts(_ row: Int) -> Bool { masked == 0 || row % masked != 0 }
    }

    static let cases = [
        Case(rows: 1, width: 1, vocabulary: 1, chunk: 1),
        Case(rows: 7, width: 5, vocabulary: 33, chunk: 3),
        Case(rows: 7, width: 5, vocabulary: 33, chunk: 7, masked: 2),
        Case(rows: 7, width: 9, vocabulary: 4, chunk: 1, masked: 3),
        Case(rows: 33, width: 3, vocabulary: 35, chunk: 10, masked: 3),
        Case(rows: 5, width: 3, vocabulary: 11, chunk: 5, masked: 1),
        // Copies take more than half of the scratch.
        Case(rows: 13, width: 20, vocabulary: 33, chunk: 10, masked: 2),
    ]

    /// Slopes of the loss with respect to hidden states and head.
    struct Slopes {
        let hidden, head: [Double]

        init(_ size: Case, _ inputs: Inputs) {
            let (plainHidden, plainHead) = (
                inputs.hidden.map(Double.init), inputs.head.map(Double.init)
            )
            hidden = differences(at: inputs.hidden) {
                CrossEntropyTests.loss(size, $0, plainHead, inputs)
            }
            head = differences(at: inputs.head) {
                CrossEntropyTests.loss(size, plainHidden, $0, inputs)
            }
        }
    }

    struct Inputs {
        let hidden, head, weights: [Float]
        let targets: [Int32]

        init(_ size: Case) {
            var samples = Samples(seed: 14)
            hidden = samples.floats(size.rows * size.width).map { $0 * 2 }
            head = samples.floats(size.vocabulary * size.width)
            // A target or a weight of zero: either leaves a row out.
            weights = samples.floats(size.rows).enumerated().map {
                size.counts($0) || $0 % 4 == 0 ? $1 + 1.5 : 0
            }
            targets = samples.integers(size.rows, below: size.vocabulary).enumerated().map {
                size.counts($0) || $0 % 4 != 0 ? $1 : -1
            }
        }
    }

    /// Logits by definition, row by row.
    static func logits(_ size: Case, _ hidden: [Double], _ head: [Double]) -> [[Double]] {
        (0 ..< size.rows).map { row in
            (0 ..< size.vocabulary).map { token in
                (0 ..< size.width).reduce(0.0) {
                    $0 + hidden[row * size.width + $1] * head[token * size.width + $1]
                }
            }
        }
    }

    static func logProbabilities(
        _ size: Case, _ hidden: [Double], _ head: [Double], _ targets: [Int32]
    ) -> [Double] {
        zip(logits(size, hidden, head), targets).map { logits, target in
            guard target >= 0 else { return 0 }
            return logits[Int(target)] - log(logits.reduce(0) { $0 + exp($1) })
        }
    }

    static func loss(
        _ size: Case, _ hidden: [Double], _ head: [Double], _ inputs: Inputs
    ) -> Double {
        -product(logProbabilities(size, hidden, head, inputs.targets), inputs.weights)
    }

    @Test(arguments: cases)
    func lossAndGradients(size: Case) {
        singleThreadedBLAS()
        let inputs = Inputs(size)
        let slopes = Slopes(size, inputs)
        for count in workerCounts {
            lossAndGradients(size, inputs, slopes, Workers(count: count))
        }
    }

    private func lossAndGradients(
        _ size: Case, _ inputs: Inputs, _ slopes: Slopes, _ workers: Workers
    ) {
        let (hidden, head) = (inputs.hidden.map(Double.init), inputs.head.map(Double.init))
        let expected = Self.loss(size, hidden, head, inputs)
        let guarded = size.chunk * size.vocabulary ..< size.chunk * size.vocabulary + 1000
        var scratch = [Float](repeating: .nan, count: guarded.upperBound)
        for i in guarded { scratch[i] = 42 }
        let loss = CrossEntropy.loss(
            size.shape, hidden: inputs.hidden, head: inputs.head, targets: inputs.targets,
            weights: inputs.weights, scratch: &scratch, workers: workers)
        expectClose([loss], [expected], "loss alone")

        var dHidden = [Float](repeating: .nan, count: hidden.count)
        var dHead = [Float](repeating: .nan, count: head.count)
        func differentiate(accumulate: Bool, withHead: Bool) -> Float {
            dHidden.withUnsafeMutableBufferPointer { dHidden in
                dHead.withUnsafeMutableBufferPointer { dHead in
                    guard let hiddenGradient = dHidden.baseAddress else { return .nan }
                    return CrossEntropy.forwardBackward(
                        size.shape, hidden: inputs.hidden, head: inputs.head,
                        targets: inputs.targets, weights: inputs.weights,
                        hiddenGradient: hiddenGradient, accumulateHidden: accumulate,
                        headGradient: withHead ? dHead.baseAddress : nil,
                        accumulateHead: accumulate, scratch: &scratch, workers: workers)
                }
            }
        }
        expectClose([differentiate(accumulate: false, withHead: true)], [expected], "loss")
        let (hiddenSlope, headSlope) = (slopes.hidden, slopes.head)
        expectClose(dHidden, hiddenSlope, absolute: 1e-4, relative: 1e-3, "hidden gradient")
        expectClose(dHead, headSlope, absolute: 1e-4, relative: 1e-3, "head gradient")
        _ = differentiate(accumulate: true, withHead: true)
        expectClose(
            dHidden, hiddenSlope.map { 2 * $0 }, absolute: 2e-4, relative: 1e-3, "accumulated")
        expectClose(
            dHead, headSlope.map { 2 * $0 }, absolute: 2e-4, relative: 1e-3, "accumulated head")
        let kept = dHead
        _ = differentiate(accumulate: false, withHead: false)
        expectClose(dHidden, hiddenSlope, absolute: 1e-4, relative: 1e-3, "frozen head")
        #expect(dHead == kept, "a frozen head gets no gradient")
        #expect(scratch[guarded].allSatisfy { $0 == 42 }, "scratch is as large as promised")
    }

    @Test(arguments: cases)
    func logProbabilitiesAndGradients(size: Case) {
        singleThreadedBLAS()
        let inputs = Inputs(size)
        let slopes = Slopes(size, inputs)
        for count in workerCounts {
            logProbabilitiesAndGradients(size, inputs, slopes, Workers(count: count))
        }
    }

    private func logProbabilitiesAndGradients(
        _ size: Case, _ inputs: Inputs, _ slopes: Slopes, _ workers: Workers
    ) {
        let (hidden, head) = (inputs.hidden.map(Double.init), inputs.head.map(Double.init))
        var scratch = [Float](repeating: .nan, count: size.chunk * size.vocabulary)
        var logProbability = [Float](repeating: .nan, count: size.rows)
        var logSumExp = logProbability
        CrossEntropy.logProbabilities(
            size.shape, hidden: inputs.hidden, head: inputs.head, targets: inputs.targets,
            logProbability: &logProbability, logSumExp: &logSumExp, scratch: &scratch,
            workers: workers)
        expectClose(
            logProbability, Self.logProbabilities(size, hidden, head, inputs.targets),
            "log-probability")
        let normalisers = zip(Self.logits(size, hidden, head), inputs.targets).map {
            $1 < 0 ? 0 : log($0.reduce(0) { $0 + exp($1) })
        }
        expectClose(logSumExp, normalisers, "log-sum-exp")

        var dHidden = [Float](repeating: .nan, count: hidden.count)
        var dHead = [Float](repeating: .nan, count: head.count)
        CrossEntropy.logProbabilitiesBackward(
            size.shape, logProbabilityGradient: inputs.weights.map { -$0 }, hidden: inputs.hidden,
            head: inputs.head, targets: inputs.targets, logSumExp: logSumExp,
            hiddenGradient: &dHidden, accumulateHidden: false, headGradient: &dHead,
            accumulateHead: false, scratch: &scratch, workers: workers)
        expectClose(
            dHidden, slopes.hidden, absolute: 1e-4, relative: 1e-3, "hidden gradient")
        expectClose(
            dHead, slopes.head, absolute: 1e-4, relative: 1e-3, "head gradient")
    }

    @Test(arguments: cases, workerCounts)
    func greedyTokensHaveTheLargestLogit(size: Case, count: Int) {
        singleThreadedBLAS()
        let inputs = Inputs(size)
        var scratch = [Float](repeating: .nan, count: size.chunk * size.vocabulary)
        var tokens = [Int32](repeating: -7, count: size.rows)
        CrossEntropy.greedyTokens(
            size.shape, hidden: inputs.hidden, head: inputs.head, output: &tokens,
            scratch: &scratch, workers: Workers(count: count))
        let logits = Self.logits(
            size, inputs.hidden.map(Double.init), inputs.head.map(Double.init))
        #expect(
            tokens == logits.map { row in Int32(row.indices.max { row[$0] < row[$1] } ?? 0) })
    }

    @Test func uniformLogitsLoseTheLogarithmOfTheVocabulary() {
        singleThreadedBLAS()
        let shape = HeadShape(rows: 3, width: 2, vocabulary: 50, chunk: 2)
        var scratch = [Float](repeating: .nan, count: 100)
        let loss = CrossEntropy.loss(
            shape, hidden: [Float](repeating: 0, count: 6), head: [Float](repeating: 1, count: 100),
            targets: [3, 0, 49], weights: [1, 1, 1], scratch: &scratch, workers: Workers(count: 1))
        expectClose([loss], [3 * log(50.0)])
    }

    @Test func largeLogitsDoNotOverflow() {
        singleThreadedBLAS()
        let shape = HeadShape(rows: 1, width: 1, vocabulary: 3, chunk: 1)
        var scratch = [Float](repeating: .nan, count: 3)
        let loss = CrossEntropy.loss(
            shape, hidden: [1000], head: [1, -1, 0], targets: [2], weights: [1], scratch: &scratch,
            workers: Workers(count: 1))
        #expect(loss == 1000)
    }
}
