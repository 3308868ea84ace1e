/// The backward pass, which recomputes probabilities from the saved log-sum-exp
/// (Dao et al. 2022, algorithm 4).
extension Attention {
    /// Gradients of `forward`; all three are overwritten.
    ///
    /// With p the probabilities and D = Σ dO ∘ O of a row: dV = pᵀ · dO, dS = p ∘ (dO · vᵀ − D),
    /// dQ = scale · dS · k, dK = scale · dSᵀ · q. A segment's query heads of one key-value head are one
    /// task, so that dK and dV add up in the same order always.
    package static func backward(
        _ shape: AttentionShape, outputGradient: UnsafePointer<Float>,
        query: UnsafePointer<Float>, key: UnsafePointer<Float>, value: UnsafePointer<Float>,
        output: UnsafePointer<Float>, logSumExp: UnsafePointer<Float>,
        segmentStarts: UnsafePointer<Int32>, queryGradient: UnsafeMutablePointer<Float>,
        keyGradient: UnsafeMutablePointer<Float>, valueGradient: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        let area = tile * longestSegment(shape.rows, segmentStarts)
        let blocks = (shape.rows + tile - 1) / tile
        workers.forEach(blocks * shape.keyValueHeadCount) { task, worker in
            let block = task / shape.keyValueHeadCount
            let keyHead = task % shape.keyValueHeadCount
            let own = scratch + worker * (2 * area + tile)
            // A block's tasks take the segments that begin in it, however far they reach.
            for start in block * tile ..< min(shape.rows, (block + 1) * tile)
            where Int(segmentStarts[start]) == start {
                var end = start + 1
                while end < shape.rows, Int(segmentStarts[end]) == start { end += 1 }
                let keys = start * shape.keyStride + keyHead * shape.headWidth
                let queries = start * shape.queryStride + keyHead * shape.group * shape.headWidth
                let heads = start * shape.headCount + keyHead * shape.group
                Segment(
                    shape: shape, length: end - start, outputGradient: outputGradient + queries,
                    query: query + queries, key: key + keys, value: value + keys,
                    output: output + queries, logSumExp: logSumExp + heads,
                    queryGradient: queryGradient + queries, keyGradient: keyGradient + keys,
                    valueGradient: valueGradient + keys, probabilities: own,
                    scoreGradient: own + area, projection: own + 2 * area
                ).differentiate()
            }
        }
    }

    /// One segment and one key-value head.
    private struct Segment {
        let shape: AttentionShape
        let length: Int
        let outputGradient: UnsafePointer<Float>
        let query: UnsafePointer<Float>
        let key: UnsafePointer<Float>
        let value: UnsafePointer<Float>
        let output: UnsafePointer<Float>
        let logSumExp: UnsafePointer<Float>
        let queryGradient: UnsafeMutablePointer<Float>
        let keyGradient: UnsafeMutablePointer<Float>
        let valueGradient: UnsafeMutablePointer<Float>
        /// Scores, then probabilities: [tile, length].
        let probabilities: UnsafeMutablePointer<Float>
        /// Gradients of probabilities, then of scores: [tile, length].
        let scoreGradient: UnsafeMutablePointer<Float>
        /// [tile], D of each row.
        let projection: UnsafeMutablePointer<Float>

        func differentiate() {
            let width = shape.headWidth
            for row in 0 ..< length {
                (keyGradient + row * shape.keyStride).update(repeating: 0, count: width)
                (valueGradient + row * shape.keyStride).update(repeating: 0, count: width)
            }
            if length == 1 {
                // The only probability is 1 whatever the score.
                queryGradient.update(repeating: 0, count: shape.group * width)
                for head in 0 ..< shape.group {
                    for i in 0 ..< width { valueGradient[i] += outputGradient[head * width + i] }
                }
                return
            }
            for first in stride(from: 0, to: length, by: tile) {
                let m = min(tile, length - first)
                for head in 0 ..< shape.group {
                    differentiateTile(first, m, head, first * shape.queryStride + head * width)
                }
            }
        }

        private func differentiateTile(_ first: Int, _ m: Int, _ head: Int, _ place: Int) {
            let (width, stride, keyStride) = (shape.headWidth, shape.queryStride, shape.keyStride)
            let n = first + m
            let (p, dS) = (probabilities, scoreGradient)
            // s [m, n] = scale · q [m, d] · k [n, d]ᵀ
            MatrixProduct.product(
                m: m, n: n, k: width, a: query + place, lda: stride, transposeA: false, b: key,
                ldb: keyStride, transposeB: true, alpha: shape.scale, beta: 0, c: p, ldc: n)
            // dP [m, n] = dO [m, d] · v [n, d]ᵀ
            MatrixProduct.product(
                m: m, n: n, k: width, a: outputGradient + place, lda: stride, transposeA: false,
                b: value, ldb: keyStride, transposeB: true, alpha: 1, beta: 0, c: dS, ldc: n)
            for row in 0 ..< m {
                projection[row] = blockDot(
                    outputGradient + place + row * stride, output + place + row * stride, width)
                let normaliser = logSumExp[(first + row) * shape.headCount + head]
                let (d, seen) = (projection[row], first + row + 1)
                let (line, slope) = (p + row * n, dS + row * n)
                for i in 0 ..< seen {
                    let probability = exponential(line[i] - normaliser)
                    line[i] = probability
                    slope[i] = probability * (slope[i] - d)
                }
                (line + seen).update(repeating: 0, count: n - seen)
                (slope + seen).update(repeating: 0, count: n - seen)
            }
            // dV [n, d] += pᵀ [n, m] · dO [m, d]
            MatrixProduct.product(
                m: n, n: width, k: m, a: p, lda: n, transposeA: true, b: outputGradient + place,
                ldb: stride, transposeB: false, alpha: 1, beta: 1, c: valueGradient, ldc: keyStride)
            // dQ [m, d] = scale · dS [m, n] · k [n, d]
            MatrixProduct.product(
                m: m, n: width, k: n, a: dS, lda: n, transposeA: false, b: key, ldb: keyStride,
                transposeB: false, alpha: shape.scale, beta: 0, c: queryGradient + place,
                ldc: stride)
            // dK [n, d] += scale · dSᵀ [n, m] · q [m, d]
            MatrixProduct.product(
                m: n, n: width, k: m, a: dS, lda: n, transposeA: true, b: query + place,
                ldb: stride, transposeB: false, alpha: shape.scale, beta: 1, c: keyGradient,
                ldc: keyStride)
        }
    }
}
