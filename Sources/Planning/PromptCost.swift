import Catalog
import Quantities
import TrainingSteps

/// What it costs to use a hosted model as it is.
package struct PromptCost: Sendable, Hashable {
    /// The hosted model with its prices.
    package let price: APIPrice
    /// Worked examples in each prompt.
    package let shots: Int
    /// Prompts of the evaluation.
    package let evaluationRequests: Int
    /// Tokens that one request reads.
    package let inputTokens: Double
    /// Tokens that one request writes.
    package let outputTokens: Double
    /// One request.
    package let perRequest: Estimate<USD>
    /// The whole evaluation.
    package let evaluation: Estimate<USD>
    /// A month of use, when a volume was stated.
    package let month: Estimate<USD>?
    /// Whether the price may be older than three months.
    package let priceIsStale: Bool

    /// Prices an evaluation, and a month of use when its requests are stated; nil when the catalog has
    /// no price of this model.
    ///
    /// - Throws: `PlanError` when a hosted model was named that the catalog does not have.
    package init?(_ request: PlanRequest, shots: Int, catalog: Catalog) throws(PlanError) {
        let hosted = catalog.apiPrices.filter(\.offersInference)
        let wanted = request.prompting.hostedModel ?? request.modelName
        let matches = hosted.filter { Self.names(wanted, match: $0.model) }
        if matches.isEmpty, request.prompting.hostedModel != nil {
            throw .unknownHostedModel(
                name: wanted, suggestion: nearest(to: wanted, among: hosted.map(\.model)))
        }
        let mean = request.data.lengths.mean(limit: request.sequenceLength)
        let outputTokens = mean * request.prompting.outputShare
        let inputTokens = mean - outputTokens + Double(shots) * mean
        func cost(_ price: APIPrice) -> USD {
            ((price.input ?? .zero) * inputTokens + (price.output ?? .zero) * outputTokens) * 1e-6
        }
        guard let price = matches.min(by: { cost($0) < cost($1) }) else { return nil }
        self.price = price
        self.shots = shots
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        evaluationRequests =
            request.prompting.evaluationExamples ?? max(1, request.data.examples / 10)
        let share = "\(fixed(request.prompting.outputShare * 100, 0))% of an example's tokens"
        let perRequest = Estimate(
            low: cost(price), likely: cost(price), high: cost(price),
            basis: [
                request.data.basis, .catalog(price.provenance.date),
                .assumed("the model writes \(share)"),
            ])
        self.perRequest = perRequest
        let requests = Double(evaluationRequests)
        evaluation = perRequest.map { $0 * requests }
        month = request.prompting.monthlyRequests.map { count in
            perRequest.map { $0 * Double(count) }
        }
        priceIsStale = price.provenance.date.isStale(
            on: request.day, after: Candidate.staleAfterDays)
    }

    /// Whether a hosted model is the wanted one: its name, owner left out, begins with the wanted name
    /// and goes on with nothing but the words of instruction-tuned and speed variants.
    static func names(_ wanted: String, match hosted: String) -> Bool {
        func words(_ name: String) -> [String] {
            let last = name.split(separator: "/").last.map(String.init) ?? name
            return last.lowercased().split { "-_ :".contains($0) }
                .map(String.init).filter {
                    !["meta", "instruct", "turbo", "it", "hf"].contains($0)
                }
        }
        return words(wanted) == words(hosted)
    }
}
