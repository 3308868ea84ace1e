import Catalog
import Foundation
import Quantities

/// The two schemas that measured runs are kept in.
package enum MeasurementSchema: Sendable, Hashable {
    /// That of `memory.csv` and `out_of_memory.csv`.
    case memory
    /// That of `throughput.csv`.
    case throughput

    /// The schema of a table, told by its columns; both must name the run.
    init(_ table: CSVTable) throws(CatalogError) {
        let memory = ["peak_gib_per_gpu", "mem_kind"]
        let throughput = ["global_batch", "samples_per_s", "tflops_per_gpu", "mfu", "total_hours"]
        let common = ["id", "model", "strategy"]
        let missing = common.filter { !table.hasColumn($0) }
        if missing.isEmpty, throughput.contains(where: table.hasColumn) {
            self = .throughput
        } else if missing.isEmpty, memory.contains(where: table.hasColumn) {
            self = .memory
        } else {
            let problem =
                missing.isEmpty
                ? "neither \(memory.joined(separator: " nor ")) nor a column of throughput.csv is there"
                : "the columns \(missing.joined(separator: ", ")) are missing"
            throw .malformed([
                .init(
                    file: table.file, line: 1, column: 1,
                    message:
                        "this is in the schema of neither memory.csv nor throughput.csv: \(problem)"
                )
            ])
        }
    }
}

extension MemoryBacktest {
    /// A back-test on the shipped data, with the shipped fit.
    package static func load(from data: DataDirectory) throws(CatalogError) -> MemoryBacktest {
        try load(
            from: data, residuals: MemoryResiduals(contentsOf: MemoryResiduals.file(in: data)))
    }

    /// A fit anew on the shipped data.
    package static func fit(from data: DataDirectory) throws(CatalogError) -> MemoryResiduals {
        try load(from: data, residuals: MemoryResiduals(groups: [:], overheads: [:])).fitted()
    }

    private static func load(
        from data: DataDirectory, residuals: MemoryResiduals
    ) throws(CatalogError) -> MemoryBacktest {
        MemoryBacktest(
            measurements: try Measurements.load(from: data), catalog: try Catalog.load(from: data),
            residuals: residuals)
    }

    /// The names of the frameworks whose habits are known.
    package static var frameworks: [String] {
        FrameworkName.allCases.filter { $0 != .other }.map(\.rawValue)
    }

    /// A framework by its name, case and punctuation apart, or by the words that rows use for it.
    package static func framework(named name: String) -> String? {
        func key(_ text: String) -> String {
            text.lowercased().filter { $0.isLetter || $0.isNumber }
        }
        if let exact = frameworks.first(where: { key($0) == key(name) }) { return exact }
        let read = FrameworkName(name)
        return read == .other ? nil : read.rawValue
    }

    /// Predicts every row of a file in either schema, one result for each row in order.
    ///
    /// A row that cannot be read is a row with a reason; only a file that is no table fails. Models are
    /// looked up in the tables of models beside the file first.
    package func predict(
        contentsOf file: URL, framework: String? = nil
    ) throws(CatalogError) -> [Prediction] {
        let (rows, backtest) = try rows(contentsOf: file)
        return inParallel(rows) { row in
            switch row {
            case .success(var measurement):
                if let framework { measurement.run.framework = framework }
                return backtest.predict(measurement)
            case .failure(let problem):
                return Prediction(
                    row: BacktestRow(
                        MemoryMeasurement(unreadable: problem.id), framework: "",
                        skippedReason: problem.message))
            }
        }
    }

    /// The rows of a file in either schema, and the back-test that knows the models beside it.
    func rows(
        contentsOf file: URL
    ) throws(CatalogError) -> (
        rows: [Result<MemoryMeasurement, CSVTable.UnreadableRow>], backtest: MemoryBacktest
    ) {
        let table = try CSVTable(contentsOf: file, allowsRaggedRows: true)
        let schema = try MeasurementSchema(table)
        let backtest = MemoryBacktest(
            measurements: measurements.preferring(try Self.models(beside: file)), catalog: catalog,
            residuals: residuals)
        let rows = table.decodeEach { (row: inout CSVRowReader) -> MemoryMeasurement in
            switch schema {
            case .memory: return MemoryMeasurement(&row)
            case .throughput:
                let measurement = MemoryMeasurement(ThroughputMeasurement(&row))
                if measurement.peak == nil {
                    row.reject(
                        "peak_gib_per_gpu",
                        "peak_gib_per_gpu is empty, so there is no memory to compare")
                }
                return measurement
            }
        }
        return (rows, backtest)
    }

    /// The models that tables beside a file describe; tables in another schema say nothing.
    private static func models(
        beside file: URL
    ) throws(CatalogError) -> [String: MeasuredModel] {
        var result: [String: MeasuredModel] = [:]
        for name in ["models.csv", "models_throughput.csv"] {
            let url = file.deletingLastPathComponent().appendingPathComponent(name)
            guard FileManager.default.fileExists(atPath: url.path) else { continue }
            let table = try CSVTable(contentsOf: url)
            guard ["model", "hidden", "layers"].allSatisfy(table.hasColumn) else { continue }
            for (name, model) in try Measurements.models(in: url)
            where (try? result[name]?.architecture()) == nil {
                result[name] = model
            }
        }
        return result
    }
}
