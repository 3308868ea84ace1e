import RealModule

/// Row by row pieces of softmax, shared by attention and the losses.
enum Softmax {
    /// The largest of `count` > 0 values; NaN when a positive NaN is among them.
    @inline(__always)
    static func largest(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
        // The maximum of floats vectorises only when NaN is ruled out; that of integers always does.
        // Flipping the low bits of negative numbers makes integers sort as the floats do.
        var best = Int32.min
        for i in 0 ..< count {
            let bits = Int32(bitPattern: x[i].bitPattern)
            best = max(best, bits ^ ((bits >> 31) & Int32.max))
        }
        return Float(bitPattern: UInt32(bitPattern: best ^ ((best >> 31) & Int32.max)))
    }

    /// x = e^(x − offset); returns the sum.
    @inline(__always)
    static func exponentiate(
        _ x: UnsafeMutablePointer<Float>, _ count: Int, minus offset: Float
    ) -> Float {
        var sum: Float = 0
        for i in 0 ..< count {
            let e = exponential(x[i] - offset)
            x[i] = e
            sum = Relaxed.sum(sum, e)
        }
        return sum
    }

    /// Σ e^(x − offset).
    @inline(__always)
    static func sumOfExponentials(
        _ x: UnsafePointer<Float>, _ count: Int, minus offset: Float
    ) -> Float {
        var sum: Float = 0
        for i in 0 ..< count { sum = Relaxed.sum(sum, exponential(x[i] - offset)) }
        return sum
    }
}
