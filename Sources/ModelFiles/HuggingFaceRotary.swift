import Architectures
import Quantities

extension ConfigurationReader {
    /// The rotary settings: nested `rope_parameters` of transformers 5, or `rope_theta` and
    /// `rope_scaling` of version 4.
    func rotary(contextLength: Int) throws(ModelFileError) -> Architecture.Rotary {
        try refusePartialRotation()
        let theta = try double("rope_theta") ?? 10_000
        for key in ["rope_scaling", "rope_parameters"] {
            guard let value = self[key] else { continue }
            let inner = try ConfigurationReader(value, path: path, prefix: "\(key).")
            if inner.object.count == 0 { continue }
            try inner.refusePartialRotation()
            return Architecture.Rotary(
                theta: try inner.double("rope_theta") ?? theta,
                scaling: try inner.rotaryScaling(contextLength: contextLength))
        }
        return Architecture.Rotary(theta: theta)
    }

    private func refusePartialRotation() throws(ModelFileError) {
        if let part = try double("partial_rotary_factor"), part != 1 {
            throw unsupported(
                "partial_rotary_factor", "only whole heads are rotated here, not \(part) of each")
        }
    }

    private func rotaryScaling(
        contextLength: Int
    ) throws(ModelFileError) -> Architecture.Rotary.Scaling {
        if let nested = object.members.first(where: { $0.value.object != nil }) {
            throw unsupported(nested.key, "settings by layer type do not run here")
        }
        let legacyType = try string("type")
        let type = try string("rope_type") ?? legacyType ?? "default"
        switch type {
        case "default": return .none
        case "linear": return .linear(factor: try requiredDouble("factor"))
        case "llama3":
            return .llama3(
                factor: try requiredDouble("factor"),
                lowFrequencyFactor: try requiredDouble("low_freq_factor"),
                highFrequencyFactor: try requiredDouble("high_freq_factor"),
                originalContextLength: try int("original_max_position_embeddings")
                    ?? contextLength)
        default:
            let known = ["default", "linear", "llama3"]
            let near = nearest(to: type, among: known).map { "; did you mean \(quoted($0))?" }
            throw unsupported(
                object["rope_type"] == nil ? "type" : "rope_type",
                "the scaling \(quoted(type)) does not run here; "
                    + known.joined(separator: ", ") + " do" + (near ?? ""))
        }
    }
}

extension Architecture.Rotary {
    /// The members `rope_theta` and `rope_scaling`, which transformers 4 and 5 both read.
    var configuration: JSONObject {
        let stretched: JSONValue =
            switch scaling {
            case .none: .null
            case .linear(let factor):
                .object(["rope_type": .string("linear"), "factor": .number(factor)])
            case .llama3(let factor, let low, let high, let original):
                .object([
                    "rope_type": .string("llama3"), "factor": .number(factor),
                    "low_freq_factor": .number(low), "high_freq_factor": .number(high),
                    "original_max_position_embeddings": .integer(original),
                ])
            }
        return ["rope_theta": .number(theta), "rope_scaling": stretched]
    }
}
