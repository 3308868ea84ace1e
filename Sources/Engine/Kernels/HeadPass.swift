/// Logits of the rows that count, a chunk at a time, and the way back from their gradients.
///
/// Scratch is `chunk` · `vocabulary` floats. Where some rows do not count, the others are gathered, and
/// copies of their hidden states, gradients and indices take a part of the scratch, so that a few rows
/// fewer fit at a time.
struct HeadPass {
    let shape: HeadShape
    let hidden: UnsafePointer<Float>
    let head: UnsafePointer<Float>
    let scratch: UnsafeMutablePointer<Float>
    let workers: Workers

    /// Some rows and their logits, [count, vocabulary].
    struct Chunk {
        let count: Int
        let logits: UnsafeMutablePointer<Float>
        /// Hidden states, [count, width].
        let hidden: UnsafePointer<Float>
        /// Where gradients of gathered rows go, [count, width].
        let gradient: UnsafeMutablePointer<Float>?
        /// The first row; the others follow it unless they are gathered.
        let first: Int
        /// The row of each gathered row.
        let indices: UnsafeMutablePointer<Int32>?

        func row(_ place: Int) -> Int { indices.map { Int($0[place]) } ?? first + place }
    }

    /// Calls `body` with the logits of each chunk of the rows that count.
    func forEachChunk(gradient: Bool, counts: (Int) -> Bool, _ body: (Chunk) -> Void) {
        let total = (0 ..< shape.rows).count(where: counts)
        guard total > 0 else { return }
        let perRow = shape.vocabulary + (gradient ? 2 : 1) * shape.width + 1
        let room = shape.chunk * shape.vocabulary / perRow
        let gathers = total < shape.rows && room > 0
        // Chunks of equal size: a short last one would read the whole head for a few rows.
        let limit = gathers ? room : shape.chunk
        let pieces = (total + limit - 1) / limit
        let size = (total + pieces - 1) / pieces
        var row = 0
        while true {
            while row < shape.rows, !counts(row) { row += 1 }
            guard row < shape.rows else { return }
            let chunk =
                gathers
                ? gather(from: &row, size: size, gradient: gradient, counts)
                : run(from: &row, size: size, counts)
            MatrixProduct.multiply(
                m: chunk.count, n: shape.vocabulary, k: shape.width, a: chunk.hidden,
                lda: shape.width, transposeA: false, b: head, ldb: shape.width, transposeB: true,
                alpha: 1, beta: 0, c: chunk.logits, ldc: shape.vocabulary, workers: workers)
            body(chunk)
        }
    }

    private func run(from row: inout Int, size: Int, _ counts: (Int) -> Bool) -> Chunk {
        let first = row
        while row < shape.rows, row - first < size, counts(row) { row += 1 }
        return Chunk(
            count: row - first, logits: scratch, hidden: hidden + first * shape.width,
            gradient: nil, first: first, indices: nil)
    }

    private func gather(
        from row: inout Int, size: Int, gradient: Bool, _ counts: (Int) -> Bool
    ) -> Chunk {
        let copies = scratch + size * shape.vocabulary
        let gradients = gradient ? copies + size * shape.width : nil
        let indices = UnsafeMutableRawPointer((gradients ?? copies) + size * shape.width)
            .bindMemory(to: Int32.self, capacity: size)
        var count = 0
        while row < shape.rows, count < size {
            if counts(row) {
                indices[count] = Int32(row)
                (copies + count * shape.width).update(
                    from: hidden + row * shape.width, count: shape.width)
                count += 1
            }
            row += 1
        }
        return Chunk(
            count: count, logits: scratch, hidden: copies, gradient: gradients,
            first: Int(indices[0]), indices: indices)
    }

    /// The sum of what `body(row, logits)` answers for the rows of a chunk.
    func sum(
        over chunk: Chunk, _ body: (Int, UnsafeMutablePointer<Float>) -> Double
    ) -> Double {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: workers.count) { sums in
            sums.initialize(repeating: 0)
            let sums = sums
            workers.split(
                chunk.count, minimum: 1 + 8192 / shape.vocabulary, alignment: 1
            ) { range, worker in
                var sum = 0.0
                for place in range {
                    sum += body(chunk.row(place), chunk.logits + place * shape.vocabulary)
                }
                sums[worker] = sum
            }
            return sums.reduce(0, +)
        }
    }

    /// Takes each chunk's logits through `body`, which must turn them into their gradients, and from
    /// there to the gradients of hidden states and head.
    func differentiate(
        counts: (Int) -> Bool, hiddenGradient: UnsafeMutablePointer<Float>, accumulateHidden: Bool,
        headGradient: UnsafeMutablePointer<Float>?, accumulateHead: Bool, _ body: (Chunk) -> Void
    ) {
        let (width, vocabulary) = (shape.width, shape.vocabulary)
        if !accumulateHidden {
            Vectors.fill(
                count: shape.rows * width, hiddenGradient, with: 0, workers: workers)
        }
        var headHolds = accumulateHead
        forEachChunk(gradient: true, counts: counts) { chunk in
            body(chunk)
            if let headGradient {
                // d-head [vocabulary, width] += d-logitsᵀ [vocabulary, count] · hidden [count, width]
                MatrixProduct.multiply(
                    m: vocabulary, n: width, k: chunk.count, a: chunk.logits, lda: vocabulary,
                    transposeA: true, b: chunk.hidden, ldb: width, transposeB: false, alpha: 1,
                    beta: headHolds ? 1 : 0, c: headGradient, ldc: width, workers: workers)
                headHolds = true
            }
            // d-hidden [count, width] = d-logits [count, vocabulary] · head [vocabulary, width]
            let target = chunk.gradient ?? hiddenGradient + chunk.first * width
            MatrixProduct.multiply(
                m: chunk.count, n: width, k: vocabulary, a: chunk.logits, lda: vocabulary,
                transposeA: false, b: head, ldb: width, transposeB: false, alpha: 1,
                beta: chunk.gradient == nil ? 1 : 0, c: target, ldc: width, workers: workers)
            guard let gradient = chunk.gradient else { return }
            for place in 0 ..< chunk.count {
                let (source, sum) = (
                    gradient + place * width, hiddenGradient + chunk.row(place) * width
                )
                for i in 0 ..< width { sum[i] += source[i] }
            }
        }
        if let headGradient, !headHolds {
            Vectors.fill(count: vocabulary * width, headGradient, with: 0, workers: workers)
        }
    }
}
