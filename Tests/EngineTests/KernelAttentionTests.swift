import Engine
import Foundation
import StepPrograms
import Testing

/// Attention by its definition, in double precision.
struct AttentionReference {
    var shape: AttentionShape
    var segmentStarts: [Int32]

    /// Output [rows, heads · headWidth] and log-sum-exp [rows, heads].
    func forward(
        _ query: [Double], _ key: [Double], _ value: [Double]
    ) -> (output: [Double], logSumExp: [Double]) {
        let (heads, width) = (shape.headCount, shape.headWidth)
        let group = heads / shape.keyValueHeadCount
        var output = [Double](repeating: 0, count: shape.rows * heads * width)
        var normalisers = [Double](repeating: 0, count: shape.rows * heads)
        for row in 0 ..< shape.rows {
            for head in 0 ..< heads {
                let q = (row * heads + head) * width
                let keys = (Int(segmentStarts[row]) ... row).map {
                    ($0 * shape.keyValueHeadCount + head / group) * width
                }
                let scores = keys.map { k in
                    (0 ..< width).reduce(0.0) { $0 + query[q + $1] * key[k + $1] }
                        / Double(width).squareRoot()
                }
                let largest = scores.max() ?? 0
                let sum = scores.reduce(0) { $0 + exp($1 - largest) }
                normalisers[row * heads + head] = largest + log(sum)
                for (k, score) in zip(keys, scores) {
                    for i in 0 ..< width {
                        output[q + i] += exp(score - largest) / sum * value[k + i]
                    }
                }
            }
        }
        return (output, normalisers)
    }
}

