import Architectures
import Catalog
import Foundation
import Quantities
import TrainingSteps

extension MeasuredConfiguration {
    /// A run that nobody has measured yet, with the habits of a framework.
    ///
    /// - Parameters:
    ///   - architecture: the model.
    ///   - configuration: what the run chose.
    ///   - framework: its name among those whose habits are known.
    ///   - modelName: the model, which decides a few habits.
    package init(
        _ architecture: Architecture, _ configuration: FrameworkConfiguration, framework: String,
        modelName: String
    ) {
        let name = FrameworkName(rawValue: framework) ?? .other
        var row = MemoryMeasurement(unreadable: "")
        row.run.framework = framework
        row.run.model = modelName
        row.run.deviceCount = configuration.parallelism.deviceCount
        self.architecture = architecture
        self.configuration = configuration
        self.configuration.dropsAdapterInput = name.dropsAdapterInput
        profile = name.profile(row)
        assumed = []
        profile.joinQueryKeyValue(of: &self.architecture)
    }

    /// Why no device can hold the run; nil when one may.
    package var sizeRefusal: Refusal? { RunLimits.refusal(self) }
}

extension MemoryBacktest {
    /// A row of a file in either schema, and how it is read.
    ///
    /// - Throws: `CatalogError` when the file cannot be read, `MeasuredConfiguration.Refusal` when it
    ///   has no such row or the row does not say enough.
    package func reading(
        ofRow id: String, in file: URL
    ) throws -> (row: MemoryMeasurement, reading: MeasuredConfiguration, framework: String) {
        let (rows, backtest) = try rows(contentsOf: file)
        var ids: [String] = []
        for row in rows {
            switch row {
            case .success(let row):
                ids.append(row.run.id)
                guard row.run.id == id else { continue }
                let name = FrameworkName(row.run.framework ?? "")
                return (row, try backtest.read(row), name.rawValue)
            case .failure(let problem):
                guard problem.id == id else { continue }
                throw MeasuredConfiguration.Refusal(problem.message)
            }
        }
        let hint = nearest(to: id, among: ids).map { "; did you mean \($0)?" } ?? ""
        throw MeasuredConfiguration.Refusal("\(file.path) has no row \"\(id)\"\(hint)")
    }
}
