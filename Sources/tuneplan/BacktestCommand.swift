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
            throughput.csv), unknown columns allowed, and writes one line for each row with --format csv \
            or json: the predicted range, the measured value, the signed error, which cells were assumed, \
            or why the row cannot be predicted. Memory is in GiB. Ranges come from rows that are not held \
            out. With --check the exit code is 1 when a bar is missed.
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
    @Option(
        help:
            "Directory for the report: backtest-memory.md, backtest-memory.csv, backtest-memory.svg."
    )
    var output: String?
    @Flag(help: "End with 1 when a bar is missed.")
    var check = false
    @Flag(
        help:
            "Fit the residuals anew and print them as the file data/profiles/memory_residuals.csv.")
    var fit = false

    func validate() throws { _ = try wantedQuality() }

    func run() throws {
        let data = try DataDirectory.locate()
        if fit { return emit(try MemoryBacktest.fit(from: data).csv) }
        let backtest = try MemoryBacktest.load(from: data)
        let folder = try output.map { try ReportFolder(at: $0) }
        let files = files(data)
        let framework = try framework()
        var predictions: [MemoryBacktest.Prediction] = []
        for file in files {
            predictions += try backtest.predict(contentsOf: file, framework: framework)
        }
        let wanted = try wantedQuality()
        predictions = predictions.filter { isWanted($0.row, wanted) }
        let report = BacktestReport(predictions)
        emit(report.text(as: format))
        if var folder {
            try report.write(into: &folder)
            _ = try folder.commit(
                Manifest(
                    version: TunePlan.version, command: CommandLine.arguments, seed: nil,
                    inputs: try files.map { try FileRecord(hashing: $0.path) }, packages: []))
            note("saved to \(output ?? "")")
        }
        let missed = report.bars.filter { $0.passes == false }
        if check, !missed.isEmpty {
            throw Failure(
                "missed: \(missed.map(\.demand).joined(separator: "; "))", code: Failure.answerIsNo)
        }
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

    private func wantedQuality() throws -> Set<MeasuredRun.Quality>? {
        guard let quality else { return nil }
        let tags = quality.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let known = tags.compactMap { MeasuredRun.Quality(rawValue: $0.uppercased()) }
        guard known.count == tags.count, !tags.isEmpty else {
            throw ValidationError(
                "--quality takes tags of A, B, C and D with commas between, not '\(quality)'")
        }
        return Set(known)
    }

    private func isWanted(_ row: BacktestRow, _ wanted: Set<MeasuredRun.Quality>?) -> Bool {
        if heldOutOnly, !row.measurement.run.isHeldOut { return false }
        guard let wanted else { return true }
        return row.measurement.run.quality.map(wanted.contains) ?? false
    }
}
