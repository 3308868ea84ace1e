import Quantities

/// Typed access to the members of a JSON object; null counts as absent, another type is an error.
struct ConfigurationReader {
    /// The file, for messages.
    let path: String
    /// Where the object lies in the file, for messages: empty at the top, "rope_scaling." inside.
    var prefix = ""
    /// The members.
    let object: JSONObject

    /// Takes an object; `prefix` says where it lies.
    init(_ value: JSONValue, path: String, prefix: String = "") throws(ModelFileError) {
        guard let object = value.object else {
            throw .malformed(
                path: path, place: prefix, problem: "is \(value.kind) instead of an object")
        }
        self.path = path
        self.prefix = prefix
        self.object = object
    }

    /// The value of a key that is there and not null.
    subscript(key: String) -> JSONValue? {
        object[key].flatMap { $0 == .null ? nil : $0 }
    }

    /// A refusal of the value of `key`.
    func malformed(_ key: String, _ problem: String) -> ModelFileError {
        .malformed(path: path, place: prefix + key, problem: problem)
    }

    /// A refusal of what `key` asks for.
    func unsupported(_ key: String, _ problem: String) -> ModelFileError {
        .unsupported(path: path, place: prefix + key, problem: problem)
    }

    /// The integer at `key`.
    func int(_ key: String) throws(ModelFileError) -> Int? {
        try typed(key, "an integer", \.int)
    }
    /// The number at `key`.
    func double(_ key: String) throws(ModelFileError) -> Double? {
        try typed(key, "a number", \.double)
    }
    /// The truth value at `key`.
    func bool(_ key: String) throws(ModelFileError) -> Bool? {
        try typed(key, "true or false", \.bool)
    }
    /// The text at `key`.
    func string(_ key: String) throws(ModelFileError) -> String? {
        try typed(key, "a string", \.string)
    }
    /// The integer at `key`, which must be there.
    func requiredInt(_ key: String) throws(ModelFileError) -> Int {
        try required(key, try int(key))
    }
    /// The number at `key`, which must be there.
    func requiredDouble(_ key: String) throws(ModelFileError) -> Double {
        try required(key, try double(key))
    }
    /// The text at `key`, which must be there.
    func requiredString(_ key: String) throws(ModelFileError) -> String {
        try required(key, try string(key))
    }

    /// The strings of an array.
    func strings(_ key: String) throws(ModelFileError) -> [String]? {
        try typed(key, "an array of strings") { value in
            let texts = value.array?.compactMap(\.string)
            return texts?.count == value.array?.count ? texts : nil
        }
    }

    private func typed<Value>(
        _ key: String, _ expected: String, _ convert: (JSONValue) -> Value?
    ) throws(ModelFileError) -> Value? {
        guard let value = self[key] else { return nil }
        guard let converted = convert(value) else {
            throw malformed(key, "is \(value.kind) instead of \(expected)")
        }
        return converted
    }

    private func required<Value>(
        _ key: String, _ value: Value?
    ) throws(ModelFileError) -> Value {
        if let value { return value }
        let near = nearest(to: key, among: object.keys.filter { $0 != key && $0.utf8.count < 64 })
        throw malformed(
            key, "is missing" + (near.map { "; is \(quoted($0)) misspelt?" } ?? ""))
    }
}
