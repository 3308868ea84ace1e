import Foundation
import JSON
import Testing

@Suite struct WritingTests {
    @Test func prettyKeepsOrder() {
        let value: JSONValue = ["b": 1, "a": [true, nothing, 2.5], "empty": [], "none": [:]]
        #expect(
            value.text() == """
                {
                  "b": 1,
                  "a": [
                    true,
                    null,
                    2.5
                  ],
                  "empty": [],
                  "none": {}
                }
                """)
        #expect(value.text(.compact) == #"{"b":1,"a":[true,null,2.5],"empty":[],"none":{}}"#)
    }

    private var nothing: JSONValue { .null }

    @Test(arguments: [
        (0.1, "0.1"), (3, "3"), (-0.0, "-0"), (1e-5, "1e-05"), (1.0 / 3, "0.3333333333333333"),
        (.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9_007_199_254_740_992, "9007199254740992"), (.nan, "null"), (.infinity, "null"),
        (-.infinity, "null"),
    ])
    func numbers(value: Double, text: String) {
        #expect(JSONValue.number(value).text() == text)
    }

    @Test func doublesReadBackExactly() throws {
        var state: UInt64 = 42
        for _ in 0 ..< 500 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Double(bitPattern: state)
            guard value.isFinite else { continue }
            let text = try #require(shortestDecimal(value))
            #expect(Double(text) == value)
        }
    }

    @Test func strings() throws {
        let hostile = "quote \" slash \\ line\nbreak \u{0} \u{1F} \u{2028} é 😀"
        let text = JSONValue.string(hostile).text(.compact)
        #expect(!text.contains("\n"))
        #expect(text.contains("\\u0000") && text.contains("\\u001f") && text.contains("\\u2028"))
        let read = try JSONDecoder().decode([String].self, from: Data("[\(text)]".utf8))
        #expect(read == [hostile])
    }
}
