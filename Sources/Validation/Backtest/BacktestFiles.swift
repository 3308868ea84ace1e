import Catalog
import Foundation
import Quantities

extension MemoryBacktest {
    /// A back-test on the shipped data.
    package static func load(from data: DataDirectory) throws(CatalogError) -> MemoryBacktest {
        MemoryBacktest(
            measurements: try Measurements.load(from: data), catalog: try Catalog.load(from: data),
            residuals: try MemoryResiduals(contentsOf: MemoryResiduals.file(in: data)))
    }

    /// The names of the frameworks whose habits are known.
    package static var frameworks: [String] {
        FrameworkName.allCases.filter { $0 != .other }.map(\.rawValue)
    }

    /// A framework by its name, case and punctuation apart.
    package static func framework(named name: String) -> String? {
        func key(_ text: String) -> String {
            text.lowercased().filter { $0.isLetter || $0.isNumber }
        }
        return frameworks.first { key($0) == key(name) }
    }

    /// Predicts every row of a file in the schema of `memory.csv` or of `throughput.csv`.
    ///
    /// A row that cannot be read is a row with a reason; only a file that is no table fails. Models are
    /// looked up in `models.csv` beside the file first.
    package func predict(
        contentsOf file: URL, framework: String? = nil
    ) throws(CatalogError) -> [BacktestRow] {
        let table = try CSVTable(contentsOf: file, requiring: ["id", "model", "strategy"])
        let neighbour = file.deletingLastPathComponent().appendingPathComponent("models.csv")
        var backtest = self
        if let models = try? Measurements.models(in: neighbour) {
            backtest = MemoryBacktest(
                measurements: measurements.preferring(models), catalog: catalog,
                residuals: residuals)
        }
        let isThroughput = table.hasColumn("tflops_per_gpu") || table.hasColumn("mfu")
        let rows = table.decodeEach { (row: inout CSVRowReader) -> MemoryMeasurement in
            isThroughput
                ? MemoryMeasurement(ThroughputMeasurement(&row)) : MemoryMeasurement(&row)
        }
        let made = backtest
        return inParallel(rows) { row in
            switch row {
            case .success(var measurement):
                if let framework { measurement.run.framework = framework }
                return made.predict(measurement)
            case .failure(let problem):
                return BacktestRow(
                    measurement: MemoryMeasurement(unreadable: problem.id), framework: "other",
                    prediction: nil, assumed: [], skippedReason: problem.message)
            }
        }
    }
}
