import Architectures
import Engine
import Foundation
import ModelFiles
import Quantities
import Reporting
import StepPrograms
import Training
import TrainingSteps

/// A training run with everything it needs, from files on disk.
struct TrainingSession {
    let base: LoadedBase
    let basePath: String
    let dataPath: String
    let heldOutPath: String?
    let adapterPath: String?
    let adapterFile: AdapterFile?
    let strategy: Strategy
    let data: TrainingData
    let heldOutData: TrainingData?
    let configuration: TrainingConfiguration
    let fromScratch: Bool
    let warnings: [String]
    private let references: [[StepInput]]?
    private let heldOutReferences: [[StepInput]]?

    init(
        basePath: String, data dataPath: String, heldOut: String?, options: TrainingOptions,
        threads: Int, fromScratch: Bool = false, fixedLength: Int? = nil
    ) throws {
        self.basePath = basePath
        self.dataPath = dataPath
        self.fromScratch = fromScratch
        let base = fromScratch ? try LoadedBase.openWithoutWeights(basePath) : try .open(basePath)
        self.base = base
        adapterPath = options.adapter
        let adapterFile = try options.adapter.map {
            try AdapterFile.open($0, for: base.architecture)
        }
        self.adapterFile = adapterFile
        strategy = try options.makeStrategy(adapterFile: adapterFile)
        let rows = try DataSet.read(dataPath)
        try Self.check(rows, suits: strategy)
        var training = rows
        var kept: DataSet?
        var warnings: [String] = []
        heldOutPath = heldOut.flatMap { Double($0) == nil ? $0 : nil }
        if let heldOut {
            let split =
                try Double(heldOut).map {
                    try rows.split(keepingBack: $0, seed: options.seed)
                } ?? rows.split(keepingBack: try DataSet.read(heldOut))
            (training, kept) = (split.training, split.heldOut)
            if split.sharedPromptCount > 0 {
                warnings.append(
                    "\(split.sharedPromptCount) held-out rows have a prompt that is trained on")
            }
        }
        let coding = try TextCoding(base.tokenizer)
        var arranging = options.arranging
        func arrange(_ rows: DataSet, length: Int?) throws -> TrainingData {
            try TrainingData(
                rows, base: base, coding: coding, arranging: arranging, fixedLength: length)
        }
        var data = try arrange(training, length: fixedLength)
        guard data.stepsPerEpoch > 0 else { throw TrainingError.noBatches }
        try Self.checkExtents(data.batch, of: base.architecture)
        let order = arranging.order
        (arranging.order, arranging.accumulation) = (.sequential, 1)
        var heldOutData = try kept.map { try arrange($0, length: fixedLength) }
        if let kept, let other = heldOutData?.batch.length, other != data.batch.length {
            // One program serves both, so both take the length of the longer rows.
            let length = max(other, data.batch.length)
            heldOutData = try arrange(kept, length: length)
            (arranging.order, arranging.accumulation) = (order, options.gradientAccumulation)
            data = try arrange(training, length: length)
        }
        self.data = data
        self.heldOutData = heldOutData
        self.warnings = warnings + data.warnings + (heldOutData?.warnings ?? [])
        let configuration = options.configuration(strategy, data: data, threads: threads)
        self.configuration = configuration
        guard strategy.precomputesReference else {
            (references, heldOutReferences) = (nil, nil)
            return
        }
        references = try Self.references(
            base, data, steps: configuration.schedule.totalSteps, threads: threads)
        heldOutReferences = try heldOutData.map {
            try Self.references(base, $0, steps: $0.stepsPerEpoch, threads: threads)
        }
    }

    /// Refuses extents whose bytes could not even be counted; the engine refuses the merely large.
    private static func checkExtents(
        _ batch: BatchShape, of architecture: Architecture
    ) throws(EngineError) {
        let width = [
            architecture.hiddenWidth, architecture.feedForwardWidth, architecture.queryWidth,
        ].reduce(0, max)
        let bytes = 64.0 * Double(batch.rows) * Double(width) * Double(architecture.layerCount)
        let limit = Double(1 << 60)
        guard batch.rows <= Int(Int32.max), bytes < limit else {
            throw .outOfMemory(Bytes(Int(min(bytes, limit))))
        }
    }

    private static func check(_ data: DataSet, suits strategy: Strategy) throws {
        let isPaired = data.format == .preference
        if case .dpo = strategy {
            guard isPaired else {
                throw Failure(
                    "\(data.file): dpo needs rows with prompt, chosen and rejected, not the "
                        + "\(data.format.name) format", code: Failure.badInput)
            }
        } else if isPaired {
            throw Failure(
                "\(data.file): rows with chosen and rejected responses are for --strategy dpo",
                code: Failure.badInput)
        }
    }

