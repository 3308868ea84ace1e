import Quantities
import Simulation
import Statistics
import StepPrograms

/// How well a fitted rate agrees with the samples it was fitted to.
package struct FitQuality: Sendable, Hashable, Codable {
    /// The kind of op.
    package let kind: String
    /// Samples.
    package let count: Int
    /// Median of |fitted − measured| / measured.
    package let medianError: Double
    /// The largest of them.
    package let largestError: Double
}

/// Fits the rate of one kind of op to its samples.
///
/// Least squares on relative errors, with no negative coefficient: of all subsets of the terms, the
/// one with non-negative coefficients that fits best (there are at most five terms).
package enum DeviceFit {
    /// Fits a rate.
    ///
    /// - Throws: `StatisticsError` when the fit is singular.
    package static func rate(_ samples: [KernelProbe.Sample]) throws -> (KernelRate, FitQuality) {
        let isProduct = samples.allSatisfy { $0.cost.product != nil }
        let terms: [(OpCost) -> Double] =
            isProduct
            ? [
                { _ in 1 }, { $0.flops.rawValue }, { $0.product.map { Double($0.m * $0.k) } ?? 0 },
                { $0.product.map { Double($0.n * $0.k) } ?? 0 },
                { $0.product.map { Double($0.m * $0.n) } ?? 0 },
            ] : [{ _ in 1 }, { Double($0.traffic.rawValue) }]
        let coefficients = try nonNegativeFit(samples, terms)
        let rate =
            isProduct
            ? KernelRate(
                overhead: Seconds(coefficients[0]), secondsPerFLOP: coefficients[1],
                secondsPerLeftElement: coefficients[2], secondsPerRightElement: coefficients[3],
                secondsPerResultElement: coefficients[4])
            : KernelRate(overhead: Seconds(coefficients[0]), secondsPerByte: coefficients[1])
        let errors = samples.map { abs(rate.duration(of: $0.cost).rawValue / $0.seconds - 1) }
            .sorted()
        return (
            rate,
            FitQuality(
                kind: samples[0].kind, count: samples.count,
                medianError: errors[errors.count / 2], largestError: errors[errors.count - 1])
        )
    }

    private static func nonNegativeFit(
        _ samples: [KernelProbe.Sample], _ terms: [(OpCost) -> Double]
    ) throws -> [Double] {
        var best: (coefficients: [Double], error: Double)?
        let ones = [Double](repeating: 1, count: samples.count)
        for subset in 1 ..< 1 << terms.count {
            let chosen = terms.indices.filter { subset >> $0 & 1 == 1 }
            guard chosen.count <= samples.count else { continue }
            // Dividing both sides by the measured time makes the residuals relative errors.
            let rows = samples.map { sample in
                chosen.map { terms[$0](sample.cost) / sample.seconds }
            }
            let fit = try LinearFit.leastSquares(rows: rows, targets: ones)
            guard fit.coefficients.allSatisfy({ $0 >= 0 }) else { continue }
            let error = fit.residuals.reduce(0) { $0 + $1 * $1 }
            guard error < best?.error ?? .infinity else { continue }
            var coefficients = [Double](repeating: 0, count: terms.count)
            for (index, value) in zip(chosen, fit.coefficients) { coefficients[index] = value }
            best = (coefficients, error)
        }
        guard let best else { throw CalibrationError.noFit(kind: samples[0].kind) }
        return best.coefficients
    }
}
