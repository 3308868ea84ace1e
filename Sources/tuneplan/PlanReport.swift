import Catalog
import Foundation
import Planning
import Quantities
import Reporting
import StepPrograms
import TrainingSteps

/// A plan as tables, a document and JSON.
struct PlanReport {
    let plan: Plan

    init(_ plan: Plan) { self.plan = plan }

    /// The plan in the form of standard output.
    func text(as format: OutputFormat) -> String {
        switch format {
        case .json: json.text(.pretty)
        case .csv: PlanTables.candidates(plan.cheapest).text(as: .csv)
        case .markdown: document(chart: nil).text
        case .table: terminalText
        }
    }

    /// Writes report.md, candidates.csv, plan.json and memory.svg.
    func write(to folder: inout ReportFolder) throws {
        let chart = plan.cheapest.isEmpty ? nil : "memory.svg"
        try folder.write(document(chart: chart).text, as: "report.md")
        try folder.write(
            PlanTables.candidates(plan.candidates).text(as: .csv), as: "candidates.csv")
        try folder.write(json.text(.pretty) + "\n", as: "plan.json")
        if let chart { try folder.write(PlanTables.memoryChart(plan).svg(), as: chart) }
    }

    private var terminalText: String {
        let style = TerminalStyle.detected(descriptor: 1)
        var parts = [PlanTables.summary(plan).text(as: .table, style: style)]
        if !plan.unanswered.isEmpty { parts.append(list("Without an answer", plan.unanswered)) }
        if !plan.rejected.isEmpty {
            parts.append(PlanTables.rejections(plan).text(as: .table, style: style))
        }
        parts.append(list("What this rests on", plan.assumptions))
        return parts.joined(separator: "\n")
    }

    private func list(_ title: String, _ lines: [String]) -> String {
        ([title] + lines.map { "  - \($0)" }).joined(separator: "\n") + "\n"
    }

    private func document(chart: String?) -> Document {
        var document = Document()
        document.heading("Plan for \(plan.request.modelName)", level: 1)
        document.table(PlanTables.summary(plan))
        if let chart { document.image(chart, description: "Peak memory of each strategy by role") }
        if !plan.unanswered.isEmpty {
            document.heading("Without an answer")
            document.list(plan.unanswered.map(markdownEscaped))
        }
        if !plan.rejected.isEmpty {
            document.heading("Rejections")
            document.table(PlanTables.rejections(plan))
        }
        document.heading("What this rests on")
        document.list(plan.assumptions.map(markdownEscaped))
        return document
    }

    /// The plan for programs: the request, the cheapest candidates, all rejections by reason.
    var json: Reporting.JSONValue {
        let request = plan.request
        return [
            "request": [
                "model": .string(request.modelName),
                "parameters": .count(request.architecture.parameterCount),
                "examples": .count(request.data.examples),
                "tokens_per_example_mean": .number(
                    request.data.lengths.mean(limit: request.sequenceLength)),
                "epochs": .count(request.epochs), "batch_size": .count(request.batchSize),
                "sequence_length": .count(request.sequenceLength),
                "profile": .string(request.profile.rawValue),
            ],
            "cheapest": .array(plan.cheapest.map(PlanTables.json)),
            "prompt_only": plan.prompt.map(PlanTables.json) ?? .null,
            "unanswered": .strings(plan.unanswered),
            "rejections": PlanTables.rejections(plan).json,
            "assumptions": .strings(plan.assumptions),
        ]
    }
}
