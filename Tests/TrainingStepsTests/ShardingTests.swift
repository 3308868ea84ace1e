import Quantities
import StepPrograms
import Testing
import TrainingSteps

/// What a device keeps of the training state when several share it.
@Suite struct ShardingTests {
    /// Bytes of all tensors of a role in the step of `tiny`, which is trained in full.
    private func stored(
        _ role: Role, devices: Int, _ sharding: Parallelism.Sharding
    ) throws -> Double {
        var configuration = FrameworkConfiguration(
            .full, batch: BatchShape(sequences: 1, length: 16), checkpointing: .none)
        configuration.parallelism.dataCount = devices
        configuration.parallelism.sharding = sharding
        let program = try FrameworkStep(tiny, configuration, profile: .transformersPEFT).program
        return program.tensors.filter { $0.role == role }.reduce(0) { $0 + Double($1.bytes.count) }
    }

    /// ZeRO-1 divides the optimizer's state, ZeRO-3 also the weights; a shard is rounded up to a whole
    /// element for each group of weights.
    @Test(arguments: [2, 4, 8], Parallelism.Sharding.allCases)
    func devicesKeepTheirShare(devices: Int, sharding: Parallelism.Sharding) throws {
        let weights = Double(tiny.parameterCount * 2)
        let moments = 2 * weights
        let keptMoments = try stored(.optimizerState, devices: devices, sharding)
        let keptWeights = try stored(.parameter, devices: devices, sharding)
        let gathered = try stored(.gathered, devices: devices, sharding)
        let n = Double(devices)
        switch sharding {
        case .replicated:
            #expect(abs(keptMoments / moments - 1) < 0.01)
            #expect(keptWeights == weights && gathered == 0)
        case .optimizer, .gradients:
            #expect(abs(keptMoments / (moments / n) - 1) < 0.01)
            // The shard that the optimizer updates lies beside the whole weights.
            #expect(keptWeights >= weights && gathered == 0)
        case .full:
            #expect(abs(keptMoments / (moments / n) - 1) < 0.01)
            #expect(abs(keptWeights / (weights / n) - 1) < 0.01)
            #expect(gathered >= weights)
        }
    }

    @Test(arguments: Parallelism.Sharding.allCases)
    func oneDeviceSharesNothing(_ sharding: Parallelism.Sharding) throws {
        #expect(
            try stored(.parameter, devices: 1, sharding) == Double(tiny.parameterCount * 2))
        #expect(try stored(.gathered, devices: 1, sharding) == 0)
    }
}
