/// Why a plan cannot be made from what was asked or measured.
///
/// That nothing fits or is affordable is no error: see ``Rejection``.
package enum PlanError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A number that must be positive is not.
    case notPositive(what: String, value: String)
    /// A number is larger than any run has.
    case tooLarge(what: String, value: String, limit: String)
    /// The sequence length is more than the model was made for.
    case sequenceTooLong(length: Int, context: Int)
    /// The local engine does not run the model.
    case notRunnable(model: String, reason: String)
    /// Nothing was asked for.
    case noStrategies
    /// A strategy that nobody knows.
    case unknownStrategy(name: String, suggestion: String?)
    /// A provider that no price names.
    case unknownProvider(name: String, suggestion: String?, known: [String])
    /// A training framework that nobody knows.
    case unknownProfile(name: String, known: [String])
    /// A hosted model that the catalog has no price of.
    case unknownHostedModel(name: String, suggestion: String?)
    /// No instance is left to plan for.
    case noInstances
    /// The adapter is as wide as the layers it adapts.
    case rankTooHigh(rank: Int, width: Int)
    /// The measurements do not hold what a fit needs.
    case noMeasurements(of: String)
    /// A step could not be built, which is a mistake of this program.
    case program(strategy: String, reason: String)

    package var description: String {
        func hint(_ name: String?) -> String { name.map { " Did you mean \"\($0)\"?" } ?? "" }
        switch self {
        case .notPositive(let what, let value):
            return "The \(what) is \(value); it must be more than zero."
        case .tooLarge(let what, let value, let limit):
            return "The \(what) is \(value); it must be at most \(limit)."
        case .sequenceTooLong(let length, let context):
            return "The sequence length is \(length), but the model was made for at most "
                + "\(context) tokens."
        case .notRunnable(let model, let reason):
            return "\(model) cannot be planned for the local profile: \(reason)."
        case .noStrategies:
            return "No strategy was named; name one of \(StrategyName.list), or all."
        case .unknownStrategy(let name, let suggestion):
            let rest = hint(suggestion)
            return "Unknown strategy \"\(name)\"."
                + (rest.isEmpty ? " Strategies are \(StrategyName.list) and all." : rest)
        case .unknownProvider(let name, let suggestion, let known):
            let rest = hint(suggestion)
            return "Unknown provider \"\(name)\"."
                + (rest.isEmpty ? " Providers are \(known.joined(separator: ", "))." : rest)
        case .unknownProfile(let name, let known):
            return "Unknown profile \"\(name)\". Profiles are \(known.joined(separator: " and "))."
        case .unknownHostedModel(let name, let suggestion):
            let rest = hint(suggestion)
            return "No price of a hosted model called \"\(name)\" is in the catalog."
                + (rest.isEmpty ? " See data/catalogs/api_prices.csv." : rest)
        case .noInstances:
            return "The catalog has no instance with these GPUs at these providers; name fewer "
                + "filters."
        case .rankTooHigh(let rank, let width):
            return "The rank is \(rank), but the narrowest adapted layer is \(width) wide; a rank "
                + "must be less."
        case .noMeasurements(let what):
            return "The measurements hold no usable row of \(what)."
        case .program(let strategy, let reason):
            return "The step of \(strategy) could not be built: \(reason)."
        }
    }
}
