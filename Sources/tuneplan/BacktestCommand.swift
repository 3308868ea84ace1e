import ArgumentParser
import Catalog
import Foundation
import Quantities
import Reporting
import Validation

/// Predicts measured runs and shows the error.
struct BacktestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Predict the memory of measured GPU runs and show the error.",
        discussion: """
            Reads files in the schemas of data/measurements (memory.csv, out_of_memory.csv, \
            throughput.csv), unknown columns allowed, and writes one line for each row: the predicted \
            range, the measured value, the signed error, which cells were assumed, or why the row cannot \
            be predicted. Memory is in GiB. Ranges come from rows that no fit has held out.
            """)

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Files with measured runs; ours by default.", valueName: "file"))
    var measurements: [String] = []
    @Flag(help: "Only rows that are held out of every fit: a third, by the hash of their id.")
    var heldOutOnly = false
    @Option(help: ArgumentHelp("Only rows of these quality tags, such as A,B.", valueName: "tags"))
    var quality: String?
    @Option(help: "The framework whose habits are used for every row, instead of the row's own.")
    var profile: String?
    @Option(help: "The form of standard output.")
    var format = OutputFormat.table
    @Option(help: "Directory for the report.")
    var output: String?
    @Flag(
        help:
            "Fit the residuals anew and print them as the file data/profiles/memory_residuals.csv.")
    var fit = false

    func run() throws {
        let data = try DataDirectory.locate()
        let backtest = try MemoryBacktest.load(from: data)
        if fit {
            emit(backtest.fitted().csv.trimmingCharacters(in: .newlines))
            return
        }
        let folder = try output.map { try ReportFolder(at: $0) }
        var rows: [BacktestRow] = []
        let files = files(data)
        for file in files {
            rows += try backtest.predict(contentsOf: file, framework: framework())
        }
        rows = rows.filter(isWanted)
        try finish(folder, BacktestReport(rows), inputs: files)
    }

    private func finish(
        _ folder: consuming ReportFolder?, _ report: BacktestReport, inputs: [URL]
    ) throws {
        if var folder {
            try report.write(into: &folder)
            _ = try folder.commit(
                Manifest(
                    version: TunePlan.version, command: CommandLine.arguments, seed: nil,
                    inputs: try inputs.map { try FileRecord(hashing: $0.path) }, packages: []))
        }
        emit(report.text(as: format).trimmingCharacters(in: .newlines))
    }

    private func files(_ data: DataDirectory) -> [URL] {
        if measurements.isEmpty {
            return ["memory.csv", "out_of_memory.csv"].map {
                data.measurements.appendingPathComponent($0)
            }
        }
        return measurements.map { URL(fileURLWithPath: $0) }
    }

    private func framework() throws -> String? {
        guard let profile else { return nil }
        guard let name = MemoryBacktest.framework(named: profile) else {
            let known = MemoryBacktest.frameworks
            let hint = nearest(to: profile, among: known).map { "; did you mean \($0)?" } ?? ""
            throw ValidationError(
                "--profile: '\(profile)' is not one of \(known.joined(separator: ", "))\(hint)")
        }
        return name
    }

    private func isWanted(_ row: BacktestRow) -> Bool {
        if heldOutOnly, !row.measurement.run.isHeldOut { return false }
        guard let quality else { return true }
        let tags = quality.uppercased().filter(\.isLetter).map(String.init)
        return tags.contains(row.measurement.run.quality?.rawValue ?? "")
    }
}
