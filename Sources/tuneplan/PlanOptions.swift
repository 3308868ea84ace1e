import ArgumentParser
import Catalog
import Foundation
import Planning
import Quantities

/// What a plan must stay within, and what prompts would be used for.
struct PlanLimits: ParsableArguments {
    @Option(help: "GPUs to consider, separated by commas; all by default.")
    var gpus: String?
    @Option(help: "Providers to consider, separated by commas; all by default.")
    var providers: String?
    @Option(help: "The most a run may cost, in dollars.")
    var maxUsd: Double?
    @Option(help: "The longest a run may take, such as 90m, 24h or 3d.")
    var deadline: String?
    @Option(help: "Worked examples in each prompt of prompt-only.")
    var shots = 0
    @Option(help: "Examples that prompt-only is evaluated on; a tenth of the data by default.")
    var evaluationExamples: Int?
    @Option(help: "Requests a month, to price prompt-only in use.")
    var requestsPerMonth: Int?
    @Option(help: "The hosted model of prompt-only; by default the planned one where it is hosted.")
    var apiModel: String?

    func validate() throws {
        if !(0 ... 1000).contains(shots) {
            throw ValidationError("--shots must lie between 0 and 1000, not \(shots)")
        }
        for (name, value) in [
            ("--evaluation-examples", evaluationExamples),
            ("--requests-per-month", requestsPerMonth),
        ] {
            if let value, value < 1 { throw ValidationError("\(name) must be at least 1") }
        }
        _ = try budget()
        _ = try longest()
    }

    /// What prompts are used for.
    var prompting: PlanRequest.Prompting {
        PlanRequest.Prompting(
            evaluationExamples: evaluationExamples, monthlyRequests: requestsPerMonth,
            hostedModel: apiModel)
    }

    /// The names of the providers, or nil for all.
    var providerNames: Set<String>? { providers.map { Set(names(in: $0.lowercased())) } }

    /// The catalog's names of the devices, or nil for all.
    func devices(_ catalog: Catalog) throws -> Set<String>? {
        guard let gpus else { return nil }
        return Set(try names(in: gpus).map { try catalog.device(named: $0).name })
    }

    /// The most a run may cost.
    func budget() throws -> USD? {
        guard let maxUsd else { return nil }
        guard maxUsd > 0, maxUsd.isFinite else {
            throw ValidationError("--max-usd must be a positive number, not \(maxUsd)")
        }
        return USD(maxUsd)
    }

    /// The longest a run may take.
    func longest() throws -> Seconds? {
        guard let deadline else { return nil }
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = deadline.last.flatMap({ units[$0] }),
            let count = Double(deadline.dropLast()), count > 0, count.isFinite
        else {
            throw ValidationError(
                "--deadline must be a number with s, m, h or d, such as 24h, not '\(deadline)'")
        }
        return Seconds(count * unit)
    }

    private func names(in list: String) -> [String] {
        list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
    }
}
