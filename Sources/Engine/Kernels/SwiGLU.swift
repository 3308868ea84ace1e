/// The gated activation silu(gate) ∘ up (Shazeer 2020), with silu(x) = x / (1 + e⁻ˣ).
package enum SwiGLU {
    /// output = silu(gate) ∘ up; all of `count` elements.
    package static func forward(
        count: Int, gate: UnsafePointer<Float>, up: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        workers.split(count, minimum: 8192) { range, _ in
            for i in range { output[i] = gate[i] / (1 + exponential(-gate[i])) * up[i] }
        }
    }

    /// d-up = dy ∘ silu(gate); d-gate = dy ∘ up ∘ σ(gate) ∘ (1 + gate ∘ (1 − σ(gate))).
    package static func backward(
        count: Int, outputGradient: UnsafePointer<Float>, gate: UnsafePointer<Float>,
        up: UnsafePointer<Float>, gateGradient: UnsafeMutablePointer<Float>, accumulateGate: Bool,
        upGradient: UnsafeMutablePointer<Float>, accumulateUp: Bool, workers: Workers
    ) {
        workers.split(count, minimum: 8192) { range, _ in
            if accumulateGate || accumulateUp {
                for i in range {
                    let (dGate, dUp) = gradients(outputGradient[i], gate[i], up[i])
                    gateGradient[i] = (accumulateGate ? gateGradient[i] : 0) + dGate
                    upGradient[i] = (accumulateUp ? upGradient[i] : 0) + dUp
                }
            } else {
                for i in range {
                    let (dGate, dUp) = gradients(outputGradient[i], gate[i], up[i])
                    gateGradient[i] = dGate
                    upGradient[i] = dUp
                }
            }
        }
    }

    @inline(__always)
    private static func gradients(
        _ dy: Float, _ gate: Float, _ up: Float
    ) -> (gate: Float, up: Float) {
        let sigmoid = 1 / (1 + exponential(-gate))
        let silu = gate * sigmoid
        return (dy * up * (sigmoid + silu * (1 - sigmoid)), dy * silu)
    }
}
