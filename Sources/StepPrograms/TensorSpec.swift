import Quantities

/// The place of a tensor in `StepProgram.tensors`.
package struct TensorID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Index into the program's tensors.
    package var index: Int { Int(number) }
    private let number: Int32

    package init(_ index: Int) { number = Int32(index) }
    package static func < (a: TensorID, b: TensorID) -> Bool { a.index < b.index }
    package var description: String { "%\(index)" }
}

/// What a tensor is for; memory is reported by role.
package enum Role: String, Sendable, Hashable, CaseIterable {
    /// Tokens, targets and other data that the trainer writes before a step.
    case input
    /// Weights of the model, trained or frozen.
    case parameter
    /// Weights of a frozen second copy of the model (the reference of preference training).
    case reference
    /// Low-rank adapter weights.
    case adapter
    /// Gradients of trained weights.
    case gradient
    /// Moments of the optimizer.
    case optimizerState
    /// Results of the forward pass.
    case activation
    /// Gradients of activations.
    case activationGradient
    /// Logits, and buffers as large as them.
    case logits
    /// Memory an op needs while it runs: dequantised weights, tiles of attention scores.
    case workspace
    /// Whole weights gathered from the shards of all ranks for as long as they are used.
    case gathered
    /// Buffers that a framework keeps for exchanges between ranks.
    case communication
    /// What the libraries of a framework keep for their kernels.
    case library
    /// Keys and values of earlier tokens.
    case cache
    /// Scalars that leave the step: loss, gradient norm, rewards.
    case output

    /// Its place in `allCases`.
    var place: Int {
        switch self {
        case .input: 0
        case .parameter: 1
        case .reference: 2
        case .adapter: 3
        case .gradient: 4
        case .optimizerState: 5
        case .activation: 6
        case .activationGradient: 7
        case .logits: 8
        case .workspace: 9
        case .gathered: 10
        case .communication: 11
        case .library: 12
        case .cache: 13
        case .output: 14
        }
    }

    /// Whether a tensor of this role exists before the step and after it.
    package var isPinned: Bool {
        switch self {
        case .input, .parameter, .reference, .adapter, .optimizerState, .cache, .output,
            .communication, .library:
            true
        case .gradient, .activation, .activationGradient, .logits, .workspace, .gathered: false
        }
    }
}

/// One tensor of a step program.
package struct TensorSpec: Sendable, Hashable {
    /// Unique among the pinned tensors of the program.
    package let name: String
    /// Extents, outermost first.
    package let shape: Shape
    /// How elements are stored.
    package let format: StorageFormat
    /// What it is for.
    package let role: Role
    /// The tensor whose storage this one shares, from the first byte; nil when it has its own.
    package let base: TensorID?
    /// Bytes of storage.
    package let bytes: Bytes

    package init(
        name: String, shape: Shape, format: StorageFormat = .float32, role: Role,
        base: TensorID? = nil
    ) {
        self.name = name
        self.shape = shape
        self.format = format
        self.role = role
        self.base = base
        bytes = format.bytes(for: shape)
    }
}
