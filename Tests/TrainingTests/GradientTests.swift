import Architectures
import Engine
import StepPrograms
import Testing
import Training
import TrainingSteps

/// Evidence that the derived backward pass is right, necessary and sufficient.
@Suite struct GradientTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let architecture: Architecture
        let strategy: Strategy
        var testDescription: String { "\(architecture.family) \(strategy.name)" }
    }

    static let cases: [Case] = [
        Case(architecture: TinyModels.llama, strategy: .full),
        Case(architecture: TinyModels.qwen2, strategy: .full),
        Case(architecture: TinyModels.qwen3, strategy: .continuedPretraining),
        Case(architecture: TinyModels.llama, strategy: .lora(TinyModels.adapter)),
        Case(
            architecture: TinyModels.qwen2,
            strategy: .lora(LowRank(rank: 2, alpha: 4, targets: [.query, .down]))),
        Case(
            architecture: TinyModels.qwen3,
            strategy: .qlora(TinyModels.adapter, doubleQuantized: true)),
        Case(architecture: TinyModels.llama, strategy: .dpo(.lora(TinyModels.adapter), beta: 0.3)),
        Case(architecture: TinyModels.qwen2, strategy: .dpo(.full(.frozenCopy), beta: 0.3)),
    ]

    private func gradients(_ trainer: borrowing Trainer) -> [[Float]] {
        trainer.step.gradients.sorted { $0.key < $1.key }.map {
            trainer.executor.floatValues(of: $0.value)
        }
    }

    /// Central differences on a few elements of every trained tensor.
    @Test(arguments: cases)
    func agreesWithFiniteDifferences(_ item: Case) throws {
        let input = TinyModels.input(for: item.strategy)
        var trainer = try TinyModels.trainer(item.architecture, item.strategy)
        trainer.differentiate(input)
        let step = trainer.step
        for (weight, gradient) in step.gradients.sorted(by: { $0.key < $1.key }) {
            let analytic = trainer.executor.floatValues(of: gradient)
            let largest = analytic.map(abs).max() ?? 0
            for probe in 0 ..< 5 {
                // The largest element first: a gradient that is zero everywhere would pass unseen.
                let index =
                    probe == 0
                    ? analytic.indices.max { abs(analytic[$0]) < abs(analytic[$1]) } ?? 0
                    : (probe * 7919 + 13) % analytic.count
                let h: Float = 4e-3
                func loss(_ shift: Float) -> Double {
                    trainer.executor.fill(weight) { $0[index] += shift }
                    trainer.differentiate(input)
                    trainer.executor.fill(weight) { $0[index] -= shift }
                    return Double(trainer.executor.scalar(step.outputs.loss))
                }
                let numeric = (loss(h) - loss(-h)) / (2 * Double(h))
                let error = abs(numeric - Double(analytic[index]))
                #expect(
                    error <= 2e-3 * Double(largest) + 4e-4,
                    "\(step.program[weight].name)[\(index)]: \(analytic[index]), numeric \(numeric)"
                )
                trainer.differentiate(input)
            }
        }
    }

    @Test(arguments: cases)
    func checkpointingChangesNoBit(_ item: Case) throws {
        let input = TinyModels.input(for: item.strategy)
        var kept = try TinyModels.trainer(item.architecture, item.strategy)
        var again = try TinyModels.trainer(
            item.architecture, item.strategy, checkpointing: true)
        kept.differentiate(input)
        again.differentiate(input)
        #expect(kept.executor.plan.size >= again.executor.plan.size)
        #expect(gradients(kept) == gradients(again))
    }

    @Test(arguments: cases, [false, true])
    func deadTensorsAreNotRead(_ item: Case, checkpointing: Bool) throws {
        let input = TinyModels.input(for: item.strategy)
        var plain = try TinyModels.trainer(
            item.architecture, item.strategy, checkpointing: checkpointing, accumulation: 2)
        var hostile = try TinyModels.trainer(
            item.architecture, item.strategy, checkpointing: checkpointing, accumulation: 2,
            overwritesDeadTensors: true)
        for _ in 0 ..< 2 {
            let a = try plain.train(on: [input, input])
            let b = try hostile.train(on: [input, input])
            #expect(a.loss == b.loss && a.gradientNorm == b.gradientNorm)
        }
        for (weight, _) in plain.step.gradients {
            #expect(
                plain.executor.floatValues(of: weight) == hostile.executor.floatValues(of: weight))
        }
    }

    /// A read that changed nothing would mean a lifetime longer than needed.
    @Test(arguments: cases)
    func everyReadMatters(_ item: Case) throws {
        let input = TinyModels.input(for: item.strategy)
        var architecture = item.architecture
        architecture.layerCount = 1
        func outcome(_ poison: Executor.Poison?, section: Int) throws -> [[Float]] {
            var trainer = try TinyModels.trainer(architecture, item.strategy)
            trainer.differentiate(input, poison: section == 0 ? poison : nil)
            trainer.executor.run(section: 1, poison: section == 1 ? poison : nil)
            var result = gradients(trainer)
            for (weight, moments) in trainer.step.moments.sorted(by: { $0.key < $1.key }) {
                result += [weight, moments.first, moments.second].map {
                    trainer.executor.floatValues(of: $0)
                }
            }
            let outputs = trainer.step.outputs
            result += [outputs.loss, outputs.gradientNorm, outputs.metrics].compactMap { $0 }.map {
                trainer.executor.floatValues(of: $0)
            }
            return result
        }
        let clean = try outcome(nil, section: 0)
        let program = try TinyModels.trainer(architecture, item.strategy).step.program
        for (section, part) in program.sections.enumerated() {
            for (index, op) in part.ops.enumerated() {
                for read in op.reads.indices {
                    let changed = try outcome(.init(op: index, read: read), section: section)
                    #expect(
                        changed != clean,
                        "operand \(read) of \(program.describe(op)) can be wrong unnoticed")
                }
            }
        }
    }
}
