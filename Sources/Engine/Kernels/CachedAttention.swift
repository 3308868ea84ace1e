/// Attention of new tokens over the keys and values of earlier ones.
extension Attention {
    /// Stores the new rows' keys and values, then lets each row attend up to its position.
    ///
    /// query, output: [rows, heads · headWidth]; key, value: [rows, keyValueHeads · headWidth];
    /// slots, positions: [rows], a negative slot marks a row to skip (its output is 0); keyCache,
    /// valueCache: [slots, capacity, keyValueHeads · headWidth]. Earlier positions of a slot must be in
    /// the cache or among the rows. Scratch as `forward`, with the longest segment at least the
    /// largest position + 1.
    package static func cached(
        _ shape: AttentionShape, query: UnsafePointer<Float>, key: UnsafePointer<Float>,
        value: UnsafePointer<Float>, slots: UnsafePointer<Int32>,
        positions: UnsafePointer<Int32>, capacity: Int, output: UnsafeMutablePointer<Float>,
        keyCache: UnsafeMutablePointer<Float>, valueCache: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        var longest = 1
        for row in 0 ..< shape.rows where slots[row] >= 0 {
            longest = max(longest, Int(positions[row]) + 1)
            let place = (Int(slots[row]) * capacity + Int(positions[row])) * shape.keyStride
            let source = row * shape.keyStride
            (keyCache + place).update(from: key + source, count: shape.keyStride)
            (valueCache + place).update(from: value + source, count: shape.keyStride)
        }
        let area = tile * longest
        // A run is up to a tile of consecutive positions of one slot; its first row does the work.
        func continues(_ row: Int) -> Bool {
            row % tile != 0 && slots[row] >= 0 && slots[row] == slots[row - 1]
                && positions[row] == positions[row - 1] + 1
        }
        workers.forEach(shape.rows * shape.keyValueHeadCount) { task, worker in
            let (row, keyHead) = (task / shape.keyValueHeadCount, task % shape.keyValueHeadCount)
            if continues(row) { return }
            let queries = row * shape.queryStride + keyHead * shape.group * shape.headWidth
            if slots[row] < 0 {
                (output + queries).update(repeating: 0, count: shape.group * shape.headWidth)
                return
            }
            var end = row + 1
            while end < shape.rows, continues(end) { end += 1 }
            let keys =
                Int(slots[row]) * capacity * shape.keyStride + keyHead * shape.headWidth
            let scores = scratch + worker * area
            if end == row + 1 {
                // The query heads of one row see the same keys and lie side by side: one product.
                for head in stride(from: 0, to: shape.group, by: tile) {
                    let place = queries + head * shape.headWidth
                    attend(
                        shape, queries: min(tile, shape.group - head),
                        visible: Int(positions[row]) + 1, growing: false, query: query + place,
                        queryStride: shape.headWidth, key: keyCache + keys,
                        value: valueCache + keys, scores: scores, output: output + place,
                        logSumExp: nil, logSumExpStride: 0)
                }
                return
            }
            for head in 0 ..< shape.group {
                let place = queries + head * shape.headWidth
                attend(
                    shape, queries: end - row, visible: Int(positions[row]) + 1, growing: true,
                    query: query + place, queryStride: shape.queryStride, key: keyCache + keys,
                    value: valueCache + keys, scores: scores, output: output + place,
                    logSumExp: nil, logSumExpStride: 0)
            }
        }
    }
}
