/// Rows of a table by index.
package enum Embedding {
    /// output [rows, width] = table[ids[row]]; ids lie within the table.
    package static func gather(
        rows: Int, width: Int, ids: UnsafePointer<Int32>, table: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        workers.split(rows, minimum: 1 + 16384 / max(1, width), alignment: 1) { range, _ in
            for row in range {
                (output + row * width).update(from: table + Int(ids[row]) * width, count: width)
            }
        }
    }

    /// tableGradient [vocabulary, width] gains the rows of outputGradient [rows, width] at their ids.
    ///
    /// Workers own disjoint columns and add rows in order, so equal ids need no lock and the sum is the
    /// same for any number of workers.
    /// Unless it accumulates, the whole table is filled with zeros first.
    package static func scatterAdd(
        rows: Int, width: Int, vocabulary: Int, ids: UnsafePointer<Int32>,
        outputGradient: UnsafePointer<Float>, tableGradient: UnsafeMutablePointer<Float>,
        accumulate: Bool, workers: Workers
    ) {
        if !accumulate {
            Vectors.fill(count: vocabulary * width, tableGradient, with: 0, workers: workers)
        }
        workers.split(width, minimum: 1 + 16384 / max(1, rows)) { columns, _ in
            let count = columns.count
            for row in 0 ..< rows {
                let source = outputGradient + row * width + columns.lowerBound
                let target = tableGradient + Int(ids[row]) * width + columns.lowerBound
                for i in 0 ..< count { target[i] += source[i] }
            }
        }
    }
}
