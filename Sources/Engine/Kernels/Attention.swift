import Glibc
import StepPrograms

/// How many vectors of which width an attention call works on.
package struct AttentionShape: Sendable, Hashable {
    /// Tokens of all sequences, one after another.
    package let rows: Int
    /// Query heads.
    package let headCount: Int
    /// Key-value heads; each serves headCount / keyValueHeadCount query heads that lie side by side.
    package let keyValueHeadCount: Int
    /// Elements of one head's vector.
    package let headWidth: Int

    /// A shape; query heads are a multiple of key-value heads.
    package init(rows: Int, headCount: Int, keyValueHeadCount: Int, headWidth: Int) {
        self.rows = rows
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
        self.headWidth = headWidth
    }

    /// Query heads for each key-value head.
    var group: Int { headCount / keyValueHeadCount }
    /// Distance between rows of queries and outputs.
    var queryStride: Int { headCount * headWidth }
    /// Distance between rows of keys and values.
    var keyStride: Int { keyValueHeadCount * headWidth }
    /// Factor of the scores, 1 / √headWidth.
    var scale: Float { 1 / Float(headWidth).squareRoot() }
}

/// Causal softmax attention within segments, a tile of query rows at a time.
///
/// Row i attends to rows segmentStarts[i] ... i; rows with the same start lie together and the first of
/// them is the start, so a padding row that starts at itself sees only itself. Scores of one tile of
/// rows exist at a time, in scratch of `WorkspaceSizes.attention` floats (`.attentionGradient` for the
/// backward pass) for a longest segment at least as long as the longest that occurs.
package enum Attention {
    /// Query rows handled at a time.
    static let tile = WorkspaceSizes.attentionTile

    /// output = softmax(scale · q · kᵀ) · v, and the logarithm of each softmax's denominator.
    ///
    /// query, output: [rows, heads · headWidth]; key, value: [rows, keyValueHeads · headWidth];
    /// segmentStarts: [rows]; logSumExp: [rows, heads].
    package static func forward(
        _ shape: AttentionShape, query: UnsafePointer<Float>, key: UnsafePointer<Float>,
        value: UnsafePointer<Float>, segmentStarts: UnsafePointer<Int32>,
        output: UnsafeMutablePointer<Float>, logSumExp: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        let area = tile * longestSegment(shape.rows, segmentStarts)
        let blocks = (shape.rows + tile - 1) / tile
        workers.forEach(blocks * shape.headCount) { task, worker in
            let (block, head) = (task / shape.headCount, task % shape.headCount)
            let keyHead = head / shape.group
            let end = min(shape.rows, (block + 1) * tile)
            var row = block * tile
            while row < end {
                let start = segmentStarts[row]
                let first = row
                while row < end, segmentStarts[row] == start { row += 1 }
                let keys = Int(start) * shape.keyStride + keyHead * shape.headWidth
                let queries = first * shape.queryStride + head * shape.headWidth
                attend(
                    shape, queries: row - first, visible: first - Int(start) + 1, growing: true,
                    query: query + queries, queryStride: shape.queryStride, key: key + keys,
                    value: value + keys, scores: scratch + worker * area, output: output + queries,
                    logSumExp: logSumExp + first * shape.headCount + head,
                    logSumExpStride: shape.headCount)
            }
        }
    }

    /// One head's attention of a few queries over keys that lie `keyStride` apart.
    ///
    /// The first query sees `visible` keys; each further one sees one more when `growing`.
    static func attend(
        _ shape: AttentionShape, queries m: Int, visible: Int, growing: Bool,
        query: UnsafePointer<Float>, queryStride: Int, key: UnsafePointer<Float>,
        value: UnsafePointer<Float>, scores: UnsafeMutablePointer<Float>,
        output: UnsafeMutablePointer<Float>, logSumExp: UnsafeMutablePointer<Float>?,
        logSumExpStride: Int
    ) {
        let width = shape.headWidth
        if m == 1, visible == 1 {
            output.update(from: value, count: width)
            logSumExp?.pointee = shape.scale * blockDot(query, key, width)
            return
        }
        let n = visible + (growing ? m - 1 : 0)
        // scores [m, n] = scale · q [m, d] · k [n, d]ᵀ
        MatrixProduct.product(
            m: m, n: n, k: width, a: query, lda: queryStride, transposeA: false, b: key,
            ldb: shape.keyStride, transposeB: true, alpha: shape.scale, beta: 0, c: scores, ldc: n)
        for row in 0 ..< m {
            let line = scores + row * n
            let seen = visible + (growing ? row : 0)
            let largest = Softmax.largest(line, seen)
            let sum = Softmax.exponentiate(line, seen, minus: largest)
            let share = 1 / sum
            for i in 0 ..< seen { line[i] *= share }
            (line + seen).update(repeating: 0, count: n - seen)
            if let logSumExp { logSumExp[row * logSumExpStride] = largest + logf(sum) }
        }
        // out [m, d] = p [m, n] · v [n, d]
        MatrixProduct.product(
            m: m, n: width, k: n, a: scores, lda: n, transposeA: false, b: value,
            ldb: shape.keyStride, transposeB: false, alpha: 1, beta: 0, c: output, ldc: queryStride)
    }

    /// Rows of the longest segment.
    static func longestSegment(_ rows: Int, _ segmentStarts: UnsafePointer<Int32>) -> Int {
        var longest = 1
        for row in 0 ..< rows { longest = max(longest, row - Int(segmentStarts[row]) + 1) }
        return longest
    }
}
