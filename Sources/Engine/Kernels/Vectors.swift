import RealModule

/// Elementwise work and reductions on whole tensors.
package enum Vectors {
    /// y += x.
    package static func add(
        count: Int, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        workers.split(count) { range, _ in
            for i in range { y[i] += x[i] }
        }
    }

    /// y += scale · x.
    package static func addScaled(
        count: Int, _ x: UnsafePointer<Float>, scale: Float, to y: UnsafeMutablePointer<Float>,
        workers: Workers
    ) {
        workers.split(count) { range, _ in
            for i in range { y[i] += scale * x[i] }
        }
    }

    /// y = x.
    package static func copy(
        count: Int, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        workers.split(count) { range, _ in
            (y + range.lowerBound).update(from: x + range.lowerBound, count: range.count)
        }
    }

    /// y = value.
    package static func fill(
        count: Int, _ y: UnsafeMutablePointer<Float>, with value: Float, workers: Workers
    ) {
        workers.split(count) { range, _ in
            (y + range.lowerBound).update(repeating: value, count: range.count)
        }
    }

    /// y *= scale.
    package static func scale(
        count: Int, _ y: UnsafeMutablePointer<Float>, by scale: Float, workers: Workers
    ) {
        workers.split(count) { range, _ in
            for i in range { y[i] *= scale }
        }
    }

    /// y [rows, width] += bias [width] in every row.
    package static func addRow(
        rows: Int, width: Int, bias: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>,
        workers: Workers
    ) {
        workers.split(rows, minimum: 1 + 65536 / max(1, width), alignment: 1) { range, _ in
            for row in range {
                let target = y + row * width
                for i in 0 ..< width { target[i] += bias[i] }
            }
        }
    }

    /// output [width] = the sum over the rows of x [rows, width]; added to `output` to accumulate.
    package static func columnSums(
        rows: Int, width: Int, _ x: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
        accumulate: Bool, workers: Workers
    ) {
        workers.split(width, minimum: 1 + 65536 / max(1, rows)) { columns, _ in
            let target = output + columns.lowerBound
            let count = columns.count
            if !accumulate { target.update(repeating: 0, count: count) }
            for row in 0 ..< rows {
                let source = x + row * width + columns.lowerBound
                for i in 0 ..< count { target[i] += source[i] }
            }
        }
    }

    /// Σ x · y, in float32 within blocks and in double between them.
    package static func dot(
        count: Int, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, workers: Workers
    ) -> Double {
        sumOfBlocks(count, workers) { start, length in
            blockDot(x + start, y + start, length)
        }
    }

    /// Σ x², in float32 within blocks and in double between them.
    package static func sumOfSquares(
        count: Int, _ x: UnsafePointer<Float>, workers: Workers
    ) -> Double {
        sumOfBlocks(count, workers) { start, length in
            blockDot(x + start, x + start, length)
        }
    }

    /// Whether an element is infinite or not a number.
    package static func anyNonFinite(
        count: Int, _ x: UnsafePointer<Float>, workers: Workers
    ) -> Bool {
        // x − x is 0 for a finite x and NaN otherwise; NaN stays in a sum.
        !sumOfBlocks(count, workers) { start, length in
            let block = x + start
            var sum: Float = 0
            for i in 0 ..< length { sum = Relaxed.sum(sum, block[i] - block[i]) }
            return sum
        }.isFinite
    }

    private static func sumOfBlocks(
        _ count: Int, _ workers: Workers, _ block: (_ start: Int, _ length: Int) -> Float
    ) -> Double {
        let blockLength = 1024
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: workers.count) { sums in
            sums.initialize(repeating: 0)
            nonisolated(unsafe) let sums = sums
            workers.split(count, alignment: blockLength) { range, worker in
                var sum = 0.0
                var start = range.lowerBound
                while start < range.upperBound {
                    let length = min(blockLength, range.upperBound - start)
                    sum += Double(block(start, length))
                    start += length
                }
                sums[worker] = sum
            }
            return sums.reduce(0, +)
        }
    }
}

/// Σ x · y of a short run; the order of the additions is the compiler's, so that it vectorises.
@inline(__always)
func blockDot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) -> Float {
    // Four sums hide the latency of an addition.
    var (s0, s1, s2, s3): (Float, Float, Float, Float) = (0, 0, 0, 0)
    let quarter = count / 4
    let (x1, x2, x3) = (x + quarter, x + 2 * quarter, x + 3 * quarter)
    let (y1, y2, y3) = (y + quarter, y + 2 * quarter, y + 3 * quarter)
    for i in 0 ..< quarter {
        s0 = Relaxed.multiplyAdd(x[i], y[i], s0)
        s1 = Relaxed.multiplyAdd(x1[i], y1[i], s1)
        s2 = Relaxed.multiplyAdd(x2[i], y2[i], s2)
        s3 = Relaxed.multiplyAdd(x3[i], y3[i], s3)
    }
    for i in 4 * quarter ..< count { s0 = Relaxed.multiplyAdd(x[i], y[i], s0) }
    return (s0 + s1) + (s2 + s3)
}
