import Catalog
import Quantities
import TrainingSteps

extension Plan {
    /// Everything the chosen candidates rest on besides the step program, one sentence each.
    package var assumptions: [String] {
        var notes = [
            "One GPU; time is the sum of all kernels, each as slow as its roofline.",
            rowsNote,
            "\(fixed(request.assumptions.headRoom * 100, 0))% of a device's memory is left free.",
            "Examples and their lengths: \(request.data.basis).",
        ]
        if cheapest.contains(where: { $0.spotCost != nil }) {
            notes.append("Spot prices assume that no work is lost to interruptions.")
        }
        if cheapest.contains(where: { $0.strategy.trainsBase }),
            request.profile == .transformersPEFT
        {
            notes.append(
                "Where every weight is trained, weights and optimizer state are bfloat16 without a "
                    + "float32 copy.")
        }
        if cheapest.contains(where: { if case .dpo(.full, _) = $0.strategy { true } else { false } }
        ) {
            notes.append(
                "dpo-full reads log-probabilities of the reference computed before; that pass is not "
                    + "counted.")
        }
        let bases = cheapest.flatMap { candidate in
            candidate.estimate.memory.process.basis + candidate.estimate.duration.basis
        }
        notes += unique(
            bases.filter { if case .assumed = $0 { true } else { false } }.map {
                capitalized("\($0).")
            })
        return unique(notes + fits)
    }

    /// Each fitted constant with the devices it is used for.
    private var fits: [String] {
        var uses: [(words: String, devices: [String])] = []
        func add(_ words: String, _ device: String) {
            guard let place = uses.firstIndex(where: { $0.words == words }) else {
                return uses.append((words, [device]))
            }
            if !uses[place].devices.contains(device) { uses[place].devices.append(device) }
        }
        for candidate in cheapest {
            let device = candidate.device.name
            if let basis = candidate.estimate.memory.slack.basis.first(where: \.isFitted) {
                add("Slack of the allocator: \(basis)", device)
            }
            let step = candidate.estimate.step.basis.filter(\.isFitted)
            for (what, basis) in zip(["Matrix rate", "Bandwidth", "Attention rate"], step) {
                add("\(what): \(basis)", device)
            }
        }
        return uses.map { "\($0.words) (\($0.devices.joined(separator: ", ")))." }
    }

    /// What was asked for and has no answer, with the nearest miss.
    package var unanswered: [String] {
        strategiesWithoutCandidate.map { strategy in
            let name = strategy.planName.rawValue
            if case .promptOnly = strategy {
                return
                    "\(name): the catalog has no price of a hosted \(request.modelName); name one "
                    + "with --api-model."
            }
            let turnedDown = rejected.filter {
                $0.strategy == strategy.planName && $0.rejection.reason != "several GPUs"
            }
            let nearest =
                turnedDown.filter { $0.rejection.excess != nil }.min {
                    ($0.rejection.excess ?? 1) < ($1.rejection.excess ?? 1)
                } ?? turnedDown.first
            guard let nearest else { return "\(name): every instance has several GPUs." }
            return
                "\(name): no instance is left; nearest is \(nearest.provider) \(nearest.instance) "
                + "(\(nearest.device)), which \(nearest.rejection)."
        }
    }

    private var rowsNote: String {
        let packed = request.strategies.contains {
            Workload(
                request.data, strategy: $0, epochs: 1, batchSize: 1,
                sequenceLength: request.sequenceLength
            ).isPacked
        }
        let rows =
            "Memory is for the longest row, time for rows padded to the longest of their microbatch"
        return packed ? "\(rows); packed rows are full." : "\(rows)."
    }
}

extension Basis {
    fileprivate var isFitted: Bool { if case .fitted = self { true } else { false } }
}

private func unique(_ texts: [String]) -> [String] {
    var seen: Set<String> = []
    return texts.filter { seen.insert($0).inserted }
}

private func capitalized(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
}
