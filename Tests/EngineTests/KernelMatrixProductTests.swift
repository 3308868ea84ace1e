import Engine
import Testing

@Suite struct MatrixProductTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var (m, n, k) = (1, 1, 1)
        var transposeA = false
        var transposeB = false
        var padding = 0
        var testDescription: String {
            "\(m)×\(n)×\(k)\(transposeA ? " aᵀ" : "")\(transposeB ? " bᵀ" : "") +\(padding)"
        }
    }

    static let cases: [Case] = [
        (1, 1, 1), (7, 33, 5), (33, 7, 65), (130, 70, 33), (70, 130, 40), (1, 1500, 257),
    ]
    .flatMap { m, n, k in
        [(false, false), (false, true), (true, false), (true, true)].map { a, b in
            Case(m: m, n: n, k: k, transposeA: a, transposeB: b, padding: m % 2 * 3)
        }
    }

    @Test(arguments: cases, workerCounts)
    func equalsTheTripleLoop(size: Case, count: Int) {
        singleThreadedBLAS()
        var samples = Samples(seed: 1)
        let lda = (size.transposeA ? size.m : size.k) + size.padding
        let ldb = (size.transposeB ? size.k : size.n) + size.padding
        let ldc = size.n + size.padding
        let a = samples.floats((size.transposeA ? size.k : size.m) * lda)
        let b = samples.floats((size.transposeB ? size.n : size.k) * ldb)
        for (alpha, beta) in [(Float(1), Float(0)), (-0.5, 1)] {
            let before =
                beta == 0
                ? [Float](repeating: .nan, count: size.m * ldc)
                : samples.floats(
                    size.m * ldc)
            var c = before
            MatrixProduct.multiply(
                m: size.m, n: size.n, k: size.k, a: a, lda: lda, transposeA: size.transposeA, b: b,
                ldb: ldb, transposeB: size.transposeB, alpha: alpha, beta: beta, c: &c, ldc: ldc,
                workers: Workers(count: count))
            for i in 0 ..< size.m {
                let row = (0 ..< size.n).map { j in
                    var sum = 0.0
                    for p in 0 ..< size.k {
                        let left = size.transposeA ? a[p * lda + i] : a[i * lda + p]
                        let right = size.transposeB ? b[j * ldb + p] : b[p * ldb + j]
                        sum += Double(left) * Double(right)
                    }
                    return Double(alpha) * sum
                        + (beta == 0 ? 0 : Double(beta * before[i * ldc + j]))
                }
                expectClose(Array(c[i * ldc ..< i * ldc + size.n]), row, "row \(i)")
            }
            if beta != 0 {
                for i in 0 ..< size.m {
                    let gap = i * ldc + size.n ..< (i + 1) * ldc
                    #expect(c[gap] == before[gap], "what lies between rows is left alone")
                }
            }
        }
    }
}

@Suite struct WorkersTests {
    @Test(arguments: [0, 1, 2, 3, 16, 97], workerCounts)
    func everyTaskRunsOnce(tasks: Int, count: Int) {
        var hits = [Int32](repeating: 0, count: tasks)
        var widest = [Int](repeating: 0, count: tasks)
        hits.withUnsafeMutableBufferPointer { hits in
            widest.withUnsafeMutableBufferPointer { widest in
                nonisolated(unsafe) let (hits, widest) = (hits, widest)
                Workers(count: count).forEach(tasks) { task, worker in
                    hits[task] += 1
                    widest[task] = worker
                }
            }
        }
        #expect(hits.allSatisfy { $0 == 1 })
        #expect(widest.allSatisfy { (0 ..< count).contains($0) })
    }

    @Test(arguments: [0, 1, 15, 16, 17, 33, 1000], workerCounts)
    func rangesCoverEverythingOnce(total: Int, count: Int) {
        var hits = [Int32](repeating: 0, count: total)
        hits.withUnsafeMutableBufferPointer { hits in
            nonisolated(unsafe) let hits = hits
            Workers(count: count).split(total, minimum: 1, alignment: 16) { range, worker in
                for index in range { hits[index] += 1 }
                if range.lowerBound % 16 != 0 || worker >= count { hits[range.lowerBound] = 99 }
            }
        }
        #expect(hits.allSatisfy { $0 == 1 })
    }

    @Test func thereIsAlwaysAWorker() { #expect(Workers(count: 0).count == 1) }
}
