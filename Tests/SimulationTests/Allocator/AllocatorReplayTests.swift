import Quantities
import Simulation
import StepPrograms
import Testing

@Suite struct AllocatorReplayTests {
    /// A program of tensors given by bytes and role, and ops given by what they write.
    private struct Draft {
        var tensors: [TensorSpec] = []
        var sections: [Section] = []
        var ops: [Op] = []

        mutating func tensor(_ bytes: Int, _ role: Role) -> TensorID {
            tensors.append(
                TensorSpec(
                    name: "t\(tensors.count)", shape: Shape(bytes), format: .int8, role: role))
            return TensorID(tensors.count - 1)
        }

        mutating func op(_ reads: [TensorID], _ writes: [Write]) {
            ops.append(
                Op(.copy, reads: reads, writes: writes, phase: .forward, scope: Scope(.loss)))
        }

        mutating func end(_ name: Section.Name, repetitions: Int = 1) {
            sections.append(Section(name, repetitions: repetitions, ops: ops))
            ops = []
        }

        var program: StepProgram {
            StepProgram(tensors: tensors, sections: sections, origin: "draft")
        }
    }

    /// Two layers: weight, activation, gradient; moments as large as both weights.
    private func twoLayers(repetitions: Int) -> StepProgram {
        var draft = Draft()
        let weights = [draft.tensor(16 << 20, .parameter), draft.tensor(16 << 20, .parameter)]
        let activations = (0 ..< 2).map { _ in draft.tensor(32 << 20, .activation) }
        let gradients = (0 ..< 2).map { _ in draft.tensor(16 << 20, .gradient) }
        let moments = draft.tensor(64 << 20, .optimizerState)
        draft.op([weights[0]], [Write(activations[0])])
        draft.op([weights[1], activations[0]], [Write(activations[1])])
        draft.op(activations, [Write(gradients[1], .accumulateAfterFirstRepetition)])
        draft.op([activations[0]], [Write(gradients[0], .accumulateAfterFirstRepetition)])
        draft.end(.microbatch, repetitions: repetitions)
        draft.op(gradients, [Write(moments, .accumulate)])
        draft.end(.optimizer)
        return draft.program
    }

    @Test func stateIsMadeByTheFirstStep() throws {
        let peaks = try CachingAllocator.replay(twoLayers(repetitions: 1))
        // Step one, in the optimizer: 32 weights + 32 gradients + 64 moments = 128; the 64 of the two
        // activations are cached: a segment of 32 may not be joined with another, so 64 more are taken.
        // Third op: 32 + 64 + 16 = 112. Fourth: 32 + 32 + 32 = 96, and 16 of the free 32 are split off.
        #expect(peaks.first.allocated == .mebibytes(128))
        #expect(peaks.first.reserved == .mebibytes(32 + 64 + 16 + 64))
        // Step two, third op: 32 + 64 + 64 + 16 = 176. The segment of 16 made for the last gradient
        // serves it again, so nothing new is taken.
        #expect(peaks.steady.allocated == .mebibytes(176))
        #expect(peaks.steady.reserved == .mebibytes(176))
        #expect(peaks.steady.ratio == 1)
    }

    @Test func accumulatedGradientsOutliveTheRepetition() throws {
        let peaks = try CachingAllocator.replay(twoLayers(repetitions: 4))
        // Second repetition: 32 + 32 gradients + 64 activations = 128 before the moments, 192 after.
        #expect(peaks.first.allocated == .mebibytes(128))
        #expect(peaks.steady.allocated == .mebibytes(192))
        #expect(peaks.steady.allocated == Liveness(twoLayers(repetitions: 4)).peak)
    }

    @Test func stateMayBeMadeBeforeTraining() throws {
        let peaks = try CachingAllocator.replay(
            twoLayers(repetitions: 1), stateCreation: .beforeTraining)
        #expect(peaks.first.allocated == .mebibytes(176))
        #expect(peaks.first == peaks.steady)
    }

    @Test func theOpThatDoesNotFitIsNamed() {
        let program = twoLayers(repetitions: 1)
        #expect {
            _ = try CachingAllocator.replay(program, limit: .mebibytes(100))
        } throws: { error in
            // 32 + 64 are in use when the first gradient asks for 16.
            let error = error as? OutOfMemory
            return error?.op == 2 && error?.tensor == TensorID(5)
                && error?.allocated == .mebibytes(96)
        }
    }

    @Test func weightsShareTheSegmentOfAWarmUp() throws {
        var draft = Draft()
        let weights = (0 ..< 3).map { _ in draft.tensor(11 << 20, .parameter) }
        draft.op(weights, [])
        draft.end(.microbatch)
        // 11 → 12 each; 33 → 34, of which 11, 11 and the last 12 are used.
        #expect(try CachingAllocator.replay(draft.program).reserved == .mebibytes(36))
        let warm = try CachingAllocator.replay(draft.program, warmUp: .mebibytes(33))
        #expect(warm.reserved == .mebibytes(34))
        #expect(warm.allocated == .mebibytes(34))
    }

    @Test func emptyTensorsTakeNothing() throws {
        var draft = Draft()
        let tensor = draft.tensor(0, .activation)
        draft.op([], [Write(tensor)])
        draft.end(.microbatch)
        let peaks = try CachingAllocator.replay(draft.program)
        #expect(peaks.reserved == .zero)
    }

    /// In expandable segments a block is never larger than its request rounded to 512 bytes, so the
    /// allocated peak is that of the lifetimes.
    @Test(arguments: 0 ..< 20)
    func allocatedPeakIsThatOfLifetimes(_ seed: Int) throws {
        var random = SeededGenerator(UInt64(900 + seed))
        var draft = Draft()
        let pinned = (0 ..< 4).map { _ in
            draft.tensor((random.size() + 511) / 512 * 512, .parameter)
        }
        var made = pinned
        var gradients: [TensorID] = []
        for _ in 0 ..< 60 {
            let isGradient = Int.random(in: 0 ..< 4, using: &random) == 0
            let tensor = draft.tensor(
                (random.size() + 511) / 512 * 512, isGradient ? .gradient : .activation)
            let reads = made.suffix(6).filter { _ in Bool.random(using: &random) }
            draft.op(
                reads, [Write(tensor, isGradient ? .accumulateAfterFirstRepetition : .overwrite)])
            if isGradient { gradients.append(tensor) } else { made.append(tensor) }
        }
        // Some sums are never read; of three repetitions the second holds all of them throughout.
        draft.end(.microbatch, repetitions: [1, 3, 8][seed % 3])
        let moments = draft.tensor(4096, .optimizerState)
        draft.op(gradients.dropLast(4), [Write(moments, .accumulate)])
        draft.end(.optimizer)
        let peaks = try CachingAllocator.replay(
            draft.program, settings: AllocatorSettings(expandableSegments: true), repetitions: 3)
        #expect(peaks.steady.allocated == Liveness(draft.program).peak)
        #expect(peaks.first.allocated <= peaks.steady.allocated)
        #expect(peaks.steady.reserved >= peaks.first.reserved)
    }
}
