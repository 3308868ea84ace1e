import Architectures
import ModelFiles
import Statistics

/// Where the values of a model's weights come from.
package enum WeightSource {
    /// A checkpoint.
    case checkpoint(ModelFile)
    /// Fresh weights: normal with standard deviation 0.02 (Radford et al. 2019), norms one, biases
    /// zero.
    case random(seed: UInt64)

    /// Writes the values of one parameter.
    ///
    /// - Throws: `ModelFileError` when the checkpoint cannot be read.
    func read(
        _ parameter: ParameterID, into values: inout MutableSpan<Float>
    ) throws(ModelFileError) {
        switch self {
        case .checkpoint(let file): try file.read(parameter, into: &values)
        case .random(let seed):
            fillAtRandom(parameter, seed: seed, &values)
        }
    }

    private func fillAtRandom(
        _ parameter: ParameterID, seed: UInt64, _ values: inout MutableSpan<Float>
    ) {
        switch parameter {
        case .norm, .queryNorm, .keyNorm, .latentQueryNorm, .latentKeyValueNorm, .deltaNorm:
            for index in values.indices { values[index] = 1 }
        case .bias, .normBias, .headBias, .routerBias, .expertBiases, .attentionSinks, .deltaDecay:
            for index in values.indices { values[index] = 0 }
        case .tokenEmbedding, .positionEmbedding, .outputHead, .weight, .router, .experts,
            .sharedExperts, .sharedExpertGate, .deltaConvolution:
            let random = RandomNumbers(seed: seed ^ stableHash(of: parameter))
            for index in values.indices {
                values[index] = Float(random.normal(mean: 0, deviation: 0.02))
            }
        }
    }
}

/// FNV-1a of a parameter's name, so that its values do not depend on the order of reading.
private func stableHash(of parameter: ParameterID) -> UInt64 {
    String(describing: parameter).utf8.reduce(0xcbf2_9ce4_8422_2325) {
        ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3
    }
}