    /// Steps with the log-probabilities of the reference, computed before the training program takes
    /// its memory.
    private static func references(
        _ base: LoadedBase, _ data: TrainingData, steps: Int, threads: Int
    ) throws -> [[StepInput]] {
        var scorer = try ReferenceScorer(
            base.architecture, weights: base.weights(seed: 0), batch: data.batch,
            workers: .init(count: threads))
        return (0 ..< steps).map { step in
            data.inputs(step: step).map { input in
                var input = input
                input.referenceLogProbabilities = scorer.logProbabilities(input)
                return input
            }
        }
    }

    /// The microbatches of a step.
    func inputs(step: Int) -> [StepInput] { references?[step] ?? data.inputs(step: step) }

    /// Loads the model.
    func makeTrainer(workers: Workers) throws -> Trainer {
        try Trainer(
            base.architecture,
            weights: base.weights(seed: configuration.seed),
            adapter: adapterFile, configuration: configuration, workers: workers)
    }

    /// The mean loss of the held-out rows, or nil when none are held out.
    func heldOutLoss(_ trainer: inout Trainer) -> Double? {
        guard let heldOutData else { return nil }
        var (sum, count) = (0.0, 0)
        for step in 0 ..< heldOutData.stepsPerEpoch {
            for input in heldOutReferences?[step] ?? heldOutData.inputs(step: step) {
                let parts = input.pairCount > 0 ? input.pairCount : input.targetCount
                trainer.differentiate(input)
                sum += Double(trainer.executor.scalar(trainer.step.outputs.loss)) * Double(parts)
                count += parts
            }
        }
        return count > 0 ? sum / Double(count) : nil
    }

    /// Writes the trained weights and the log into an open report.
    func save(
        _ folder: inout ReportFolder, trainer: borrowing Trainer, records: [StepRecord],
        as encoding: TensorEncoding
    ) throws {
        var names: [String: String] = [:]
        let log = records.map { $0.json.text(.compact) + "\n" }.joined()
        try folder.write(log, as: "steps.jsonl")
        func path(_ name: String) throws(ModelFileError) -> String {
            do throws(ReportingError) {
                let path = try folder.reserve(name)
                names[path] = "\(folder.destination)/\(name)"
                return path
            } catch {
                throw .unwritable(path: name, problem: error.description)
            }
        }
        do {
            try writeWeights(of: trainer, as: encoding, path: path)
        } catch ModelFileError.unwritable(let path, let problem) {
            throw ModelFileError.unwritable(path: names[path] ?? path, problem: problem)
        }
    }

    private func writeWeights(
        of trainer: borrowing Trainer, as encoding: TensorEncoding,
        path: (String) throws(ModelFileError) -> String
    ) throws {
        try checkFinite(trainer)
        if let shape = strategy.adapter {
            try AdapterFile.writeFiles(
                AdapterConfiguration(
                    rank: shape.rank, alpha: shape.alpha, targets: Array(shape.targets),
                    baseModel: pathFromWorkingDirectory(basePath)), for: base.architecture,
                values: { parameter in
                    guard let id = trainer.step.model.adapters[parameter] else { return [] }
                    return trainer.executor.floatValues(of: id)
                }, path: path)
        } else {
            try writeCheckpointFiles(
                of: base.architecture, base: base.model, as: encoding,
                extraFiles: try tokenizerFiles(),
                values: { trainer.executor.floatValues(of: trainer.step.model[$0]) }, path: path)
        }
    }

    /// Refuses weights that the last step drove to infinity, which no later loss could show.
    private func checkFinite(_ trainer: borrowing Trainer) throws(TrainingError) {
        let model = trainer.step.model
        let trained =
            strategy.adapter == nil ? Array(model.parameters.values) : Array(model.adapters.values)
        for id in trained {
            guard trainer.executor.floatValues(of: id).allSatisfy(\.isFinite) else {
                throw .diverged(
                    step: trainer.stepsDone, learningRate: configuration.schedule.learningRate)
            }
        }
    }

    /// The tokenizer of a base whose own files are not copied.
    private func tokenizerFiles() throws -> [String: String] {
        guard base.model?.directory == nil else { return [:] }
        return [
            "tokenizer.json": String(decoding: try base.tokenizer.tokenizerJSON(), as: UTF8.self),
            "tokenizer_config.json": String(
                decoding: base.tokenizer.tokenizerConfigurationJSON(), as: UTF8.self),
        ]
    }

    /// What the run was made from.
    func manifest(command: [String], seed: UInt64) throws -> Manifest {
        var inputs = try base.files.map { try FileRecord(hashing: $0) }
        for path in [dataPath, heldOutPath].compactMap({ $0 }) {
            inputs.append(try FileRecord(hashing: path))
        }
        if let adapterPath {
            inputs.append(
                try FileRecord(hashing: "\(adapterPath)/adapter_model.safetensors"))
        }
        return Manifest(
            version: TunePlan.version, command: command, seed: seed, inputs: inputs,
            packages: [.init("OpenBLAS", version: blasDescription())])
    }
}

extension Strategy {
    /// Whether the reference's log-probabilities are computed before training.
    var precomputesReference: Bool {
        if case .dpo(.full(.precomputed), _) = self { true } else { false }
    }
}
