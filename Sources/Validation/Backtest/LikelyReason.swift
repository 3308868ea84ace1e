import Catalog
import Foundation

extension BacktestRow {
    /// What most likely explains an error, judged by what the row leaves open.
    package var likelyReason: String {
        let notes = measurement.run.notes ?? ""
        let name = measurement.run.framework ?? ""
        if framework == FrameworkName.other.rawValue {
            return "the habits of \(name) are not modelled; those of transformers stand in"
        }
        if prediction?.shortest != nil, (signedError ?? 0) < 0 {
            return
                "above the prediction at the maximum length, which the row says was never reached"
        }
        if notes.contains("unit as given: GB") || notes.contains("memory printed as GB") {
            return "the unit is not certain: printed as GB, which is 7% less than GiB"
        }
        if measurement.kind == .unknown {
            let kind = prediction?.kind.rawValue ?? ""
            return "the source does not say what was measured; taken for \(kind)"
        }
        if measurement.offload.map({ $0.lowercased() != "none" }) ?? false {
            return "offloading (\(measurement.offload ?? "")) keeps buffers that are not modelled"
        }
        let guesses = assumed.filter { !$0.hasPrefix("the fullest microbatch") }
        if !guesses.isEmpty { return "cells that were assumed: \(guesses.joined(separator: "; "))" }
        if prediction?.kind == .device {
            return "the device also holds what the allocator cached at any time of the run"
        }
        return "nothing in the row; a habit of \(framework) that the profile lacks"
    }

    /// What the notes of the row say, without the quality tag and figures.
    package var whatTheRowSays: String {
        (measurement.run.notes ?? "").split(separator: ";")
            .map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("q=") && !$0.contains("_gib=") }
            .joined(separator: "; ")
    }
}
