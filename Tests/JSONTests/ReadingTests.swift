import JSON
import Testing

@Suite struct ReadingTests {
    @Test func readsAndWritesBack() throws {
        let text = """
            {
              "b": [
                1,
                -2.5,
                1e-05,
                true,
                null
              ],
              "a": {},
              "e": [],
              "text": "line\\nquote \\" é 😀 \\u0001"
            }

            """
        let value = try JSONValue.parse(Array(text.utf8))
        #expect(value["b"]?.array?.compactMap(\.double) == [1, -2.5, 1e-5])
        #expect(value["text"]?.string == "line\nquote \" é 😀 \u{1}")
        #expect(value.object?.keys == ["b", "a", "e", "text"])
        #expect(value.text(.pretty, keepsFractions: true) + "\n" == text)
    }

    @Test func readsEscapesAndLargeNumbers() throws {
        let text = #"["\ud83d\ude00\/\b\f\u00e9", 1000000000000000019884624838656, 3.0, -0]"#
        let values = try #require(JSONValue.parse(Array(text.utf8)).array)
        #expect(values[0].string == "😀/\u{8}\u{C}é")
        #expect(values[1].int == nil && values[1].double == 1e30)
        #expect(values[2].int == 3 && values[3].int == 0)
    }

    @Test func tellsCanonicallyEquivalentKeysApart() throws {
        let text = "{\"\u{E9}\": 1, \"e\u{301}\": 2}"
        let value = try JSONValue.parse(Array(text.utf8))
        #expect(value["\u{E9}"]?.int == 1 && value["e\u{301}"]?.int == 2)
    }

    static let wrong: [(text: String, words: String)] = [
        ("", "1:1: the text ends where a value should be"),
        ("{\"a\": 1,\n \"a\": 2}", "2:2: the key \"a\" appears twice"),
        ("[1, 2", "1:6: a comma or a closing bracket is missing"),
        ("[1,]", "1:4: a value must be"),
        ("NaN", "1:1: a value must be"),
        ("-Infinity", "the number is not written as JSON requires"),
        ("01", "the number is not written as JSON requires"),
        ("1.", "digits are missing after the point"),
        ("1e", "digits are missing in the exponent"),
        ("1e999", "the number is out of range"),
        ("\"a", "the text ends inside a string"),
        ("\"\\x\"", "the escape is unknown"),
        ("\"\\ud800\"", "half of a surrogate pair"),
        ("\"\\udc00\"", "half of a surrogate pair"),
        ("\"\\u12g4\"", "four hexadecimal digits"),
        ("\"\n\"", "a control character"),
        ("{a: 1}", "a key in quotes is missing"),
        ("{\"a\" 1}", "a colon is missing"),
        ("1 2", "more text after the end"),
        (String(repeating: "[", count: 100_000), "nested more than 64 deep"),
    ]

    @Test(arguments: wrong) func refuses(_ wrong: (text: String, words: String)) throws {
        let error = try #require(throws: JSONError.self) {
            try JSONValue.parse(Array(wrong.text.utf8))
        }
        #expect("\(error)".contains(wrong.words), "\(error)")
    }

    @Test func fractionsAreKeptForReadersThatTellNumbersApart() {
        let value: JSONValue = [3, 3.0, 1e-5, .number(.nan)]
        #expect(value.text(.compact) == "[3,3,1e-05,null]")
        #expect(value.text(.compact, keepsFractions: true) == "[3,3.0,1e-05,null]")
    }

    @Test func objectsHaveEachKeyOnce() {
        let value = JSONValue.object([.init("a", 1), .init("b", 2), .init("a", 3)])
        #expect(value == ["a": 1, "b": 2])
        #expect(value.object?.keys == ["a", "b"])
    }

    @Test func refusesFloodsOfValues() throws {
        let text = Array("[0, [1, 2], {}]".utf8)
        _ = try JSONValue.parse(text, maximumCount: 6)
        let error = try #require(throws: JSONError.self) {
            try JSONValue.parse(text, maximumCount: 5)
        }
        #expect("\(error)".contains("there are more than 5 values"))
    }

    @Test func refusesInvalidUTF8() {
        #expect(throws: JSONError.self) {
            try JSONValue.parse([0x22, 0xC3, 0x28, 0x22])
        }
    }
}
