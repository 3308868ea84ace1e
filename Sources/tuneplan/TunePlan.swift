import ArgumentParser
import Foundation
import Reporting

/// The command line of tuneplan.
@main
struct TunePlan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tuneplan",
        abstract: "Should a task be fine-tuned, what would it cost, and is the estimate true?",
        version: version,
        subcommands: [
            TrainCommand.self, EvaluateCommand.self, InspectCommand.self, PlanCommand.self,
            CalibrateCommand.self, BacktestCommand.self, ExplainCommand.self, CatalogCommand.self,
            MeasureCommand.self,
        ])

    /// The version of this program, as manifests record it.
    static let version = "0.1.0"

    static func main() {
        StandardStreams.prepare()
        InterruptCleanup.install()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            guard let failure = Failure(error) else { exit(withError: error) }
            note("tuneplan: \(failure.message)")
            Foundation.exit(failure.code)
        }
    }
}
