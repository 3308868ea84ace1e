import Quantities
import StepPrograms

/// How long a kind of op takes, as a function of its cost.
///
/// time = overhead + max(FLOPs · secondsPerFLOP, traffic · secondsPerByte) + for a matrix product
/// [m, k] · [k, n] the work around its arithmetic: k·m and k·n elements packed, m·n elements written.
/// Every coefficient is non-negative, so more work never takes less time.
package struct KernelRate: Sendable, Hashable, Codable {
    /// Time that no amount of work saves.
    package var overhead: Seconds
    /// Inverse of the arithmetic rate.
    package var secondsPerFLOP: Double
    /// Inverse of the memory bandwidth.
    package var secondsPerByte: Double
    /// Seconds for each element of the left factor.
    package var secondsPerLeftElement: Double
    /// Seconds for each element of the right factor.
    package var secondsPerRightElement: Double
    /// Seconds for each element of the result.
    package var secondsPerResultElement: Double

    package init(
        overhead: Seconds = .zero, secondsPerFLOP: Double = 0, secondsPerByte: Double = 0,
        secondsPerLeftElement: Double = 0, secondsPerRightElement: Double = 0,
        secondsPerResultElement: Double = 0
    ) {
        self.overhead = overhead
        self.secondsPerFLOP = secondsPerFLOP
        self.secondsPerByte = secondsPerByte
        self.secondsPerLeftElement = secondsPerLeftElement
        self.secondsPerRightElement = secondsPerRightElement
        self.secondsPerResultElement = secondsPerResultElement
    }

    /// The roofline of a device, the slower of arithmetic and memory (Williams and others, 2009).
    package static func roofline(
        _ arithmetic: FLOPsPerSecond, _ memory: BytesPerSecond, overhead: Seconds
    ) -> KernelRate {
        KernelRate(
            overhead: overhead, secondsPerFLOP: 1 / arithmetic.rawValue,
            secondsPerByte: 1 / memory.rawValue)
    }

    /// The time of one execution.
    package func duration(of cost: OpCost) -> Seconds {
        var seconds = max(
            cost.flops.rawValue * secondsPerFLOP, Double(cost.traffic.rawValue) * secondsPerByte)
        if let product = cost.product {
            let (m, n, k) = (Double(product.m), Double(product.n), Double(product.k))
            seconds +=
                m * k * secondsPerLeftElement + n * k * secondsPerRightElement
                + m * n * secondsPerResultElement
        }
        return overhead + Seconds(seconds)
    }
}
