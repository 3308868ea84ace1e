/// The pieces of a Jinja template that tell published templates apart, read without running it.
///
/// Branches that can only run when tools are given are left out: no conversation here has tools.
struct ChatTemplateSource {
    /// String literals and text outside tags in order of appearance, escapes resolved.
    private(set) var literals: [String] = []
    /// Names of variables, attributes, filters and keywords in order of appearance.
    private(set) var names: [String] = []

    /// Reads a template; nil when a tag or a string is not closed.
    init?(_ text: String) {
        var remaining = Substring(text).utf8
        // For each open `if`: whether the branch being read is skipped.
        var skipped: [Bool] = []
        while let open = Self.nextTag(in: remaining) {
            let outside = String(Substring(remaining[..<open.start]))
            if !skipped.contains(true), outside.contains(where: { !$0.isWhitespace }) {
                literals.append(outside)
            }
            guard let tag = Self.tag(open.kind, in: remaining[open.bodyStart...]) else {
                return nil
            }
            remaining = tag.rest
            guard open.kind != .comment else { continue }
            let first = tag.names.first
            if open.kind == .statement {
                switch first {
                case "if": skipped.append(Self.needsTools(tag.body))
                case "elif" where !skipped.isEmpty:
                    skipped[skipped.count - 1] = Self.needsTools(tag.body)
                case "else" where !skipped.isEmpty: skipped[skipped.count - 1] = false
                case "endif": _ = skipped.popLast()
                default: break
                }
            }
            guard !skipped.contains(true) else { continue }
            literals += tag.literals
            names += tag.names
        }
        let tail = String(Substring(remaining))
        if tail.contains(where: { !$0.isWhitespace }) { literals.append(tail) }
    }

    /// Replaces the literals, after some have been understood.
    mutating func keep(literals kept: [String]) { literals = kept }

    private enum TagKind: UInt8 {
        case statement = 0x25  // %
        case expression = 0x7B  // {
        case comment = 0x23  // #
    }

    private typealias Bytes = Substring.UTF8View

    private static func nextTag(
        in bytes: Bytes
    ) -> (kind: TagKind, start: Bytes.Index, bodyStart: Bytes.Index)? {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let next = bytes.index(after: index)
            if bytes[index] == 0x7B, next < bytes.endIndex,
                let kind = TagKind(rawValue: bytes[next])
            {
                return (kind, index, bytes.index(after: next))
            }
            index = next
        }
        return nil
    }

    private struct Tag {
        var body = ""
        var literals: [String] = []
        var names: [String] = []
        var rest: Bytes
    }

    /// Reads the inside of a tag up to its end.
    private static func tag(_ kind: TagKind, in bytes: Bytes) -> Tag? {
        let closing: UInt8 = kind == .expression ? 0x7D : kind.rawValue
        var tag = Tag(rest: bytes)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            let next = bytes.index(after: index)
            if byte == closing, next < bytes.endIndex, bytes[next] == 0x7D {
                tag.rest = bytes[bytes.index(after: next)...]
                tag.body = String(Substring(bytes[..<index]))
                return tag
            }
            if kind != .comment, byte == 0x27 || byte == 0x22 {
                guard let literal = literal(in: bytes[next...], quote: byte) else { return nil }
                tag.literals.append(literal.text)
                index = literal.end
            } else if kind != .comment, isNameByte(byte), !(0x30 ... 0x39).contains(byte) {
                let end = bytes[index...].firstIndex { !isNameByte($0) } ?? bytes.endIndex
                tag.names.append(String(Substring(bytes[index ..< end])))
                index = end
            } else {
                index = next
            }
        }
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30 ... 0x39).contains(byte) || (0x41 ... 0x5A).contains(byte)
            || (0x61 ... 0x7A).contains(byte) || byte == 0x5F
    }

    private static func literal(
        in bytes: Bytes, quote: UInt8
    ) -> (text: String, end: Bytes.Index)? {
        var text: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let next = bytes.index(after: index)
            if bytes[index] == quote { return (String(decoding: text, as: UTF8.self), next) }
            if bytes[index] == 0x5C, next < bytes.endIndex {
                switch bytes[next] {
                case 0x6E: text.append(0x0A)
                case 0x74: text.append(0x09)
                case 0x72: text.append(0x0D)
                default: text.append(bytes[next])
                }
                index = bytes.index(after: next)
            } else {
                text.append(bytes[index])
                index = next
            }
        }
        return nil
    }

    /// Whether the condition of an `if` or `elif` is false as long as no tools are given.
    private static func needsTools(_ statement: String) -> Bool {
        let condition = statement.filter { !" \n\r-+()".contains($0) }
            .replacing("\"", with: "'").replacing("elif", with: "").replacing("if", with: "")
            .replacing("['", with: ".").replacing("']", with: "")
        let falseConditions = [
            "tools", "custom_tools", "builtin_tools", "'tool_calls'inmessage",
            "message.tool_calls", "message.role=='tool", "tools_in_user_messageandnottools",
            "xml_tools", "message.reasoning_contentisstring",
        ]
        return falseConditions.contains { condition.hasPrefix($0) }
            && !condition.hasPrefix("tools_in_user_messageisdefined")
            && !condition.hasPrefix("message.tool_callsisnotdefined")
    }
}
