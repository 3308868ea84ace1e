import Quantities
import StepPrograms

/// The optimizers of training frameworks, by the memory they take.
package enum Optimizer: Sendable, Hashable {
    /// AdamW in PyTorch: two moments in the format of the weight; `foreach` takes the roots of all
    /// second moments at once (`torch/optim/adamw.py`, `_multi_tensor_adamw`).
    case adamW(foreach: Bool)
    /// AdamW of bitsandbytes with moments in 8 bits (Dettmers and others 2022); `paged` keeps them in
    /// unified memory outside the allocator.
    case adamW8bit(paged: Bool)
    /// AdamW of bitsandbytes with float32 moments in unified memory outside the allocator.
    case pagedAdamW
    /// Factored second moments (Shazeer & Stern 2018).
    case adafactor
    /// One moment (Chen and others 2023).
    case lion
    /// One moment in 8 bits.
    case lion8bit
    /// No state, or one moment.
    case sgd(momentum: Bool)
    /// One moment for matrices, orthogonalised (Jordan and others 2024).
    case muon
    /// AdamW on gradients projected to a rank (Zhao and others 2024).
    case galore(rank: Int)

    /// Elements of a quantised moment that share one scale (bitsandbytes `functional.py`).
    private static let block = 256
    /// Weights with fewer elements keep moments in float32 (bitsandbytes `optim/optimizer.py`,
    /// `min_8bit_size`).
    private static let leastQuantizedCount = 4096

    /// A tensor of an optimizer's state or a temporary.
    struct Buffer {
        let name: String
        let count: Int
        let format: StorageFormat
    }

    /// The states of a weight that live in the allocator's memory.
    func states(_ shape: Shape, format: StorageFormat) -> [Buffer] {
        let count = shape.count
        switch self {
        case .adamW:
            return [
                Buffer(name: "first-moment", count: count, format: format),
                Buffer(name: "second-moment", count: count, format: format),
            ]
        case .adamW8bit(paged: true), .pagedAdamW, .sgd(momentum: false): return []
        case .adamW8bit(paged: false):
            return quantized("first-moment", count) + quantized("second-moment", count)
        case .lion8bit: return quantized("moment", count)
        case .lion, .sgd(momentum: true), .muon:
            return [Buffer(name: "moment", count: count, format: format)]
        case .adafactor:
            guard shape.rank > 1 else {
                return [Buffer(name: "second-moment", count: count, format: .float32)]
            }
            return [
                Buffer(name: "row-moment", count: shape.rows, format: .float32),
                Buffer(name: "column-moment", count: shape.width, format: .float32),
            ]
        case .galore(let rank):
            guard shape.rank > 1 else {
                return [
                    Buffer(name: "first-moment", count: count, format: format),
                    Buffer(name: "second-moment", count: count, format: format),
                ]
            }
            let (short, long) = (min(shape.rows, shape.width), max(shape.rows, shape.width))
            let kept = min(rank, short)
            return [
                Buffer(name: "projection", count: short * kept, format: format),
                Buffer(name: "first-moment", count: kept * long, format: format),
                Buffer(name: "second-moment", count: kept * long, format: format),
            ]
        }
    }

    private func quantized(_ name: String, _ count: Int) -> [Buffer] {
        guard count >= Self.leastQuantizedCount else {
            return [Buffer(name: name, count: count, format: .float32)]
        }
        return [
            Buffer(name: name, count: count, format: .int8),
            Buffer(
                name: "\(name).scales", count: (count + Self.block - 1) / Self.block,
                format: .float32),
        ]
    }

    /// What an update of a weight needs besides, for how many weights at once.
    var temporary: Temporary {
        switch self {
        case .adamW(foreach: true): .allWeights
        case .adafactor, .muon, .galore: .oneWeight
        case .adamW(foreach: false), .adamW8bit, .pagedAdamW, .lion, .lion8bit, .sgd: .none
        }
    }

    /// How many weights a temporary as large as a weight exists for at once.
    enum Temporary { case none, oneWeight, allWeights }
}
