import ModelFiles
import Quantities

extension RowFault {
    /// A key is missing; a similar one is pointed at.
    static func missing(_ key: String, in row: JSONObject, of subject: String) -> RowFault {
        let hint = suggestion(for: key, in: row).map { "; did you mean it by \(quoted($0))?" }
        return RowFault("missing key \"\(key)\", which \(subject) must have\(hint ?? ".")")
    }
}

/// The key of a row that was likely meant to be `key`.
func suggestion(for key: String, in row: JSONObject) -> String? {
    nearest(to: key, among: row.keys)
}

/// The string under a key.
func string(_ value: JSONValue?, key: String) throws(RowFault) -> String {
    guard let text = value?.string else {
        throw RowFault("\"\(key)\" must be a string, not \(kind(of: value)).")
    }
    return text
}

/// The string under a key that may be absent or null.
func optionalString(_ value: JSONValue?, key: String) throws(RowFault) -> String? {
    guard let value, value != .null else { return nil }
    return try string(value, key: key)
}

/// The string under a key that is learnt, and so must say something.
func response(_ value: JSONValue?, key: String) throws(RowFault) -> String {
    let text = try string(value, key: key)
    guard !text.isBlank else {
        throw RowFault("\"\(key)\" is empty, so there is nothing to learn.")
    }
    return text
}

/// The list of messages under a key.
func conversation(_ value: JSONValue?, key: String) throws(RowFault) -> [ChatMessage] {
    guard let list = value?.array else {
        throw RowFault("\"\(key)\" must be a list of messages, not \(kind(of: value)).")
    }
    guard !list.isEmpty else { throw RowFault("\"\(key)\" has no messages.") }
    var messages: [ChatMessage] = []
    messages.reserveCapacity(list.count)
    for (index, element) in list.enumerated() {
        messages.append(try message(element, place: "\(key)[\(index)]"))
    }
    return messages
}

private func message(_ value: JSONValue, place: String) throws(RowFault) -> ChatMessage {
    guard let message = value.object else {
        throw RowFault(
            "\(place) must be an object with \"role\" and \"content\", not \(kind(of: value)).")
    }
    // ShareGPT's spelling of a turn.
    let keys =
        message["from"] != nil && message["role"] == nil ? ["from", "value"] : ["role", "content"]
    for key in keys where message[key] == nil {
        throw .missing(key, in: message, of: place)
    }
    let role = try role(try string(message[keys[0]], key: "\(place).\(keys[0])"), place: place)
    let content = try string(message[keys[1]], key: "\(place).\(keys[1])")
    if role == .assistant, content.isBlank {
        throw RowFault("\(place): the assistant's turn is empty, so there is nothing to learn.")
    }
    return ChatMessage(role: role, content: content)
}

private func role(_ name: String, place: String) throws(RowFault) -> ChatMessage.Role {
    do throws(ChatTemplateError) {
        return try ChatMessage.Role(parsing: name)
    } catch {
        let names = ChatMessage.Role.allCases.map { "\"\($0.rawValue)\"" }
        var hint = "expected one of \(names.joined(separator: ", "))."
        if case .unknownRole(_, let nearest?) = error { hint = "did you mean \"\(nearest)\"?" }
        throw RowFault("\(place): unknown role \(quoted(name)); \(hint)")
    }
}

/// Fails when no turn is the assistant's.
func requireAssistant(in messages: [ChatMessage], key: String) throws(RowFault) {
    guard messages.contains(where: { $0.role == .assistant }) else {
        throw RowFault("\"\(key)\" has no assistant turn, so there is nothing to learn.")
    }
}

/// What a JSON value is, for messages.
func kind(of value: JSONValue?) -> String { value?.kind ?? "missing" }

extension String {
    /// Whether there is nothing but white space.
    var isBlank: Bool { allSatisfy(\.isWhitespace) }
}
