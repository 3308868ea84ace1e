import Reporting
import Training

extension [TokenisedRowDump] {
    /// The rows in a format: JSON has a row on each line, the others a token.
    func text(as format: OutputFormat) -> String {
        switch format {
        case .json:
            "[" + map { "\n" + $0.json.text(.compact) }.joined(separator: ",") + "\n]"
        case .table, .markdown, .csv:
            makeTable().text(as: format, style: .detected(descriptor: 1))
        }
    }

    private func makeTable() -> Table {
        var table = Table(columns: [
            .init("line"), .init("side"), .init("position"), .init("id"), .init("mask"),
            .init("text"),
        ])
        for row in self {
            for (position, entry) in row.entries.enumerated() {
                table.append([
                    .integer(row.line), .text(row.side?.rawValue ?? ""), .integer(position),
                    .integer(Int(entry.token)), .integer(entry.isTarget ? 1 : 0),
                    .text(Reporting.JSONValue.string(entry.piece).text(.compact)),
                ])
            }
        }
        return table
    }
}

extension TokenisedRowDump {
    /// Ids and mask as two lists of the same length.
    fileprivate var json: Reporting.JSONValue {
        var members: [Reporting.JSONValue.Member] = [.init("line", .count(line))]
        if let side { members.append(.init("side", .string(side.rawValue))) }
        members += [
            .init("ids", .array(entries.map { .integer(Int64($0.token)) })),
            .init("mask", .array(entries.map { .integer($0.isTarget ? 1 : 0) })),
        ]
        return .object(members)
    }
}
