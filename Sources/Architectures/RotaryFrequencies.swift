import Foundation

extension Architecture {
    /// The rotary angle per position of each half-split pair, in radians: [headWidth / 2].
    ///
    /// θ^(−2i/d) (Su et al. 2021), then the stretch of long-context checkpoints. Computed in float32
    /// as the reference implementation does, so that angles agree to the last bit.
    package var rotaryFrequencies: [Float] {
        let plain = (0 ..< headWidth / 2).map { pair in
            1 / powf(Float(rotary.theta), Float(2 * pair) / Float(headWidth))
        }
        switch rotary.scaling {
        case .none: return plain
        case .linear(let factor): return plain.map { $0 / Float(factor) }
        case .llama3(let factor, let low, let high, let original):
            return plain.map { frequency in
                let wavelength = 2 * Float.pi / frequency
                let longest = Float(original) / Float(low)
                let shortest = Float(original) / Float(high)
                if wavelength > longest { return frequency / Float(factor) }
                if wavelength < shortest { return frequency }
                let smooth = (Float(original) / wavelength - Float(low)) / Float(high - low)
                return (1 - smooth) * frequency / Float(factor) + smooth * frequency
            }
        }
    }
}
