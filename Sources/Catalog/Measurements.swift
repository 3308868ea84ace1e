import Architectures
import Foundation

/// Every measured run, read from `data/measurements`.
package struct Measurements: Sendable {
    /// Runs whose peak memory is known.
    package let memory: [MemoryMeasurement]
    /// Runs that ran out of memory.
    package let outOfMemory: [MemoryMeasurement]
    /// Runs whose speed, duration or cost is known.
    package let throughput: [ThroughputMeasurement]
    /// Measured rates of matrix products.
    package let rates: [AchievedRate]
    /// Measured bandwidths of collectives.
    package let links: [LinkMeasurement]
    /// The models that rows of the memory files name.
    package let memoryModels: [String: MeasuredModel]
    /// The models that rows of the throughput file name.
    package let throughputModels: [String: MeasuredModel]

    /// Reads the seven files of a data directory.
    package static func load(from data: DataDirectory) throws(CatalogError) -> Measurements {
        let directory = data.measurements
        func file(_ name: String) -> URL { directory.appendingPathComponent(name) }
        return Measurements(
            memory: try memory(in: file("memory.csv")),
            outOfMemory: try memory(in: file("out_of_memory.csv")),
            throughput: try throughput(in: file("throughput.csv")),
            rates: try rates(in: file("achievable_flops.csv")),
            links: try links(in: file("interconnect.csv")),
            memoryModels: try models(in: file("models.csv")),
            throughputModels: try models(in: file("models_throughput.csv")))
    }

    /// Reads a file in the schema of `memory.csv`, whoever wrote it.
    package static func memory(in file: URL) throws(CatalogError) -> [MemoryMeasurement] {
        try CSVTable(contentsOf: file, requiring: MemoryMeasurement.columns)
            .decode(uniqueBy: "id", key: \.run.id) { MemoryMeasurement(&$0) }
    }

    /// Reads a file in the schema of `throughput.csv`, whoever wrote it.
    package static func throughput(in file: URL) throws(CatalogError) -> [ThroughputMeasurement] {
        try CSVTable(contentsOf: file, requiring: ThroughputMeasurement.columns)
            .decode(uniqueBy: "id", key: \.run.id) { ThroughputMeasurement(&$0) }
    }

    /// Reads a file in the schema of `achievable_flops.csv`.
    package static func rates(in file: URL) throws(CatalogError) -> [AchievedRate] {
        try CSVTable(contentsOf: file, requiring: AchievedRate.columns)
            .decode { AchievedRate(&$0) }
    }

    /// Reads a file in the schema of `interconnect.csv`.
    package static func links(in file: URL) throws(CatalogError) -> [LinkMeasurement] {
        try CSVTable(contentsOf: file, requiring: LinkMeasurement.columns)
            .decode { LinkMeasurement(&$0) }
    }

    /// Reads a file in the schema of `models.csv` beside the measurements.
    package static func models(in file: URL) throws(CatalogError) -> [String: MeasuredModel] {
        let models = try CSVTable(contentsOf: file, requiring: MeasuredModel.columns)
            .decode(uniqueBy: "model", key: \.name) { MeasuredModel(&$0) }
        return Dictionary(models.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The names of all models.
    package var modelNames: [String] {
        Set(memoryModels.keys).union(throughputModels.keys).sorted()
    }

    /// The same measurements with other models looked up first.
    package func preferring(_ models: [String: MeasuredModel]) -> Measurements {
        Measurements(
            memory: memory, outOfMemory: outOfMemory, throughput: throughput, rates: rates,
            links: links, memoryModels: models.merging(memoryModels) { first, _ in first },
            throughputModels: throughputModels)
    }

    /// The model that a row names: of the first list that knows its architecture, else of the first
    /// that has it.
    package func model(named name: String) -> MeasuredModel? {
        let models = [memoryModels[name], throughputModels[name]].compactMap { $0 }
        return models.first { (try? $0.architecture()) != nil } ?? models.first
    }

    /// The architecture that a run trained and what had to be assumed about it, or the reason why it
    /// is not known.
    ///
    /// Where a model learns positions and nobody stated how many, there are as many as the run's
    /// rows are long, which is how pretraining programs make the table.
    package func architecture(
        of run: MeasuredRun
    ) throws(CatalogError) -> (architecture: Architecture, assumptions: [String]) {
        guard let model = model(named: run.model) else {
            throw .unknownArchitecture(model: run.model, reason: "models.csv has no row for it")
        }
        var architecture = try model.architecture()
        let assumed = MeasuredWords.assumedPositions
        guard model.assumptions.contains(assumed), let length = run.sequenceLength else {
            return (architecture, model.assumptions)
        }
        architecture.contextLength = length
        let others = model.assumptions.filter { $0 != assumed }
        return (architecture, others + ["as many learned positions as seq_len"])
    }

    /// The architecture of the model that a row names, or the reason why it is not known.
    package func architecture(named name: String) throws(CatalogError) -> Architecture {
        guard let model = model(named: name) else {
            throw .unknownArchitecture(model: name, reason: "models.csv has no row for it")
        }
        return try model.architecture()
    }
}
