/// A rule that a step program breaks.
package enum ProgramError: Error, Sendable, Hashable, CustomStringConvertible {
    /// An operand that is no tensor of the program.
    case unknownTensor(op: String)
    /// The wrong number of operands.
    case wrongOperandCount(op: String)
    /// A tensor read before anything wrote it.
    case readBeforeWrite(tensor: String, op: String)
    /// Operands whose shapes do not fit together.
    case shapeMismatch(op: String, reason: String)
    /// A section that would not run.
    case noRepetitions(section: String)
    /// A tensor that shares storage with itself or with one that is too small.
    case badBase(tensor: String)
    /// Two tensors of one name.
    case duplicateName(String)

    package var description: String {
        switch self {
        case .unknownTensor(let op): "\(op) refers to a tensor that the program does not have"
        case .wrongOperandCount(let op): "\(op) has the wrong number of operands"
        case .readBeforeWrite(let tensor, let op):
            "\(op) reads \(tensor) before anything has written it"
        case .shapeMismatch(let op, let reason): "\(op): \(reason)"
        case .noRepetitions(let section): "section \(section) must run at least once"
        case .badBase(let tensor):
            "\(tensor) must share the storage of an earlier tensor that is large enough"
        case .duplicateName(let name): "two tensors are called \(name)"
        }
    }
}

extension StepProgram {
    /// Checks every rule that the interpreters rely on.
    ///
    /// - Throws: the first rule that is broken, with the op or tensor that breaks it.
    package func verify() throws(ProgramError) {
        try verifyTensors()
        let owners = owners
        var isWritten = tensors.map { $0.role.isPinned && $0.base == nil }
        for section in sections {
            guard section.repetitions > 0 else {
                throw .noRepetitions(section: section.name.rawValue)
            }
            let ops = section.ops.span
            for place in ops.indices {
                try verify(ops[place], owners, &isWritten)
            }
        }
    }

    private func verify(
        _ op: Op, _ owners: [Int], _ isWritten: inout [Bool]
    ) throws(ProgramError) {
        let (reads, writes) = (op.reads.count, op.writes.count)
        for index in 0 ..< reads where !tensors.indices.contains(op.reads[index].index) {
            throw .unknownTensor(op: op.kind.name)
        }
        for index in 0 ..< writes where !tensors.indices.contains(op.writes[index].tensor.index) {
            throw .unknownTensor(op: op.kind.name)
        }
        guard operandCounts(of: op.kind, fit: op) else {
            throw .wrongOperandCount(op: op.kind.name)
        }
        for index in 0 ..< reads where !isWritten[owners[op.reads[index].index]] {
            throw .readBeforeWrite(tensor: self[op.reads[index]].name, op: describe(op))
        }
        for index in 0 ..< writes where op.writes[index].mode == .accumulate {
            let tensor = op.writes[index].tensor
            if !isWritten[owners[tensor.index]] {
                throw .readBeforeWrite(tensor: self[tensor].name, op: describe(op))
            }
        }
        if let reason = shapeProblem(op) {
            throw .shapeMismatch(op: describe(op), reason: reason)
        }
        for index in 0 ..< writes { isWritten[owners[op.writes[index].tensor.index]] = true }
    }

    private func verifyTensors() throws(ProgramError) {
        var names: Set<String> = []
        names.reserveCapacity(tensors.count)
        for index in tensors.indices {
            if let base = tensors[index].base {
                guard base.index < index, base.index >= 0,
                    self[base].bytes >= tensors[index].bytes
                else { throw .badBase(tensor: tensors[index].name) }
            } else if tensors[index].role.isPinned, !names.insert(tensors[index].name).inserted {
                // Pinned tensors are found by name; the others go by their op and its place.
                throw .duplicateName(tensors[index].name)
            }
        }
    }

    private func operandCounts(of kind: OpKind, fit op: Op) -> Bool {
        let (reads, writes): (ClosedRange<Int>, ClosedRange<Int>) =
            switch kind {
            case .rotaryTable: (2 ... 2, 2 ... 2)
            case .embedding, .embeddingGradient: (2 ... 2, 1 ... 1)
            case .rmsNorm: (2 ... 2, 2 ... 2)
            case .rmsNormGradient: (4 ... 4, 1 ... 3)
            case .linear: (2 ... 3, 1 ... 1)
            case .linearInputGradient, .linearWeightGradient: (2 ... 2, 1 ... 1)
            case .biasGradient, .add, .copy, .dequantize: (1 ... 1, 1 ... 1)
            case .rotary: (3 ... 3, 1 ... 1)
            case .attention: (4 ... 4, 3 ... 3)
            case .attentionGradient: (7 ... 7, 4 ... 4)
            case .cachedAttention: (5 ... 5, 4 ... 4)
            case .swiGLU: (2 ... 2, 1 ... 1)
            case .swiGLUGradient: (3 ... 3, 2 ... 2)
            case .crossEntropy: (4 ... 4, 2 ... 4)
            case .logProbabilities: (3 ... 3, 3 ... 3)
            case .logProbabilitiesGradient: (5 ... 5, 2 ... 3)
            case .preferenceLoss: (4 ... 4, 4 ... 4)
            case .logits: (2 ... 2, 1 ... 1)
            case .greedyToken: (2 ... 2, 2 ... 2)
            case .sumOfSquares: (1 ... Int.max, 1 ... 1)
            case .clipFactor: (1 ... 1, 2 ... 2)
            case .adamW: (3 ... 3, 3 ... 4)
            case .elementwise: (1 ... Int.max, 1 ... Int.max)
            case .release: (1 ... Int.max, 0 ... 0)
            case .collective, .optimizerUpdate: (1 ... Int.max, 1 ... Int.max)
            }
        return reads.contains(op.reads.count) && writes.contains(op.writes.count)
    }
}
