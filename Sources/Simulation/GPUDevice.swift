import Quantities
import StepPrograms

/// What limits the kernels of a kind of op on a GPU.
package enum KernelClass: String, Sendable, Hashable, CaseIterable {
    /// Dense matrix products, which the matrix units run.
    case matrix
    /// Tiled attention, which the matrix units run at a lower rate.
    case attention
    /// Everything else: as fast as memory can be read and written.
    case memoryBound
}

extension OpKind {
    /// What limits this kind of op on a GPU.
    package var kernelClass: KernelClass {
        switch self {
        case .linear, .linearInputGradient, .linearWeightGradient, .crossEntropy,
            .logProbabilities, .logProbabilitiesGradient, .logits, .greedyToken:
            .matrix
        case .attention, .attentionGradient, .cachedAttention: .attention
        case .rotaryTable, .embedding, .embeddingGradient, .rmsNorm, .rmsNormGradient,
            .biasGradient, .rotary, .swiGLU, .swiGLUGradient, .add, .copy, .dequantize,
            .preferenceLoss, .sumOfSquares, .clipFactor, .adamW, .elementwise,
            .collective, .optimizerUpdate,
            .release:
            .memoryBound
        }
    }
}

extension DeviceModel {
    /// The rates that a GPU reaches on each class of kernel.
    package struct GPURates: Sendable, Hashable {
        /// Dense matrix products.
        package var matrix: FLOPsPerSecond
        /// The products inside attention.
        package var attention: FLOPsPerSecond
        /// Arithmetic outside the matrix units.
        package var vector: FLOPsPerSecond
        /// Memory traffic.
        package var bandwidth: BytesPerSecond
        /// From one kernel's end to the next one's start.
        package var launch: Seconds

        package init(
            matrix: FLOPsPerSecond, attention: FLOPsPerSecond, vector: FLOPsPerSecond,
            bandwidth: BytesPerSecond, launch: Seconds
        ) {
            self.matrix = matrix
            self.attention = attention
            self.vector = vector
            self.bandwidth = bandwidth
            self.launch = launch
        }
    }

    /// A GPU as a roofline for each class of kernel.
    package static func gpu(
        _ name: String, memory: Bytes, rates gpu: GPURates, basis: String
    ) -> DeviceModel {
        let matrix = KernelRate.roofline(gpu.matrix, gpu.bandwidth, overhead: gpu.launch)
        let attention = KernelRate.roofline(gpu.attention, gpu.bandwidth, overhead: gpu.launch)
        let kinds: [OpKind] = [
            .linear(scale: 1), .linearInputGradient(scale: 1), .linearWeightGradient(scale: 1),
            .crossEntropy(chunk: 1), .logProbabilities(chunk: 1),
            .logProbabilitiesGradient(chunk: 1), .logits, .greedyToken(chunk: 1),
            .attention(headWidth: 1), .attentionGradient(headWidth: 1),
            .cachedAttention(headWidth: 1),
        ]
        let rates = kinds.map { kind in
            (kind.name, kind.kernelClass == .matrix ? matrix : attention)
        }
        return DeviceModel(
            name: name, memory: memory, basis: basis,
            rates: Dictionary(uniqueKeysWithValues: rates),
            otherwise: .roofline(gpu.vector, gpu.bandwidth, overhead: gpu.launch))
    }

    /// The rate of a kind of op by its name.
    package func rate(ofKind name: String) -> KernelRate { rates[name] ?? otherwise }
}
