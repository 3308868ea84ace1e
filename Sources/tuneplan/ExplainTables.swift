import Catalog
import Planning
import Quantities
import Reporting
import StepPrograms
import Validation

/// The tables of an explanation.
struct ExplainTables {
    let explanation: Explanation

    /// Live tensors, reserved and process memory with their ranges.
    var figures: Table {
        var table = Table(
            columns: [
                .init("figure"), .init("low", key: "low_bytes"),
                .init("likely", key: "likely_bytes"),
                .init("high", key: "high_bytes"), .init("basis"),
            ])
        let names: [(MemoryMeasurement.Kind, String)] = [
            (.allocated, "allocated"), (.reserved, "reserved"), (.device, "process"),
        ]
        for (kind, name) in names {
            guard let estimate = explanation.figures[kind]?.estimate else { continue }
            table.append([
                .text(name), .quantity(estimate.low), .quantity(estimate.likely),
                .quantity(estimate.high),
                .text(estimate.basis.map(\.description).joined(separator: "; ")),
            ])
        }
        return table
    }

    /// The peak by role, which sums to the derived live tensors.
    var roles: Table {
        var table = Table(
            "At the peak by role",
            columns: [.init("role"), .init("memory", key: "bytes"), .init("share")])
        let total = explanation.derived.byRole.values.reduce(Bytes.zero, +)
        let sorted = explanation.derived.byRole.sorted {
            ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue)
        }
        for (role, bytes) in sorted where bytes > .zero {
            table.append([.text(role.rawValue), .quantity(bytes), .percent(bytes / total)])
        }
        table.append([.text("all"), .quantity(total), .percent(1)])
        return table
    }

    /// The largest tensors that live at the peak.
    func tensors(_ count: Int) -> Table {
        var table = Table(
            "Largest live tensors at the peak",
            columns: [
                .init("name"), .init("scope"), .init("role"), .init("shape"), .init("format"),
                .init("count"), .init("memory", key: "bytes"),
            ])
        for tensor in explanation.tensors.prefix(count) {
            table.append([
                .text(tensor.name), .text(tensor.scope), .text(tensor.role.rawValue),
                .text(tensor.shape.description), .text(tensor.format.name),
                .integer(tensor.count), .quantity(tensor.bytes),
            ])
        }
        return table
    }

    /// What would lower the peak.
    var levers: Table {
        var table = Table(
            "What would lower it",
            columns: [
                .init("change"), .init("saves", key: "saved_bytes"),
                .init("process", key: "process_bytes"),
                .init("allocated", key: "allocated_bytes"), .init("time", key: "time_change"),
            ])
        for effect in explanation.effects {
            table.append([
                .text(effect.lever.name), .quantity(effect.saved), .quantity(effect.process),
                .quantity(effect.allocated),
                effect.timeChange.map { change in
                    Cell(
                        text: "\(change < 0 ? "" : "+")\(fixed(change * 100, 1))%",
                        value: .number(change))
                } ?? .empty,
            ])
        }
        table.notes =
            explanation.step == nil
            ? ["Times need a GPU."]
            : ["Time of a step of as many sequences; empty where bytes pass between GPU and host."]
        return table
    }
}
