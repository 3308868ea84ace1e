/// The pieces of a Jinja template that tell published templates apart, read without running it.
///
/// Branches that can only run when tools are given are left out: no conversation here has tools.
struct ChatTemplateSource {
    /// A piece inside a tag, or text outside tags.
    enum Token: Hashable {
        /// A string literal with its escapes resolved, or text outside tags.
        case literal(String)
        /// A variable, attribute, filter or keyword.
        case name(String)
    }

    /// The pieces in order of appearance.
    private(set) var tokens: [Token] = []

    /// The literals in order of appearance.
    var literals: [String] {
        tokens.compactMap { if case .literal(let text) = $0 { text } else { nil } }
    }
    /// The names in order of appearance.
    var names: [String] {
        tokens.compactMap { if case .name(let text) = $0 { text } else { nil } }
    }

    /// Whether some pieces follow one another directly.
    func contains(_ run: [Token]) -> Bool { tokens.contains(run) }

    /// The same without some literals.
    func removing(literals removed: Set<String>) -> Self {
        var result = self
        result.tokens.removeAll {
            if case .literal(let text) = $0 { removed.contains(text) } else { false }
        }
        return result
    }

    /// Reads a template; nil when a tag or a string is not closed.
    init?(_ text: String) {
        var remaining = Substring(text).utf8
        // For each open `if` and `for`: whether the branch being read is skipped.
        var skipped: [Bool] = []
        while let open = Self.nextTag(in: remaining) {
            appendOutside(remaining[..<open.start], skipped)
            guard let tag = Self.tag(open.kind, in: remaining[open.bodyStart...]) else {
                return nil
            }
            remaining = tag.rest
            guard open.kind != .comment else { continue }
            if open.kind == .statement { Self.follow(tag, &skipped) }
            if !skipped.contains(true) { tokens += tag.tokens }
        }
        appendOutside(remaining, skipped)
    }

    private mutating func appendOutside(_ bytes: Bytes, _ skipped: [Bool]) {
        let text = String(Substring(bytes))
        if !skipped.contains(true), text.contains(where: { !$0.isWhitespace }) {
            tokens.append(.literal(text))
        }
    }

    /// Opens, switches or closes a branch.
    private static func follow(_ tag: Tag, _ skipped: inout [Bool]) {
        guard case .name(let keyword) = tag.tokens.first else { return }
        switch keyword {
        case "if": skipped.append(ChatTemplateCondition(tag.body).isFalseWithoutTools)
        case "for": skipped.append(ChatTemplateCondition(tag.body).loopsOverTools)
        case "elif" where !skipped.isEmpty:
            skipped[skipped.count - 1] = ChatTemplateCondition(tag.body).isFalseWithoutTools
        case "else" where !skipped.isEmpty: skipped[skipped.count - 1] = false
        case "endif", "endfor": _ = skipped.popLast()
        default: break
        }
    }

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
        var tokens: [Token] = []
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
                tag.tokens.append(.literal(literal.text))
                index = literal.end
            } else if kind != .comment, isNameByte(byte), !(0x30 ... 0x39).contains(byte) {
                let end = bytes[index...].firstIndex { !isNameByte($0) } ?? bytes.endIndex
                tag.tokens.append(.name(String(Substring(bytes[index ..< end]))))
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
}
