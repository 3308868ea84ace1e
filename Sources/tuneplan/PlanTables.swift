import Catalog
import Planning
import Quantities
import Reporting
import StepPrograms
import TrainingSteps

/// The tables and the chart of a plan.
enum PlanTables {
    /// The cheapest candidate of each strategy, for people.
    static func summary(_ plan: Plan) -> Table {
        var table = Table(
            requestSentence(plan.request),
            columns: [
                .init("Strategy"), .init("Instance"), .init("GPU"),
                .init("Micro-batch", alignment: .right), .init("Checkpointing"),
                .init("Peak", unit: "GiB", alignment: .right), .init("Step", alignment: .right),
                .init("Tokens/s", alignment: .right), .init("Hours", alignment: .right),
                .init("USD", alignment: .right), .init("Spot USD", alignment: .right),
                .init("Price of"), .init("Basis"),
            ])
        for strategy in plan.request.strategies {
            if case .promptOnly = strategy, let prompt = plan.prompt { table.append(row(prompt)) }
            if let candidate = plan.cheapest.first(where: { $0.strategy == strategy }) {
                table.append(row(candidate))
            }
        }
        table.notes.append("Likely values, with the plausible range in brackets.")
        if plan.cheapest.contains(where: \.isTight) {
            table.notes.append("tight: fits when the allocator gives cached blocks back.")
        }
        if let prompt = plan.prompt {
            table.notes.append(
                "prompt-only: an evaluation of \(prompt.evaluationRequests) requests of "
                    + "\(fixed(prompt.inputTokens, 0)) + \(fixed(prompt.outputTokens, 0)) tokens"
                    + (prompt.month.map { "; \(dollars($0.likely)) for a month of requests" } ?? "")
                    + ".")
        }
        return table
    }

    /// One sentence on what was asked.
    static func requestSentence(_ request: PlanRequest) -> String {
        let mean = request.data.lengths.mean(limit: request.sequenceLength)
        return
            "\(request.modelName): \(request.data.examples) examples of \(fixed(mean, 0)) tokens "
            + "on average, \(request.epochs) epochs, \(request.batchSize) rows a step of at most "
            + "\(request.sequenceLength) tokens (\(request.profile.rawValue))"
    }

    private static func row(_ candidate: Candidate) -> [Cell] {
        let estimate = candidate.estimate
        let process = estimate.memory.process
        let configuration = candidate.configuration
        let tight = candidate.isTight ? " tight" : ""
        return [
            .text(candidate.strategy.planName.rawValue),
            .text("\(candidate.instance.provider) \(candidate.instance.instance)"),
            .text(candidate.device.name),
            .text("\(configuration.microbatch) × \(configuration.accumulation)"),
            .flag(configuration.checkpointing),
            .text(
                "\(fixed(process.likely.gibibytes, 1)) (\(fixed(process.low.gibibytes, 1))–"
                    + "\(fixed(process.high.gibibytes, 1)))\(tight)"),
            .text(
                "\(estimate.step.likely) (\(estimate.step.low)–\(estimate.step.high))"),
            .number(estimate.tokensPerSecond.likely, decimals: 0),
            .text(range(estimate.duration) { significant($0.hours) }),
            .text(range(candidate.cost) { dollars($0) }),
            candidate.spotCost.map { .text(dollars($0.likely)) } ?? .empty,
            .text(dated(candidate.instance.provenance.date, candidate.priceIsStale)),
            .text(candidate.cost.basisWords),
        ]
    }

    private static func row(_ prompt: PromptCost) -> [Cell] {
        var cells = [Cell](repeating: .empty, count: 13)
        cells[0] = .text(StrategyName.promptOnly.rawValue)
        cells[1] = .text("\(prompt.price.provider) \(prompt.price.model)")
        cells[9] = .text(dollars(prompt.evaluation.likely))
        cells[11] = .text(dated(prompt.price.provenance.date, prompt.priceIsStale))
        cells[12] = .text(prompt.evaluation.basisWords)
        return cells
    }

    private static func range<Value>(
        _ estimate: Estimate<Value>, _ text: (Value) -> String
    ) -> String {
        "\(text(estimate.likely)) (\(text(estimate.low))–\(text(estimate.high)))"
    }

    /// Dollars and cents; less than a cent with three significant digits.
    private static func dollars(_ amount: USD) -> String {
        amount.rawValue > 0 && amount.rawValue < 0.01
            ? "$\(significant(amount.rawValue))" : amount.description
    }

    private static func dated(_ date: StatedDate, _ isStale: Bool) -> String {
        isStale ? "\(date) (stale)" : date.text
    }

    /// Reasons, how often each applies and what came nearest.
    static func rejections(_ plan: Plan) -> Table {
        var table = Table(
            "Turned down",
            columns: [.init("Reason"), .init("Count"), .init("Nearest miss", key: "nearest_miss")])
        for summary in RejectionSummary.summarize(plan.rejected) {
            let miss = summary.nearestMiss
            table.append([
                .text(summary.reason), .integer(summary.count),
                .text(
                    "\(miss.strategy.rawValue) on \(miss.provider) \(miss.instance) "
                        + "(\(miss.device)): \(miss.rejection)"),
            ])
        }
        return table
    }

