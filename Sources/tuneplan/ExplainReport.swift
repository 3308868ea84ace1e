import Catalog
import Planning
import Quantities
import Reporting
import Simulation
import StepPrograms
import Validation

/// An explanation as tables, a document, JSON, a chart and a trace.
struct ExplainReport {
    /// What is explained, in words.
    let title: String
    /// The GPU it is compared with.
    let device: Device?
    /// How long ops take on it.
    let timing: StepTiming?
    /// The explanation.
    let explanation: Explanation
    /// The row that was measured, when one is explained.
    let measured: MemoryMeasurement?

    private var tables: ExplainTables { ExplainTables(explanation: explanation) }

    /// The explanation in the form of standard output; programs that read CSV get the levers.
    func text(as format: OutputFormat) -> String {
        switch format {
        case .json: json.text(.pretty) + "\n"
        case .csv: tables.levers.text(as: .csv)
        case .markdown: document(chart: nil).text
        case .table:
            ([title, verdict].compactMap { $0 }.joined(separator: "\n") + "\n\n")
                + [tables.figures, tables.roles, tables.tensors(12), tables.levers]
                .map { $0.text(as: .table, style: TerminalStyle.detected(descriptor: 1)) }
                .joined(separator: "\n")
        }
    }

    /// Writes report.md, tensors.csv, levers.csv, explain.json, timeline.svg and trace.json.
    func write(to folder: inout ReportFolder) throws {
        let timeline = StepTimeline(explanation, timing: timing)
        try folder.write(document(chart: "timeline.svg").text, as: "report.md")
        try folder.write(tables.tensors(.max).text(as: .csv), as: "tensors.csv")
        try folder.write(tables.levers.text(as: .csv), as: "levers.csv")
        try folder.write(json.text(.pretty) + "\n", as: "explain.json")
        try folder.write(timeline.svg(title: title), as: "timeline.svg")
        try folder.write(timeline.trace(title: title), as: "trace.json")
    }

    /// Why the run does not fit; nil when it does or no GPU is named.
    var missing: String? {
        guard let device, let process = explanation.figures[.device], process.fits == false
        else { return nil }
        return
            "\(title) does not fit \(device.name): the process needs \(process.estimate.likely), "
            + "the GPU has \(device.memory)"
    }

    /// Where the peak is, and whether it fits.
    private var verdict: String {
        var parts = ["Peak: \(explanation.derived.peakOp)."]
        if let step = explanation.step {
            parts.append("A step takes \(step) on \(device?.name ?? "").")
        }
        if let device, let process = explanation.figures[.device], let fits = process.fits {
            let room = device.memory - process.estimate.likely
            parts.append(
                fits
                    ? "It fits \(device.name) with \(room) to spare of \(device.memory)."
                    : "It does not fit \(device.name), which has \(device.memory).")
        }
        if let peak = measured?.peak, let kind = measured?.kind {
            parts.append("Measured: \(peak) (\(kind.rawValue)).")
        }
        if !explanation.run.assumed.isEmpty {
            parts.append("Assumed: \(explanation.run.assumed.joined(separator: "; ")).")
        }
        return parts.joined(separator: " ")
    }

    private func document(chart: String?) -> Document {
        var document = Document()
        document.heading("Memory of \(title)", level: 1)
        document.paragraph(markdownEscaped(verdict))
        document.table(tables.figures)
        document.table(tables.roles)
        if let chart { document.image(chart, description: "Memory by role over one step") }
        document.table(tables.tensors(25))
        document.table(tables.levers)
        return document
    }

    /// The explanation for programs; memory in bytes, time in seconds.
    private var json: Reporting.JSONValue {
        [
            "run": .string(title), "gpu": .optional(device?.name),
            "peak_op": .string(explanation.derived.peakOp),
            "fits": explanation.figures[.device]?.fits.map { .bool($0) } ?? .null,
            "step_seconds": .optional(explanation.step?.rawValue),
            "figures": tables.figures.json, "roles": tables.roles.json,
            "tensors": tables.tensors(25).json, "levers": tables.levers.json,
            "assumed": .strings(explanation.run.assumed),
        ]
    }
}
