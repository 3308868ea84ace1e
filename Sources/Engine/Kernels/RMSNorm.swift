import RealModule

/// Root mean square normalisation (Zhang & Sennrich 2019), as Llama applies it.
package enum RMSNorm {
    /// y = x · weight / √(mean(x²) + epsilon), row by row.
    ///
    /// input, output: [rows, width]; weight: [width]; inverseRMS: [rows].
    package static func forward(
        rows: Int, width: Int, input: UnsafePointer<Float>, weight: UnsafePointer<Float>,
        epsilon: Float, output: UnsafeMutablePointer<Float>,
        inverseRMS: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        workers.split(rows, minimum: 1 + 32768 / max(1, width), alignment: 1) { range, _ in
            for row in range {
                let x = input + row * width
                let y = output + row * width
                let mean = blockDot(x, x, width) / Float(width)
                let inverse = 1 / (mean + epsilon).squareRoot()
                for i in 0 ..< width { y[i] = x[i] * inverse * weight[i] }
                inverseRMS[row] = inverse
            }
        }
    }

    /// Floats of scratch that a weight gradient needs.
    package static func scratchCount(width: Int, workers: Workers) -> Int {
        workers.count * width
    }

    /// dx = r · (weight ∘ dy − x · r² · mean(weight ∘ dy ∘ x)), d-weight = Σ over rows of dy ∘ x · r,
    /// with r the inverse root mean square.
    ///
    /// outputGradient, input, inputGradient: [rows, width]; weight, weightGradient: [width];
    /// inverseRMS: [rows]. `scratch` is needed with a weight gradient.
    package static func backward(
        rows: Int, width: Int, outputGradient: UnsafePointer<Float>, input: UnsafePointer<Float>,
        weight: UnsafePointer<Float>, inverseRMS: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, accumulateInput: Bool,
        weightGradient: UnsafeMutablePointer<Float>?, accumulateWeight: Bool,
        scratch: UnsafeMutablePointer<Float>?, workers: Workers
    ) {
        let minimum = 1 + 32768 / max(1, width)
        let partial = weightGradient == nil ? nil : scratch
        workers.split(rows, minimum: minimum, alignment: 1) { range, worker in
            let sums = partial.map { $0 + worker * width }
            sums?.update(repeating: 0, count: width)
            for row in range {
                let (dy, x) = (outputGradient + row * width, input + row * width)
                let dx = inputGradient + row * width
                let inverse = inverseRMS[row]
                var projection: Float = 0
                for i in 0 ..< width {
                    projection = Relaxed.multiplyAdd(dy[i] * weight[i], x[i], projection)
                }
                let slope = projection * inverse * inverse * inverse / Float(width)
                if accumulateInput {
                    for i in 0 ..< width { dx[i] += dy[i] * weight[i] * inverse - x[i] * slope }
                } else {
                    for i in 0 ..< width { dx[i] = dy[i] * weight[i] * inverse - x[i] * slope }
                }
                if let sums {
                    for i in 0 ..< width { sums[i] += dy[i] * (x[i] * inverse) }
                }
            }
        }
        guard let weightGradient, let partial else { return }
        if !accumulateWeight { weightGradient.update(repeating: 0, count: width) }
        for worker in 0 ..< workers.parts(of: rows, minimum: minimum) {
            let sums = partial + worker * width
            for i in 0 ..< width { weightGradient[i] += sums[i] }
        }
    }
}
