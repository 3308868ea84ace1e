/// The members of a JSON object in the order of the document.
///
/// Keys are told apart by their code points: `String` would take "é" for "e" with an accent, and a
/// vocabulary holds both.
package struct JSONObject: Sendable, Hashable {
    /// One key with its value.
    package struct Member: Sendable, Hashable {
        /// The key.
        package let key: String
        /// The value.
        package var value: JSONValue

        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The members in order.
    package private(set) var members: [Member] = []
    private var positions: [ExactString: Int] = [:]

    /// An object without members.
    package init() {}

    /// The members in order; a repeated key is left out.
    package init(_ members: some Sequence<Member>) {
        for member in members { append(member.key, member.value) }
    }

    /// The number of members.
    package var count: Int { members.count }
    /// The keys in order.
    package var keys: [String] { members.map(\.key) }

    /// The value of `key`; setting one that is absent appends it, setting nil keeps what is there.
    package subscript(key: String) -> JSONValue? {
        get { positions[ExactString(key)].map { members[$0].value } }
        set {
            guard let newValue else { return }
            if let position = positions[ExactString(key)] {
                members[position].value = newValue
            } else {
                append(key, newValue)
            }
        }
    }

    /// Appends a member unless its key is there already, which is answered with false.
    @discardableResult
    package mutating func append(_ key: String, _ value: JSONValue) -> Bool {
        let position = members.count
        let kept = positions[ExactString(key), default: position]
        guard kept == position else { return false }
        positions[ExactString(key)] = position
        members.append(Member(key, value))
        return true
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// The members in order; a repeated key is left out.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        for (key, value) in elements { append(key, value) }
    }
}

/// A string that equals another only when every code point does.
package struct ExactString: Sendable, Hashable {
    /// The text.
    package let text: String

    /// Takes a text as it is.
    package init(_ text: String) { self.text = text }

    package static func == (a: ExactString, b: ExactString) -> Bool {
        // The first comparison is the quick one; it alone would take "é" for "e" with an accent.
        a.text == b.text && a.text.utf8.elementsEqual(b.text.utf8)
    }
}
