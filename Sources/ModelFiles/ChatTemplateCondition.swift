/// The inside of a Jinja `if`, `elif` or `for`, as far as it can be settled before any message is
/// known: no conversation here has tools.
struct ChatTemplateCondition {
    private let text: String

    init(_ body: String) { text = body.replacing("\"", with: "'") }

    /// Whether the condition fails because it asks for tools.
    var isFalseWithoutTools: Bool {
        // A negated group could turn what is false into what is true.
        guard !text.contains("not (") && !text.contains("not(") else { return false }
        let alternatives = split(dropping: ["if", "elif"], at: "or")
        return alternatives.allSatisfy { alternative in
            alternative.split(separator: "and").contains { clause in
                Self.falseClauses.contains(Self.normalized(clause))
            }
        }
    }

    /// Whether a loop runs over tools or tool calls, of which there are none.
    var loopsOverTools: Bool {
        guard let list = split(dropping: ["for"], at: "in").last else { return false }
        return ["tools", "message.tool_calls"].contains(Self.normalized(list[...]))
    }

    private func split(dropping keywords: Set<String>, at separator: String) -> [[String]] {
        var words = text.replacing("(", with: " ").replacing(")", with: " ")
            .split { " \n\t\r".contains($0) }.map(String.init)
        if words.first == "-" || words.first == "+" { words.removeFirst() }
        if let first = words.first, keywords.contains(first.replacing("-", with: "")) {
            words.removeFirst()
        }
        if words.last == "-" { words.removeLast() }
        return words.split(separator: separator).map(Array.init)
    }

    private static func normalized(_ words: ArraySlice<String>) -> String {
        words.joined(separator: " ").replacing("['", with: ".").replacing("']", with: "")
    }

    private static let falseClauses: Set<String> = [
        "tools", "tools is defined", "tools is not none", "not tools is none",
        "custom_tools is defined", "builtin_tools is defined", "'tool_calls' in message",
        "message.tool_calls", "message.tool_calls is defined", "message.tool_calls is not none",
        "message.role == 'tool'", "message.role == 'tool_results'",
        "message.role == 'tool_calls'", "message.role == 'ipython'",
        "message.reasoning_content is string",
    ]
}