    /// Candidates for programs: every number in its base unit.
    static func candidates(_ candidates: [Candidate]) -> Table {
        let keys = candidates.first.map { members($0).map(\.key) } ?? []
        var table = Table(columns: keys.map { .init($0, key: $0) })
        for candidate in candidates {
            table.append(
                members(candidate).map { Cell(text: $0.value.text(.compact), value: $0.value) })
        }
        return table
    }

    /// A candidate as one flat JSON object.
    static func json(_ candidate: Candidate) -> JSONValue {
        let memory = candidate.estimate.memory
        let roles = Role.allCases.compactMap { role in
            memory.byRole[role].map { JSONValue.Member(role.rawValue, .integer($0.rawValue)) }
        }
        let phases = Phase.allCases.compactMap { phase in
            candidate.estimate.phases[phase].map {
                JSONValue.Member(phase.rawValue, .number($0.likely.rawValue))
            }
        }
        return .object(
            members(candidate) + [
                .init("peak_op", .string(memory.peakOp)),
                .init("memory_bytes_by_role", .object(roles)),
                .init("step_seconds_by_phase", .object(phases)),
                .init("basis", .strings(candidate.cost.basis.map(\.description))),
            ])
    }

    /// The prompt-only estimate as a JSON object.
    static func json(_ prompt: PromptCost) -> JSONValue {
        [
            "provider": .string(prompt.price.provider), "model": .string(prompt.price.model),
            "shots": .count(prompt.shots),
            "evaluation_requests": .count(prompt.evaluationRequests),
            "input_tokens": .number(prompt.inputTokens),
            "output_tokens": .number(prompt.outputTokens),
            "usd_per_request": .number(prompt.perRequest.likely.rawValue),
            "evaluation_usd": .number(prompt.evaluation.likely.rawValue),
            "month_usd": .optional(prompt.month?.likely.rawValue),
            "price_date": .string(prompt.price.provenance.date.text),
            "price_is_stale": .bool(prompt.priceIsStale),
        ]
    }

    private static func members(_ candidate: Candidate) -> [JSONValue.Member] {
        let estimate = candidate.estimate
        let configuration = candidate.configuration
        var members: [JSONValue.Member] = [
            .init("strategy", .string(candidate.strategy.planName.rawValue)),
            .init("provider", .string(candidate.instance.provider)),
            .init("instance", .string(candidate.instance.instance)),
            .init("region", .string(candidate.instance.region)),
            .init("gpu", .string(candidate.device.name)),
            .init("gpu_count", .count(candidate.instance.deviceCount)),
            .init("gpu_memory_bytes", .integer(candidate.device.memory.rawValue)),
            .init("microbatch", .count(configuration.microbatch)),
            .init("accumulation", .count(configuration.accumulation)),
            .init("checkpointing", .bool(configuration.checkpointing)),
            .init("allocated_bytes", .integer(estimate.memory.allocated.likely.rawValue)),
        ]
        func add<Value>(
            _ name: String, _ unit: String, _ value: Estimate<Value>, _ number: (Value) -> JSONValue
        ) {
            members.append(.init("\(name)_\(unit)", number(value.likely)))
            members.append(.init("\(name)_low_\(unit)", number(value.low)))
            members.append(.init("\(name)_high_\(unit)", number(value.high)))
        }
        add("peak", "bytes", estimate.memory.process) { .integer($0.rawValue) }
        add("step", "seconds", estimate.step) { .number($0.rawValue) }
        members.append(.init("tokens_per_second", .number(estimate.tokensPerSecond.likely)))
        members.append(.init("steps", .count(estimate.steps)))
        add("duration", "seconds", estimate.duration) { .number($0.rawValue) }
        add("cost", "usd", candidate.cost) { .number($0.rawValue) }
        members.append(.init("spot_cost_usd", .optional(candidate.spotCost?.likely.rawValue)))
        members.append(.init("price_date", .string(candidate.instance.provenance.date.text)))
        members.append(.init("price_is_stale", .bool(candidate.priceIsStale)))
        members.append(.init("is_tight", .bool(candidate.isTight)))
        members.append(.init("price_source", .string(candidate.instance.provenance.source)))
        return members
    }

    /// Peak memory of the cheapest candidates by role.
    static func memoryChart(_ plan: Plan) -> StackedBarChart {
        let memories = plan.cheapest.map(\.estimate.memory)
        let roles = Role.allCases.filter { role in memories.contains { $0.byRole[role] != nil } }
        return StackedBarChart(
            ChartHeading(
                "Peak memory by strategy",
                subtitle: "The cheapest configuration of each; slack and context as is likely"),
            axisTitle: "Memory (GiB)",
            parts: roles.map(\.rawValue) + ["allocator slack", "context"],
            bars: plan.cheapest.map { candidate in
                let memory = candidate.estimate.memory
                return .init(
                    "\(candidate.strategy.planName.rawValue) on \(candidate.device.name)",
                    roles.map { (memory.byRole[$0] ?? .zero).gibibytes }
                        + [
                            memory.slack.likely.gibibytes, memory.context.likely.gibibytes,
                        ])
            })
    }
}
