import Quantities

/// What a provider asks for tokens of a hosted model, or for fine-tuning it there.
package struct APIPrice: Sendable, Hashable {
    /// The provider.
    package var provider: String
    /// The model, or the size class that a fine-tuning price is for.
    package var model: String
    /// A million prompt tokens.
    package var input: USD?
    /// A million prompt tokens read from the provider's cache.
    package var cachedInput: USD?
    /// A million generated tokens.
    package var output: USD?
    /// The part of the price that batch requests save, from 0 to 1.
    package var batchDiscount: Double?
    /// The longest prompt, in tokens.
    package var contextLength: Int?
    /// A million training tokens of managed fine-tuning.
    package var training: USD?
    /// A million prompt tokens of the fine-tuned model.
    package var tunedInput: USD?
    /// A million generated tokens of the fine-tuned model.
    package var tunedOutput: USD?
    /// Where and when the price was read.
    package var provenance: Provenance
    /// Conditions, deprecations.
    package var notes: String?

    /// A price that was not read from our own file.
    package init(
        provider: String, model: String, input: USD? = nil, cachedInput: USD? = nil,
        output: USD? = nil, batchDiscount: Double? = nil, contextLength: Int? = nil,
        training: USD? = nil, tunedInput: USD? = nil, tunedOutput: USD? = nil,
        provenance: Provenance, notes: String? = nil
    ) {
        self.provider = provider
        self.model = model
        self.input = input
        self.cachedInput = cachedInput
        self.output = output
        self.batchDiscount = batchDiscount
        self.contextLength = contextLength
        self.training = training
        self.tunedInput = tunedInput
        self.tunedOutput = tunedOutput
        self.provenance = provenance
        self.notes = notes
    }

    /// Whether the row prices managed fine-tuning.
    package var offersFineTuning: Bool { training != nil }
    /// Whether the row prices the model as it is.
    package var offersInference: Bool { input != nil && output != nil }

    static let columns = [
        "provider", "model", "input_usd_per_mtok", "output_usd_per_mtok",
        "finetune_train_usd_per_mtok", "date", "source",
    ]

    init(_ row: inout CSVRowReader) {
        provider = row.requiredText("provider")
        model = row.requiredText("model")
        func price(_ column: String) -> USD? {
            // A price of zero is how other catalogs write "unknown" or "free preview".
            row.number(column, in: 0.000_001 ... 1e5).map { USD($0) }
        }
        input = price("input_usd_per_mtok")
        cachedInput = price("cached_input_usd_per_mtok")
        output = price("output_usd_per_mtok")
        batchDiscount = row.number("batch_discount", in: 0 ... 1)
        contextLength = row.integer("context_window", in: 1 ... 1_000_000_000)
        training = price("finetune_train_usd_per_mtok")
        tunedInput = price("finetuned_input_usd_per_mtok")
        tunedOutput = price("finetuned_output_usd_per_mtok")
        if input == nil, output == nil, training == nil {
            row.reject("input_usd_per_mtok", "the row has neither a token nor a training price")
        }
        provenance = row.provenance()
        notes = row.text("notes")
    }
}
