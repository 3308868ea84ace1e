import Architectures
import Foundation

extension Architecture.Rotary.Scaling {
    /// The Llama 3.1 stretch that a GGUF converter wrote out as one divisor per frequency.
    ///
    /// Only the factor varies between published models (8 or 32); it is the largest divisor, and the
    /// others must follow from it. Nil when they do not.
    init?(frequencyDivisors divisors: [Float], theta: Double) {
        guard let factor = divisors.max(), factor.isFinite, factor >= 1 else { return nil }
        if factor == 1 {
            guard divisors.allSatisfy({ $0 == 1 }) else { return nil }
            self = .none
            return
        }
        let expected = Self.llama3Divisors(
            factor: Double(factor), count: divisors.count, theta: theta)
        let isClose = zip(divisors, expected).allSatisfy { divisor, wanted in
            abs(Double(divisor) - wanted) <= 1e-4 * wanted
        }
        guard isClose else { return nil }
        self = .llama3(
            factor: Double(factor), lowFrequencyFactor: 1, highFrequencyFactor: 4,
            originalContextLength: 8192)
    }

    /// What each rotary frequency θ^(-2i/d) is divided by (Llama 3.1: kept below a wavelength of
    /// 8192 / 4, divided by the factor above 8192 / 1, and a ramp between).
    private static func llama3Divisors(factor: Double, count: Int, theta: Double) -> [Double] {
        (0 ..< count).map { index in
            let wavelength = 2 * Double.pi * pow(theta, Double(index) / Double(count))
            if wavelength < 8192 / 4 { return 1 }
            if wavelength > 8192 { return factor }
            let smooth = (8192 / wavelength - 1) / (4 - 1)
            return 1 / ((1 - smooth) / factor + smooth)
        }
    }
}
