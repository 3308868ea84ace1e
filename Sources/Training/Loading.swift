import Architectures
import Engine
import ModelFiles
import Statistics
import StepPrograms
import TrainingSteps

/// Filling a program's weights and inputs.
extension Executor {
    /// Reads weights straight into the arena; those stored in 4 bits through one buffer.
    func load(
        _ parameters: [ParameterID: TensorID], order: [ParameterID], from weights: WeightSource
    ) throws(ModelFileError) {
        for parameter in order {
            guard let id = parameters[parameter] else { continue }
            guard case .nf4 = program[id].format else {
                try fill(id) { (span: inout MutableSpan<Float>) throws(ModelFileError) in
                    try weights.read(parameter, into: &span)
                }
                continue
            }
            var plain = [Float](repeating: 0, count: program[id].shape.count)
            var span = plain.mutableSpan
            try weights.read(parameter, into: &span)
            writeQuantized(plain, to: id)
        }
    }

    /// Fills an adapter's matrices from a file, or afresh.
    func loadAdapter(
        _ file: AdapterFile?, _ adapter: LowRank, into tensors: [AdapterParameterID: TensorID],
        architecture: Architecture, seed: UInt64
    ) throws {
        let random = RandomNumbers(seed: seed)
        for layer in 0 ..< architecture.layerCount {
            for linear in LinearLayer.llama where adapter.targets.contains(linear) {
                for matrix in AdapterParameterID.Matrix.allCases {
                    let parameter = AdapterParameterID(linear, layer: layer, matrix: matrix)
                    guard let id = tensors[parameter] else { continue }
                    let bound = 1 / Double(architecture.shape(of: linear).inputs).squareRoot()
                    try fill(id) { (span: inout MutableSpan<Float>) throws in
                        if let file {
                            try file.read(parameter, into: &span)
                            return
                        }
                        for index in span.indices {
                            span[index] =
                                matrix == .a ? Float(random.uniform(in: -bound ... bound)) : 0
                        }
                    }
                }
            }
        }
    }

    /// Writes a microbatch; each target's weight is one over the targets of the whole step.
    func write(_ input: StepInput, targetCount: Int, to inputs: TrainingStep.Inputs) {
        write(input.tokens, to: inputs.tokens)
        write(input.segmentStarts, to: inputs.segmentStarts)
        if let targets = inputs.targets { write(input.targets, to: targets) }
        if let weights = inputs.weights {
            let weight = targetCount > 0 ? 1 / Float(targetCount) : 0
            write(input.targets.map { $0 >= 0 ? weight : 0 }, to: weights)
        }
        if let sequences = inputs.sequences, let values = input.sequences {
            write(values, to: sequences)
        }
        if let logs = inputs.referenceLogProbabilities,
            let values = input.referenceLogProbabilities
        {
            write(values, to: logs)
        }
    }
}