@Suite struct AttentionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var lengths: [Int]
        var heads: Int
        var keyValueHeads: Int
        var width: Int
        var testDescription: String { "segments \(lengths), \(heads)/\(keyValueHeads) × \(width)" }
        var shape: AttentionShape {
            AttentionShape(
                rows: lengths.reduce(0, +), headCount: heads, keyValueHeadCount: keyValueHeads,
                headWidth: width)
        }
        var starts: [Int32] {
            var start: Int32 = 0
            return lengths.flatMap { length in
                defer { start += Int32(length) }
                return [Int32](repeating: start, count: length)
            }
        }
    }

    static let small = [
        Case(lengths: [1], heads: 1, keyValueHeads: 1, width: 1),
        Case(lengths: [7], heads: 3, keyValueHeads: 1, width: 7),
        Case(lengths: [1, 5, 1, 1, 3], heads: 4, keyValueHeads: 2, width: 6),
    ]
    static let large = [
        Case(lengths: [33, 1, 70, 29, 1, 1, 64, 65], heads: 6, keyValueHeads: 2, width: 8),
        Case(lengths: [200], heads: 2, keyValueHeads: 2, width: 16),
    ]

    struct Results: Equatable {
        var output, logSumExp, queryGradient, keyGradient, valueGradient: [Float]
    }

    static func run(
        _ size: Case, workers count: Int, _ q: [Float], _ k: [Float], _ v: [Float], _ dO: [Float]
    ) -> Results {
        singleThreadedBLAS()
        let (shape, starts) = (size.shape, size.starts)
        let workers = Workers(count: count)
        let sizes = WorkspaceSizes(
            workers: count, longestSegment: size.lengths.max() ?? 1)
        var results = Results(
            output: .init(repeating: .nan, count: q.count),
            logSumExp: .init(repeating: .nan, count: shape.rows * size.heads),
            queryGradient: .init(repeating: .nan, count: q.count),
            keyGradient: .init(repeating: .nan, count: k.count),
            valueGradient: .init(repeating: .nan, count: k.count))
        var scratch = [Float](repeating: .nan, count: sizes.attention + 1)
        scratch[sizes.attention] = 42
        Attention.forward(
            shape, query: q, key: k, value: v, segmentStarts: starts, output: &results.output,
            logSumExp: &results.logSumExp, scratch: &scratch, workers: workers)
        #expect(scratch.last == 42, "scratch is as large as promised")
        scratch = [Float](repeating: .nan, count: sizes.attentionGradient + 1)
        scratch[sizes.attentionGradient] = 42
        Attention.backward(
            shape, outputGradient: dO, query: q, key: k, value: v, output: results.output,
            logSumExp: results.logSumExp, segmentStarts: starts,
            queryGradient: &results.queryGradient, keyGradient: &results.keyGradient,
            valueGradient: &results.valueGradient, scratch: &scratch, workers: workers)
        #expect(scratch.last == 42, "scratch is as large as promised")
        return results
    }

    static func samples(_ size: Case) -> (q: [Float], k: [Float], v: [Float], dO: [Float]) {
        var samples = Samples(seed: 11)
        let (wide, narrow) = (
            size.shape.rows * size.heads * size.width,
            size.shape.rows * size.keyValueHeads * size.width
        )
        return (
            samples.floats(wide).map { $0 * 2 }, samples.floats(narrow).map { $0 * 2 },
            samples.floats(narrow), samples.floats(wide)
        )
    }

    @Test(arguments: small + large, workerCounts)
    func forwardFollowsTheDefinition(size: Case, count: Int) {
        let (q, k, v, dO) = Self.samples(size)
        let results = Self.run(size, workers: count, q, k, v, dO)
        let expected = AttentionReference(shape: size.shape, segmentStarts: size.starts)
            .forward(q.map(Double.init), k.map(Double.init), v.map(Double.init))
        expectClose(results.output, expected.output, "output")
        expectClose(results.logSumExp, expected.logSumExp, "log-sum-exp")
    }

    @Test(arguments: small, workerCounts)
    func backwardFollowsFiniteDifferences(size: Case, count: Int) {
        let (q, k, v, dO) = Self.samples(size)
        let (dq, dk, dv) = (q.map(Double.init), k.map(Double.init), v.map(Double.init))
        let results = Self.run(size, workers: count, q, k, v, dO)
        let reference = AttentionReference(shape: size.shape, segmentStarts: size.starts)
        expectClose(
            results.queryGradient,
            differences(at: q) { product(reference.forward($0, dk, dv).output, dO) },
            absolute: 1e-4, relative: 1e-3, "query")
        expectClose(
            results.keyGradient,
            differences(at: k) { product(reference.forward(dq, $0, dv).output, dO) },
            absolute: 1e-4, relative: 1e-3, "key")
        expectClose(
            results.valueGradient,
            differences(at: v) { product(reference.forward(dq, dk, $0).output, dO) },
            absolute: 1e-4, relative: 1e-3, "value")
    }

    /// Along a random direction, where checking each element would take too long.
    @Test(arguments: large, workerCounts)
    func backwardFollowsTheSlopeAlongADirection(size: Case, count: Int) {
        let (q, k, v, dO) = Self.samples(size)
        let results = Self.run(size, workers: count, q, k, v, dO)
        let reference = AttentionReference(shape: size.shape, segmentStarts: size.starts)
        var samples = Samples(seed: 12)
        let (a, b, c) = (
            samples.floats(q.count), samples.floats(k.count), samples.floats(v.count)
        )
        func moved(_ x: [Float], _ direction: [Float], _ step: Double) -> [Double] {
            zip(x, direction).map { Double($0) + step * Double($1) }
        }
        for (name, gradient, directions) in [
            ("query", product(a.map(Double.init), results.queryGradient), (1.0, 0.0, 0.0)),
            ("key", product(b.map(Double.init), results.keyGradient), (0, 1, 0)),
            ("value", product(c.map(Double.init), results.valueGradient), (0, 0, 1)),
        ] {
            let slope = differences(at: [0]) { step in
                let output = reference.forward(
                    moved(q, a, step[0] * directions.0), moved(k, b, step[0] * directions.1),
                    moved(v, c, step[0] * directions.2)
                ).output
                return product(output, dO)
            }
            expectClose([Float(gradient)], slope, absolute: 1e-3, relative: 1e-3, name)
        }
    }

    /// Long enough that workers overlap, so that scratch they shared by mistake would show.
    @Test func resultsRepeatBitForBit() {
        let size = Case(lengths: [300, 1, 211], heads: 6, keyValueHeads: 3, width: 16)
        let (q, k, v, dO) = Self.samples(size)
        let first = Self.run(size, workers: 1, q, k, v, dO)
        for count in [2, 3, 2, 3, 2, 3] {
            #expect(Self.run(size, workers: count, q, k, v, dO) == first)
        }
    }
}

