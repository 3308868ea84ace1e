import Architectures

/// One checkpoint, or one size of a family, of the model catalog.
package struct ModelEntry: Sendable, Hashable {
    /// The name on the Hugging Face hub, owner included.
    package var identifier: String
    /// The family, which decides how the parameters are counted.
    package var family: ModelFamily
    /// The dimensions.
    package var shape: ModelShape
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
        identifier: String, family: ModelFamily, shape: ModelShape, feedForwardKind: String,
        license: String? = nil, release: StatedDate? = nil, source: String,
        parameterCheck: String? = nil, notes: String? = nil
    ) {
        self.identifier = identifier
        self.family = family
        self.shape = shape
        self.feedForwardKind = feedForwardKind
        self.license = license
        self.release = release
        self.source = source
        self.parameterCheck = parameterCheck
        self.notes = notes
    }

    /// The number of parameters, counted from the shape.
    package var parameterCount: Int { shape.parameterCount(of: family) }
    /// The parameters that take part in one token.
    package var activeParameterCount: Int { shape.activeParameterCount(of: family) }
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
        let name = row.requiredText("family")
        family = ModelFamily(rawValue: name) ?? .llama3
        if ModelFamily(rawValue: name) == nil, !name.isEmpty {
            let known = ModelFamily.allCases.map(\.rawValue).joined(separator: ", ")
            row.reject("family", "unknown family \"\(name)\", expected one of \(known)")
        }
        shape = ModelShape(&row)
        feedForwardKind = row.text("mlp_type") ?? ""
        license = row.text("license")
        release = row.text("release").map { StatedDate($0) }
        source = row.requiredText("source")
        parameterCheck = row.text("params_check")
        notes = row.text("notes")
        check("params_exact", shape.parameterCount(of: family), &row)
        check("active_exact", shape.activeParameterCount(of: family), &row)
    }

    private func check(_ column: String, _ counted: Int, _ row: inout CSVRowReader) {
        guard row.problems.isEmpty, let stated = row.integer(column), stated != counted else {
            return
        }
        row.reject(column, "\(column) is \(stated), the shape has \(counted) parameters")
    }
}
