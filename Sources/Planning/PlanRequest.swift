import Architectures
import Catalog
import Quantities
import StepPrograms
import TrainingSteps

/// What a plan is asked for.
package struct PlanRequest: Sendable, Hashable {
    /// The model's name, for reports.
    package var modelName: String
    /// The model.
    package var architecture: Architecture
    /// The strategies to compare, in the order of the report.
    package var strategies: [Strategy]
    /// What is trained on.
    package var data: PlannedData
    /// How often all of it is seen.
    package var epochs: Int
    /// Rows of one optimizer step.
    package var batchSize: Int
    /// The most tokens of a row.
    package var sequenceLength: Int
    /// The training program.
    package var profile: TrainingProfile
    /// Whether layers may, must or must not be run again in the backward pass.
    package var checkpointing: Checkpointing
    /// The devices to consider; nil for all.
    package var devices: Set<String>?
    /// The providers to consider; nil for all.
    package var providers: Set<String>?
    /// The most a run may cost.
    package var budget: USD?
    /// The longest a run may take.
    package var deadline: Seconds?
    /// What prompts are used for when nothing is trained.
    package var prompting: Prompting
    /// What is taken on trust.
    package var assumptions: Assumptions
    /// The day on which prices are judged to be old.
    package var day: CalendarDay

    package init(
        modelName: String, architecture: Architecture, strategies: [Strategy],
        data: PlannedData, epochs: Int = 1, batchSize: Int = 16, sequenceLength: Int,
        profile: TrainingProfile = .transformersPEFT, checkpointing: Checkpointing = .either,
        devices: Set<String>? = nil, providers: Set<String>? = nil, budget: USD? = nil,
        deadline: Seconds? = nil, prompting: Prompting = Prompting(),
        assumptions: Assumptions = Assumptions(), day: CalendarDay
    ) {
        self.modelName = modelName
        self.architecture = architecture
        self.strategies = strategies
        self.data = data
        self.epochs = epochs
        self.batchSize = batchSize
        self.sequenceLength = sequenceLength
        self.profile = profile
        self.checkpointing = checkpointing
        self.devices = devices
        self.providers = providers
        self.budget = budget
        self.deadline = deadline
        self.prompting = prompting
        self.assumptions = assumptions
        self.day = day
    }

    /// Whether layers are run again in the backward pass.
    package enum Checkpointing: String, Sendable, Hashable, CaseIterable {
        case either, on, off

        var choices: [Bool] {
            switch self {
            case .either: [false, true]
            case .on: [true]
            case .off: [false]
            }
        }
    }

    /// What prompts are used for when nothing is trained.
    package struct Prompting: Sendable, Hashable {
        /// Examples that the model is evaluated on; nil for a tenth of the data.
        package var evaluationExamples: Int?
        /// The share of an example's tokens that the model writes.
        package var outputShare: Double
        /// Requests of a month in use.
        package var monthlyRequests: Int?
        /// The hosted model; nil for the planned model where somebody hosts it.
        package var hostedModel: String?

        package init(
            evaluationExamples: Int? = nil, outputShare: Double = 0.25,
            monthlyRequests: Int? = nil, hostedModel: String? = nil
        ) {
            self.evaluationExamples = evaluationExamples
            self.outputShare = outputShare
            self.monthlyRequests = monthlyRequests
            self.hostedModel = hostedModel
        }
    }

    /// Fails on the first number that makes no sense.
    package func validate() throws(PlanError) {
        if profile == .local, let reason = architecture.reasonNotRunnable {
            throw .notRunnable(model: modelName, reason: reason)
        }
        for (what, value) in [
            ("number of examples", data.examples), ("number of epochs", epochs),
            ("batch size", batchSize), ("sequence length", sequenceLength),
        ] where value <= 0 {
            throw .notPositive(what: what, value: String(value))
        }
        for (what, value, limit) in [
            ("number of examples", data.examples, 1 << 40), ("number of epochs", epochs, 1 << 20),
            ("batch size", batchSize, 1 << 24),
        ] where value > limit {
            throw .tooLarge(what: what, value: String(value), limit: String(limit))
        }
        let mean = data.lengths.mean(limit: sequenceLength)
        if mean <= 0 {
            throw .notPositive(what: "number of tokens of an example", value: "0")
        }
        // Beyond this, tokens could not even be counted.
        let tokens = Double(data.examples) * Double(epochs) * mean
        if tokens > 1e18 {
            throw .tooLarge(
                what: "number of tokens of the run", value: "\(tokens)", limit: "1e18")
        }
        if let budget, budget <= .zero {
            throw .notPositive(what: "budget", value: "\(budget)")
        }
        if let deadline, deadline <= .zero {
            throw .notPositive(what: "deadline", value: "\(deadline)")
        }
        if sequenceLength > architecture.contextLength {
            throw .sequenceTooLong(length: sequenceLength, context: architecture.contextLength)
        }
        if strategies.isEmpty { throw .noStrategies }
        let narrowest = min(architecture.hiddenWidth, architecture.keyValueWidth)
        for case let adapter? in strategies.map(\.adapter) {
            if adapter.rank <= 0 {
                throw .notPositive(what: "rank", value: String(adapter.rank))
            }
            if adapter.rank >= narrowest {
                throw .rankTooHigh(rank: adapter.rank, width: narrowest)
            }
        }
    }
}

/// What a plan takes on trust; each is printed with the plan.
package struct Assumptions: Sendable, Hashable {
    /// The share of a device's memory that is left free for what the estimate misses.
    package var headRoom = 0.05
    /// From one kernel's end to the next one's start in an eager framework: low, likely, high.
    package var launch = Range(low: 2e-6, likely: 5e-6, high: 10e-6)
    /// Booting, loading the model and saving the result, which is paid for: low, likely, high.
    package var setUp = Range(low: 180, likely: 600, high: 1200)

    /// Three numbers of seconds.
    package struct Range: Sendable, Hashable {
        package var low: Double
        package var likely: Double
        package var high: Double

        package init(low: Double, likely: Double, high: Double) {
            self.low = low
            self.likely = likely
            self.high = high
        }
    }

    package init() {}
}