@Suite struct CachedAttentionTests {
    /// Rows as (slot, position), in calls, and the head counts.
    struct Case: Sendable, CustomTestStringConvertible {
        var calls: [[(slot: Int32, position: Int32)]]
        var heads = 6
        var keyValueHeads = 2
        var testDescription: String {
            "\(calls.map(\.count)) rows, \(heads)/\(keyValueHeads) heads"
        }
    }

    static func prompt(_ slot: Int32, _ positions: Range<Int32>) -> [(slot: Int32, position: Int32)]
    {
        positions.map { (slot, $0) }
    }

    static let cases = [
        Case(calls: (0 ..< 7).map { [(0, $0)] }),
        Case(calls: [prompt(0, 0 ..< 33), prompt(0, 33 ..< 110), [(0, 110)]]),
        Case(calls: [
            prompt(1, 0 ..< 70) + prompt(0, 0 ..< 5) + [(-1, 0)] + prompt(2, 0 ..< 1),
            [(2, 1), (1, 70), (-1, 0), (0, 5)], [(0, 6), (2, 2), (1, 71)],
        ]),
        Case(calls: [prompt(0, 0 ..< 9), [(0, 9)]], heads: 71, keyValueHeads: 1),
        Case(calls: [prompt(0, 0 ..< 9), [(0, 9)]], heads: 3, keyValueHeads: 3),
        // One slot twice in a call, out of order: no run.
        Case(calls: [prompt(0, 0 ..< 5), [(0, 6), (0, 5)]]),
    ]

    @Test(arguments: cases, workerCounts)
    func equalsAttentionOverTheWholeSequence(size: Case, count: Int) {
        singleThreadedBLAS()
        let (width, capacity, slotCount) = (8, 120, 3)
        let (wide, narrow) = (size.heads * width, size.keyValueHeads * width)
        var samples = Samples(seed: 13)
        var keyCache = [Float](repeating: .nan, count: slotCount * capacity * narrow)
        var valueCache = keyCache
        var history: [Int32: (q: [Float], k: [Float], v: [Float])] = [:]
        let scratchCount = WorkspaceSizes(
            workers: count, longestSegment: capacity
        ).attention
        var scratch = [Float](repeating: .nan, count: scratchCount)
        for call in size.calls {
            let (q, k, v) = (
                samples.floats(call.count * wide), samples.floats(call.count * narrow),
                samples.floats(call.count * narrow)
            )
            let shape = AttentionShape(
                rows: call.count, headCount: size.heads, keyValueHeadCount: size.keyValueHeads,
                headWidth: width)
            var output = [Float](repeating: .nan, count: call.count * wide)
            Attention.cached(
                shape, query: q, key: k, value: v, slots: call.map(\.slot),
                positions: call.map(\.position), capacity: capacity, output: &output,
                keyCache: &keyCache, valueCache: &valueCache, scratch: &scratch,
                workers: Workers(count: count))
            let inOrder = call.indices.sorted { call[$0].position < call[$1].position }
            for row in inOrder where call[row].slot >= 0 {
                var past = history[call[row].slot] ?? ([], [], [])
                past.q += q[row * wide ..< (row + 1) * wide]
                past.k += k[row * narrow ..< (row + 1) * narrow]
                past.v += v[row * narrow ..< (row + 1) * narrow]
                history[call[row].slot] = past
            }
            let expected = history.mapValues { past in
                let rows = past.q.count / wide
                return AttentionReference(
                    shape: AttentionShape(
                        rows: rows, headCount: size.heads, keyValueHeadCount: size.keyValueHeads,
                        headWidth: width), segmentStarts: [Int32](repeating: 0, count: rows)
                ).forward(
                    past.q.map(Double.init), past.k.map(Double.init), past.v.map(Double.init)
                ).output
            }
            for row in call.indices {
                let mine = Array(output[row * wide ..< (row + 1) * wide])
                guard let whole = expected[call[row].slot] else {
                    #expect(mine == [Float](repeating: 0, count: wide), "a skipped row is zero")
                    continue
                }
                let place = Int(call[row].position) * wide
                expectClose(mine, Array(whole[place ..< place + wide]), "row \(row)")
            }
        }
    }
}
