import Architectures
import ArgumentParser
import Catalog
import Engine
import Foundation
import Quantities
import Reporting
import Training
import TrainingSteps

extension OutputFormat: ExpressibleByArgument {}
extension Schedule.Shape: ExpressibleByArgument {}
extension Strategy.Reference: ExpressibleByArgument {}

/// The base model that a command works on.
struct BaseOption: ParsableArguments {
    @Option(
        help: """
            The base model: a GGUF file, a directory in Hugging Face layout, or `default` for the small \
            one that comes with tuneplan.
            """)
    var base = "default"

    /// The path of the base.
    func path() throws -> String {
        guard base == "default" else { return base }
        return try DataDirectory.locate().url.appendingPathComponent("base").path
    }

    /// Opens the base.
    func open() throws -> LoadedBase { try LoadedBase.open(try path()) }
}

/// How much of this machine a command uses.
struct ThreadsOption: ParsableArguments {
    @Option(help: "Threads that share the work of one operation.")
    var threads = ProcessInfo.processInfo.activeProcessorCount

    func validate() throws {
        guard (1 ... 1024).contains(threads) else {
            throw ValidationError("--threads must lie between 1 and 1024")
        }
    }

    /// The workers.
    var workers: Workers { Workers(count: threads) }
}

/// The linear layers that `--targets` names in a model; in one of Llama's kind where none is given.
///
/// - Throws: `ValidationError` for an unknown name, with the nearest known one.
func linearLayers(
    named list: String, in architecture: Architecture? = nil
) throws -> Set<LinearLayer> {
    let llama = Architecture(
        family: .llama, vocabularySize: 1, hiddenWidth: 1, layerCount: 1, headCount: 1,
        keyValueHeadCount: 1, headWidth: 1, feedForwardWidth: 1, contextLength: 1)
    let targets: AdapterTargets
    do throws(AdapterTargetError) {
        targets = try AdapterTargets(list, in: architecture ?? llama)
    } catch {
        throw ValidationError("--targets: \(error)")
    }
    guard !targets.reachesOutsideBlocks else {
        throw ValidationError("--targets: adapters go on the linear layers of blocks only")
    }
    return targets.linears
}

/// Writes a line to standard error.
func note(_ text: String) {
    StandardStreams.error("\(text)\n")
}

/// Writes a line to standard output at once; when that fails, the program ends.
func emit(_ text: String) {
    let end = text.utf8.last == UInt8(ascii: "\n") ? "" : "\n"
    StandardStreams.output(Data((text + end).utf8), failureStatus: Failure.couldNot)
}
