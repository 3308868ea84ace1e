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
extension Strategy.Reference: ExpressibleByArgument {
    /// `frozen-copy` or `precomputed`.
    public init?(argument: String) {
        switch argument {
        case "frozen-copy": self = .frozenCopy
        case "precomputed": self = .precomputed
        default: return nil
        }
    }
    /// The spellings for help texts.
    public static var allValueStrings: [String] { ["frozen-copy", "precomputed"] }
}

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

/// The linear layers that `--targets` names.
///
/// - Throws: `ValidationError` for an unknown name, with the nearest known one.
func linearLayers(named list: String) throws -> Set<LinearLayer> {
    switch list {
    case "all-linear": return Set(LinearLayer.llama)
    case "attention": return [.query, .key, .value, .attentionOutput]
    case "mlp": return [.gate, .up, .down]
    default: break
    }
    let names: [String: LinearLayer] = [
        "q_proj": .query, "k_proj": .key, "v_proj": .value, "o_proj": .attentionOutput,
        "gate_proj": .gate, "up_proj": .up, "down_proj": .down, "query": .query, "key": .key,
        "value": .value, "output": .attentionOutput, "gate": .gate, "up": .up, "down": .down,
    ]
    var result: Set<LinearLayer> = []
    for part in list.split(separator: ",", omittingEmptySubsequences: false) {
        let name = part.trimmingCharacters(in: .whitespaces)
        guard let linear = names[name] else {
            let hint = nearest(to: name, among: names.keys.sorted()).map { "; did you mean \($0)?" }
            throw ValidationError(
                "--targets: there is no linear layer called '\(name)'\(hint ?? "")")
        }
        result.insert(linear)
    }
    return result
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
