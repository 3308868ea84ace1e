import Quantities
import TrainingSteps

/// The strategies that a plan can be asked for by name.
package enum StrategyName: String, Sendable, Hashable, CaseIterable {
    case promptOnly = "prompt-only"
    case lora, qlora, full
    case continuedPretraining = "continued-pretraining"
    case dpo
    case dpoQLoRA = "dpo-qlora"
    case dpoFull = "dpo-full"

    /// All names, for messages.
    package static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// Reads a list of names separated by commas; "all" means every one.
    package static func parse(_ text: String) throws(PlanError) -> [StrategyName] {
        var result: [StrategyName] = []
        for part in text.split(separator: ",") {
            let name = part.filter { $0 != " " }.lowercased()
            if name.isEmpty { continue }
            if name == "all" { return allCases }
            guard let strategy = StrategyName(rawValue: name) else {
                let known = allCases.map(\.rawValue) + ["all"]
                throw .unknownStrategy(
                    name: String(part), suggestion: nearest(to: name, among: known))
            }
            if !result.contains(strategy) { result.append(strategy) }
        }
        guard !result.isEmpty else { throw .noStrategies }
        return result
    }

    /// The strategy with an adapter; preference training uses a β of 0.1, TRL's default, and
    /// log-probabilities of a frozen reference computed before training where every weight is trained.
    package func strategy(adapter: LowRank, shots: Int) -> Strategy {
        switch self {
        case .promptOnly: .promptOnly(shots: shots)
        case .lora: .lora(adapter)
        case .qlora: .qlora(adapter, doubleQuantized: true)
        case .full: .full
        case .continuedPretraining: .continuedPretraining
        case .dpo: .dpo(.lora(adapter), beta: 0.1)
        case .dpoQLoRA: .dpo(.qlora(adapter, doubleQuantized: true), beta: 0.1)
        case .dpoFull: .dpo(.full(.precomputed), beta: 0.1)
        }
    }
}

extension Strategy {
    /// The name in plans, which tells the policies of preference training apart.
    package var planName: StrategyName {
        switch self {
        case .promptOnly: .promptOnly
        case .lora: .lora
        case .qlora: .qlora
        case .full: .full
        case .continuedPretraining: .continuedPretraining
        case .dpo(.lora, _): .dpo
        case .dpo(.qlora, _): .dpoQLoRA
        case .dpo(.full, _): .dpoFull
        }
    }

    /// Sequences that one example of the data set becomes.
    package var sequencesPerExample: Int {
        if case .dpo = self { 2 } else { 1 }
    }
}
