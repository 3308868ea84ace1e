import Foundation
import ModelFiles

/// How many fields of a JSON object a model got right.
package struct FieldCounts: Sendable, Hashable {
    /// Fields of the reference that the output has with the same value.
    package var matched = 0
    /// Fields of both with different values.
    package var wrong = 0
    /// Fields of the reference that the output lacks.
    package var missing = 0
    /// Fields of the output that the reference lacks.
    package var extra = 0

    package init(matched: Int = 0, wrong: Int = 0, missing: Int = 0, extra: Int = 0) {
        self.matched = matched
        self.wrong = wrong
        self.missing = missing
        self.extra = extra
    }

    /// matched ÷ fields of the output; 1 where it has none.
    package var precision: Double { ratio(matched, matched + wrong + extra) }
    /// matched ÷ fields of the reference; 1 where it has none.
    package var recall: Double { ratio(matched, matched + wrong + missing) }
    /// The harmonic mean of precision and recall: 2·matched ÷ fields of both.
    package var f1: Double { ratio(2 * matched, 2 * (matched + wrong) + extra + missing) }

    private func ratio(_ part: Int, _ whole: Int) -> Double {
        whole == 0 ? 1 : Double(part) / Double(whole)
    }

    package static func += (a: inout FieldCounts, b: FieldCounts) {
        a.matched += b.matched
        a.wrong += b.wrong
        a.missing += b.missing
        a.extra += b.extra
    }
}

/// How one output of a model compares with the answer wanted.
package struct ResponseScore: Sendable, Hashable {
    /// Whether both are the same text, white space at the ends aside.
    package let isExactMatch: Bool
    /// Whether the output is one JSON value and nothing else.
    package let isValidJSON: Bool
    /// The fields, where the reference is a JSON object.
    package let fields: FieldCounts?

    /// Compares an output with the answer wanted.
    ///
    /// Fields are the leaves of the JSON objects by their pointer (RFC 6901); numbers are compared
    /// as numbers, so 1 and 1.0 agree. Output that is not JSON lacks every field.
    package init(output: String, reference: String) {
        let output = output.trimmingCharacters(in: .whitespacesAndNewlines)
        let reference = reference.trimmingCharacters(in: .whitespacesAndNewlines)
        isExactMatch = output == reference
        let value = jsonValue(of: output)
        isValidJSON = value != nil
        guard let wanted = jsonValue(of: reference), wanted.object != nil else {
            fields = nil
            return
        }
        let expected = leaves(of: wanted)
        let found = value.map { leaves(of: $0) } ?? [:]
        var counts = FieldCounts()
        for (pointer, leaf) in expected {
            guard let other = found[pointer] else {
                counts.missing += 1
                continue
            }
            if agree(leaf, other) { counts.matched += 1 } else { counts.wrong += 1 }
        }
        counts.extra = found.keys.count { expected[$0] == nil }
        fields = counts
    }
}

/// The scores of many outputs together.
package struct ScoreSummary: Sendable, Hashable {
    /// How many outputs were compared.
    package private(set) var count = 0
    /// How many were exactly the answer wanted.
    package private(set) var exactMatches = 0
    /// How many were valid JSON.
    package private(set) var validJSON = 0
    /// How many references were JSON objects.
    package private(set) var objectCount = 0
    /// The fields of all of them together, for micro-averaged precision, recall and F1.
    package private(set) var fields = FieldCounts()

    package init(_ scores: some Sequence<ResponseScore>) {
        for score in scores {
            count += 1
            exactMatches += score.isExactMatch ? 1 : 0
            validJSON += score.isValidJSON ? 1 : 0
            if let counts = score.fields {
                objectCount += 1
                fields += counts
            }
        }
    }
}

/// The value of text that is one JSON document and nothing else.
private func jsonValue(of text: String) -> JSONValue? {
    do {
        return try JSONValue.parse(Array(text.utf8), path: "")
    } catch {
        return nil
    }
}

/// Whether two leaves say the same.
private func agree(_ a: JSONValue, _ b: JSONValue) -> Bool {
    switch (a, b) {
    case (.integer(let whole), .number(let number)), (.number(let number), .integer(let whole)):
        return Int(exactly: number) == whole
    default: return a == b
    }
}

/// The leaves of a JSON value by their pointers; empty lists and objects inside it are leaves too.
private func leaves(of value: JSONValue) -> [String: JSONValue] {
    var leaves: [String: JSONValue] = [:]
    func visit(_ value: JSONValue, _ pointer: String) {
        switch value {
        case .object(let object) where object.count > 0 || pointer.isEmpty:
            for member in object.members {
                let escaped = member.key.replacingOccurrences(of: "~", with: "~0")
                    .replacingOccurrences(of: "/", with: "~1")
                visit(member.value, "\(pointer)/\(escaped)")
            }
        case .array(let list) where !list.isEmpty:
            for (index, part) in list.enumerated() { visit(part, "\(pointer)/\(index)") }
        default: leaves[pointer] = value
        }
    }
    visit(value, "")
    return leaves
}
