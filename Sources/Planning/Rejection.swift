import Quantities

/// Why a strategy was not planned on an instance, with the number that decided it.
package enum Rejection: Sendable, Hashable {
    /// Even the smallest configuration takes more memory than the device has, head-room included.
    case doesNotFit(needed: Bytes, available: Bytes)
    /// Nobody sells it at a fixed price; perhaps at a spot price.
    case noPrice(spot: USDPerHour?)
    /// Weights are trained in bfloat16, which the device has no matrix units for.
    case noBF16
    /// The instance has several devices, and one is planned for.
    case severalDevices(count: Int)
    /// The training program does not run on devices of this vendor.
    case unsupportedVendor(String)
    /// The device has no rate for the format of the training program.
    case noRate(String)
    /// The run would cost more than the budget.
    case overBudget(cost: USD, limit: USD)
    /// The run would take longer than the deadline.
    case missesDeadline(needed: Seconds, limit: Seconds)

    /// The reason without its numbers.
    package var reason: String {
        switch self {
        case .doesNotFit: "does not fit"
        case .noPrice: "no on-demand price"
        case .noBF16: "no bfloat16"
        case .severalDevices: "several GPUs"
        case .unsupportedVendor: "vendor not supported"
        case .noRate: "no rate for the format"
        case .overBudget: "over budget"
        case .missesDeadline: "misses the deadline"
        }
    }

    /// How far the deciding number is from what would be accepted: 1 is just there; nil where the
    /// reason has no degree.
    package var excess: Double? {
        switch self {
        case .doesNotFit(let needed, let available): needed / available
        case .severalDevices(let count): Double(count)
        case .overBudget(let cost, let limit): cost / limit
        case .missesDeadline(let needed, let limit): needed / limit
        case .noPrice, .noBF16, .unsupportedVendor, .noRate: nil
        }
    }
}

extension Rejection: CustomStringConvertible {
    package var description: String {
        switch self {
        case .doesNotFit(let needed, let available):
            "needs \(needed) with head-room, has \(available)"
        case .noPrice(let spot?): "is sold at a spot price only (\(spot))"
        case .noPrice(nil): "has no price"
        case .noBF16: "has no bfloat16 matrix units, in which these weights are trained"
        case .severalDevices(let count): "has \(count) GPUs; one is planned for"
        case .unsupportedVendor(let vendor): "is made by \(vendor), where this profile does not run"
        case .noRate(let format): "has no stated rate for \(format)"
        case .overBudget(let cost, let limit): "would cost \(cost), the limit is \(limit)"
        case .missesDeadline(let needed, let limit): "would take \(needed), the limit is \(limit)"
        }
    }
}

/// Something that was accepted, or why it was not.
package enum Verdict<Value: Sendable>: Sendable {
    case accepted(Value)
    case rejected(Rejection)
}

/// A strategy on an instance that was turned down.
package struct RejectedPlacement: Sendable, Hashable {
    /// The strategy.
    package let strategy: StrategyName
    /// The provider of the instance.
    package let provider: String
    /// The instance.
    package let instance: String
    /// The device in it.
    package let device: String
    /// Why.
    package let rejection: Rejection
}

/// All placements turned down for one reason.
package struct RejectionSummary: Sendable, Hashable {
    /// The reason.
    package let reason: String
    /// How many there are.
    package let count: Int
    /// The one that came nearest to being accepted.
    package let nearestMiss: RejectedPlacement

    /// The reasons, the most frequent first.
    package static func summarize(_ rejected: [RejectedPlacement]) -> [RejectionSummary] {
        Dictionary(grouping: rejected, by: \.rejection.reason)
            .compactMap { reason, placements in
                placements.min { ($0.rejection.excess ?? 1) < ($1.rejection.excess ?? 1) }
                    .map {
                        RejectionSummary(reason: reason, count: placements.count, nearestMiss: $0)
                    }
            }
            .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }
}
