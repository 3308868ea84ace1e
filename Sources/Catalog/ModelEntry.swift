import Architectures
import Quantities

/// One checkpoint, or one size of a family, of the model catalog.
package struct ModelEntry: Sendable, Hashable {
    /// The name on the Hugging Face hub, owner included.
    package var identifier: String
    /// The family in the catalog's words, such as "llama3.1".
    package var family: String
    /// The model.
    ///
    /// Rotation and epsilon are the family's usual ones; they cost nothing, and whoever runs a
    /// checkpoint reads its own `config.json`.
    package var architecture: Architecture
    /// The feed-forward block, in words.
    package var feedForwardKind: String
    /// The licence, in words.
    package var license: String?
    /// When it was released, when known.
    package var release: StatedDate?
    /// Where the shape comes from.
    package var source: String
    /// What the parameter count was compared with.
    package var parameterCheck: String?
    /// What is peculiar about it.
    package var notes: String?

    /// A model that no catalog row describes.
    package init(
        identifier: String, family: String, architecture: Architecture, feedForwardKind: String,
        license: String? = nil, release: StatedDate? = nil, source: String,
        parameterCheck: String? = nil, notes: String? = nil
    ) {
        self.identifier = identifier
        self.family = family
        self.architecture = architecture
        self.feedForwardKind = feedForwardKind
        self.license = license
        self.release = release
        self.source = source
        self.parameterCheck = parameterCheck
        self.notes = notes
    }

    /// The number of parameters, counted from the architecture.
    package var parameterCount: Int { architecture.parameterCount }
    /// The parameters that take part in one token.
    package var activeParameterCount: Int { architecture.activeParameterCount }
    /// The name without its owner.
    package var shortName: String {
        identifier.split(separator: "/").last.map(String.init) ?? identifier
    }

    static let columns = [
        "hf_id", "family", "hidden", "layers", "heads", "kv_heads", "head_dim", "intermediate",
        "vocab", "tied_embeddings", "attention_bias", "max_context", "source", "params_exact",
        "active_exact",
    ]

    init(_ row: inout CSVRowReader) {
        identifier = row.requiredText("hf_id")
        family = row.requiredText("family")
        let kind = CatalogFamily.family(named: family)
        if kind == nil, !family.isEmpty {
            let known = CatalogFamily.known
            row.reject(
                "family",
                "unknown family \"\(family)\"; "
                    + (nearest(to: family, among: known).map { "did you mean \"\($0)\"?" }
                        ?? "expected one of \(known.joined(separator: ", "))"))
        }
        feedForwardKind = row.text("mlp_type") ?? ""
        license = row.text("license")
        release = row.text("release").map { StatedDate($0) }
        source = row.requiredText("source")
        parameterCheck = row.text("params_check")
        notes = row.text("notes")
        architecture = ModelEntry.placeholder
        guard let kind else { return }
        do throws(MissingDimension) {
            architecture = try ModelDimensions(&row).architecture(kind)
        } catch {
            row.reject(error.column, "\(error.column) is empty, expected a whole number")
            return
        }
        if let rotary = CatalogFamily.rotary(
            family, vocabularySize: architecture.vocabularySize)
        {
            architecture.rotary = rotary
        }
        check("params_exact", architecture.parameterCount, &row)
        check("active_exact", architecture.activeParameterCount, &row)
    }

    /// What a row that is refused holds until the refusal is thrown.
    private static let placeholder = Architecture(
        family: .llama, vocabularySize: 1, hiddenWidth: 1, layerCount: 1, headCount: 1,
        keyValueHeadCount: 1, headWidth: 1, feedForwardWidth: 1, contextLength: 1)

    private func check(_ column: String, _ counted: Int, _ row: inout CSVRowReader) {
        guard row.problems.isEmpty, let stated = row.integer(column), stated != counted else {
            return
        }
        row.reject(column, "\(column) is \(stated), the sizes make \(counted) parameters")
    }
}
