import Architectures

/// The architecture of a model that measured rows name, as far as it is known.
package struct MeasuredModel: Sendable, Hashable {
    /// The name that rows use.
    package var name: String
    /// The sizes that are stated.
    package var dimensions: ModelDimensions
    /// The kind of feed-forward block, norms and biases, in words.
    package var notes: String?
    /// Where the sizes come from.
    package var source: String
    /// The model, or why it is not known.
    private let outcome: Result<Described, CatalogError>

    /// A model and what had to be assumed about it.
    private struct Described: Hashable {
        let architecture: Architecture
        let assumptions: [String]
    }

    static let columns = [
        "model", "hidden", "layers", "heads", "kv_heads", "head_dim", "intermediate", "vocab",
        "tied", "source",
    ]

    init(_ row: inout CSVRowReader) {
        name = row.requiredText("model")
        dimensions = ModelDimensions(&row)
        notes = row.text("notes")
        source = row.text("source") ?? ""
        let words = MeasuredWords(name: name, notes: notes ?? "")
        if let reason = words.reasonNotDescribed {
            outcome = .failure(.unknownArchitecture(model: name, reason: reason))
            return
        }
        var sizes = dimensions
        let assumptions = words.complete(&sizes)
        let family = words.family(hasExperts: sizes.expertCount != nil)
        do throws(MissingDimension) {
            var architecture = try sizes.architecture(family)
            words.refine(&architecture)
            outcome = .success(Described(architecture: architecture, assumptions: assumptions))
        } catch {
            outcome = .failure(
                .unknownArchitecture(
                    model: name, reason: "column \(error.column) is empty in its row of models"))
        }
    }

    /// The model as the step builder takes it, or the reason why it is not known.
    package func architecture() throws(CatalogError) -> Architecture {
        try outcome.get().architecture
    }

    /// What had to be assumed about the model, one clause each; empty when everything is stated.
    package var assumptions: [String] {
        if case .success(let described) = outcome { described.assumptions } else { [] }
    }
}
