import Architectures
import ArgumentParser
import Catalog
import Foundation
import Planning
import Quantities
import Reporting
import TrainingSteps

/// Plans what each strategy would cost on rented GPUs.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what each strategy would cost: memory, time and dollars.",
        discussion: """
            For each strategy the cheapest instance with one GPU and its fastest configuration, every \
            rejection with the number that decided it, and what the estimate rests on. The exit code \
            is 1 when nothing fits.
            """)

    @OptionGroup var subject: PlanSubject
    @OptionGroup var limits: PlanLimits
    @Option(
        help: ArgumentHelp(
            "Strategies to compare, separated by commas: \(Planning.StrategyName.list), or all.",
            valueName: "list"))
    var strategies = "all"
    @Option(help: "How often all data is seen.")
    var epochs = 3
    @Option(help: "Rows (pairs for dpo) of one optimizer step.")
    var batchSize = 16
    @Option(help: "Most tokens of a row; by default those of the longest example.")
    var sequenceLength: Int?
    @Option(help: "Rank of the adapters.")
    var rank = 16
    @Option(
        help: "Layers with an adapter: all-linear, attention, mlp or names such as q_proj,v_proj.")
    var targets = "all-linear"
    @Option(help: "Whether layers are run again in the backward pass.")
    var checkpointing = PlanRequest.Checkpointing.either
    @Flag(help: "Several examples share one row.")
    var packing = false
    @Option(help: "The training program: local or transformers+peft.")
    var profile = TrainingProfile.transformersPEFT.rawValue
    @Option(help: "The form of standard output.")
    var format = OutputFormat.table
    @Option(help: "Directory for the report: report.md, candidates.csv, plan.json, memory.svg.")
    var output: String?

    func run() throws {
        do {
            try plan()
        } catch let error as PlanError {
            throw Failure(error.description, code: Failure.badUsage)
        } catch let error as CatalogError {
            guard case .unknownName = error else { throw error }
            throw Failure(error.description, code: Failure.badUsage)
        }
    }

    private func plan() throws {
        let folder = try output.map { try ReportFolder(at: $0) }
        let data = try DataDirectory.locate()
        let catalog = try Catalog.load(from: data)
        let measurements = try Measurements.load(from: data)
        let request = try makeRequest(catalog)
        let plan = try Planner(catalog: catalog, measurements: measurements).plan(request)
        for line in subject.warnings(strategies: request.strategies) { note("note: \(line)") }
        let report = PlanReport(plan)
        emit(report.text(as: format).trimmingCharacters(in: .newlines))
        if var folder {
            try report.write(to: &folder)
            _ = try folder.commit(
                Manifest(
                    version: TunePlan.version, command: CommandLine.arguments, seed: nil,
                    inputs: try inputs(data), packages: []))
            note("saved to \(output ?? "")")
        }
        let wantsTraining = request.strategies.contains {
            if case .promptOnly = $0 { false } else { true }
        }
        if wantsTraining ? plan.candidates.isEmpty : plan.isEmpty {
            throw Failure(plan.unanswered.joined(separator: "\n"), code: Failure.answerIsNo)
        }
    }

    private func makeRequest(_ catalog: Catalog) throws -> PlanRequest {
        let model = try subject.model(catalog)
        var prompting = limits.prompting
        let data = try subject.data(
            model: model.architecture, packs: packing, prompting: &prompting)
        let adapter = LowRank(
            rank: rank, alpha: 2 * Double(rank),
            targets: try linearLayers(named: targets, in: model.architecture))
        let longest = data.lengths.longest(limit: subject.tokensPerExample ?? .max)
        return PlanRequest(
            modelName: model.name, architecture: model.architecture,
            strategies: try Planning.StrategyName.parse(strategies).map {
                $0.strategy(adapter: adapter, shots: limits.shots)
            },
            data: data, epochs: epochs, batchSize: batchSize,
            sequenceLength: sequenceLength ?? min(longest, model.architecture.contextLength),
            profile: try TrainingProfile.named(profile), checkpointing: checkpointing,
            devices: try limits.devices(catalog), providers: limits.providerNames,
            budget: try limits.budget(), deadline: try limits.longest(), prompting: prompting,
            day: CalendarDay(
                daysSinceEpoch: Int((Manifest.now().timeIntervalSince1970 / 86_400).rounded(.down)))
        )
    }

    private func inputs(_ data: DataDirectory) throws -> [FileRecord] {
        let catalogs = ["gpus.csv", "gpu_prices.csv", "api_prices.csv", "models.csv"].map {
            (data.catalogs.appendingPathComponent($0).path, "data/catalogs/\($0)")
        }
        let measured = ["achievable_flops.csv", "memory.csv"].map {
            (data.measurements.appendingPathComponent($0).path, "data/measurements/\($0)")
        }
        return try (catalogs + measured + subject.files.map { ($0, $0) }).map {
            try FileRecord(hashing: $0.0, label: $0.1)
        }
    }
}

extension PlanRequest.Checkpointing: ExpressibleByArgument {}
