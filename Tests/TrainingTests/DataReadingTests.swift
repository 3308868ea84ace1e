import Foundation
import ModelFiles
import Testing
import Training

/// A file and what is read from it.
struct GoodFile: Sendable, CustomTestStringConvertible {
    let name: String
    var suffix = "jsonl"
    let text: String
    let format: DataFormat
    let rows: [DataRow]
    var testDescription: String { name }
}

/// A file and the whole message of its refusal, the file's name written as `F`.
struct BadFile: Sendable, CustomTestStringConvertible {
    let text: String
    var suffix = "jsonl"
    let message: String
    var testDescription: String { message }
}

private func user(_ text: String) -> ChatMessage { ChatMessage(role: .user, content: text) }
private func assistant(_ text: String) -> ChatMessage {
    ChatMessage(role: .assistant, content: text)
}

private let goodFiles: [GoodFile] = [
    GoodFile(
        name: "messages, blank lines and CRLF",
        text: #"""
            {"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"id":7}

            {"messages":[{"role":"system","content":"s"},{"role":"assistant","content":"é\n"}]}
            """#.replacingOccurrences(of: "\n", with: "\r\n"),
        format: .messages,
        rows: [
            DataRow(
                line: 1, content: .conversation(prompt: [], response: [user("a"), assistant("b")])),
            DataRow(
                line: 3,
                content: .conversation(
                    prompt: [],
                    response: [ChatMessage(role: .system, content: "s"), assistant("é\n")])),
        ]),
    GoodFile(
        name: "ShareGPT's conversations",
        text: #"{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}"#,
        format: .messages,
        rows: [
            DataRow(
                line: 1, content: .conversation(prompt: [], response: [user("a"), assistant("b")]))
        ]),
    GoodFile(
        name: "byte order mark, prompt and completion",
        text: "\u{FEFF}" + #"{"prompt": "p ", "completion": "c"}"#,
        format: .promptCompletion,
        rows: [DataRow(line: 1, content: .completion(prompt: "p ", completion: "c"))]),
    GoodFile(
        name: "prompt and completion as messages",
        text: #"{"prompt":[{"role":"user","content":"a"}],"#
            + #""completion":[{"role":"assistant","content":"b"}]}"#,
        format: .promptCompletion,
        rows: [
            DataRow(
                line: 1, content: .conversation(prompt: [user("a")], response: [assistant("b")]))
        ]),
    GoodFile(
        name: "Alpaca with, without and with empty input; text beside it",
        text: #"""
            {"instruction":"i","input":"x","output":"o","text":"all"}
            {"instruction":"i","output":"o"}
            {"instruction":"i","input":" ","output":"o"}
            """#,
        format: .alpaca,
        rows: [
            DataRow(line: 1, content: .instruction("i", input: "x", output: "o")),
            DataRow(line: 2, content: .instruction("i", input: nil, output: "o")),
            DataRow(line: 3, content: .instruction("i", input: nil, output: "o")),
        ]),
    GoodFile(
        name: "preference as strings, with an explicit and an implied prompt",
        text: #"""
            {"prompt":"The sky is","chosen":" blue.","rejected":" green."}
            {"chosen":"The sky is blue.","rejected":"The sky is green."}
            """#,
        format: .preference,
        rows: [
            DataRow(
                line: 1,
                content: .preferenceText(
                    prompt: "The sky is", chosen: " blue.", rejected: " green.")),
            DataRow(
                line: 2,
                content: .preferenceText(
                    prompt: "The sky is", chosen: " blue.", rejected: " green.")),
        ]),
    GoodFile(
        name: "preference as messages: explicit, implied, and a prompt string beside both",
        text: #"""
            {"prompt":[{"role":"user","content":"a"}],"chosen":[{"role":"assistant","content":"b"}],"rejected":[{"role":"assistant","content":"c"}]}
            {"chosen":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"rejected":[{"role":"user","content":"a"},{"role":"assistant","content":"c"}],"messages":[]}
            {"prompt":"a","chosen":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"rejected":[{"role":"user","content":"a"},{"role":"assistant","content":"c"}]}
            {"prompt":"a","chosen":[{"role":"assistant","content":"b"}],"rejected":[{"role":"assistant","content":"c"}]}
            """#,
        format: .preference,
        rows: (1 ... 4).map {
            DataRow(
                line: $0,
                content: .preference(
                    prompt: [user("a")], chosen: [assistant("b")], rejected: [assistant("c")]))
        }),
    GoodFile(
        name: "a JSON array over several lines", suffix: "json",
        text: "[\n {\"text\": \"a]},\\\"[\"},\n\n {\"text\":\n \"b\"}\n]\n",
        format: .text,
        rows: [
            DataRow(line: 2, content: .text("a]},\"[")), DataRow(line: 4, content: .text("b")),
        ]),
    GoodFile(
        name: "plain text with documents and a byte order mark", suffix: "txt",
        text: "\u{FEFF}\n\nfirst\r\nline\r\n\r\n---\r\n---\nsecond ---\n --- \n\nend",
        format: .text,
        rows: [
            DataRow(line: 3, content: .text("first\nline")),
            DataRow(line: 8, content: .text("second ---\n --- \n\nend")),
        ]),
]

private let noValue = "a value must be an object, array, string, number, true, false or null."

private let roles = #"{"role":"user","content":"a"}"#

private let badFiles: [BadFile] = [
    BadFile(text: "", message: "F: the file is empty."),
    BadFile(text: "\n \r\n", message: "F: the file has no rows."),
    BadFile(text: "[ ]", suffix: "json", message: "F: the file has no rows."),
    BadFile(text: "\n---\n", suffix: "txt", message: "F: the file has no text."),
    BadFile(text: "", suffix: "txt", message: "F: the file is empty."),
    BadFile(
        text: "a", suffix: "csv",
        message: "F: data sets are read as .jsonl, .json or .txt; convert it first."),
    BadFile(
        text: #"{"text":"é" x}"#,
        message: #"F:1:13: the row is not JSON: a comma or a closing bracket is missing."#),
    BadFile(
        text: #"{"text":"a",}"#,
        message: "F:1:13: the row is not JSON: a key in quotes is missing."),
    BadFile(
        text: #"{"text":"a""#,
        message: "F:1:12: the row is not JSON: a comma or a closing bracket is missing."),
    BadFile(
        text: #"{'text':"a"}"#,
        message: "F:1:2: the row is not JSON: a key in quotes is missing."),
    BadFile(text: "hello", message: "F:1:1: the row is not JSON: \(noValue)"),
    BadFile(
        text: #"{"text":"\ud83d"}"#,
        message: "F:1:16: the row is not JSON: the escape is half of a surrogate pair."),
    BadFile(
        text: String(repeating: "{\"a\":", count: 200),
        message: "F:1:321: the row is not JSON: values are nested more than 64 deep."),
    BadFile(
        text: "[\n{\"text\":\"a\"}, {\"text\":\n tru}]", suffix: "json",
        message: "F:3:2: the row is not JSON: \(noValue)"),
    BadFile(
        text: "[{\"text\":\"a\"}, 3x]", suffix: "json",
        message: "F:1:17: the row is not JSON: there is more text after the end of the document."),
    BadFile(
        text: "[{\"text\":\"a\"}\n", suffix: "json",
        message: #"F:2: the list that starts the file is not closed by "]"."#),
    BadFile(
        text: "[{\"text\":\"a\"}]\nx", suffix: "json",
        message: #"F:2: expected nothing more after the list's closing "]"."#),
    BadFile(text: "3", message: "F:1: a row must be an object, not a number."),
    BadFile(
        text: #"{"a":1}"#,
        message: """
            F:1: the row's keys fit no format; expected "messages", "prompt" and "completion", \
            "instruction" and "output", "chosen" and "rejected", or "text".
            """),
    BadFile(
        text: #"{"prompt":"p","complation":"c"}"#,
        message: """
            F:1: missing key "completion", which rows in the prompt/completion format must have; \
            did you mean it by "complation"?
            """),
    BadFile(
        text: #"{"message":[]}"#,
        message: """
            F:1: missing key "messages", which rows in the messages format must have; did you mean \
            it by "message"?
            """),
    BadFile(
        text: #"{"prompt":"p","completion":"c"}"# + "\n" + #"{"prompt":"p"}"#,
        message:
            #"F:2: missing key "completion", which rows in the prompt/completion format must have."#
    ),
    BadFile(
        text: #"{"prompt":"p","completion":"c"}"# + "\n\n" + #"{"text":"p"}"#,
        message: """
            F:3: the row is in the text format, but line 1 is in the prompt/completion format; all \
            rows must be alike.
            """),
    BadFile(
        text: #"{"prompt":1,"completion":"c"}"#,
        message: #"F:1: "prompt" must be a string, not a number."#),
    BadFile(
        text: #"{"prompt":"p","completion":true}"#,
        message: #"F:1: "completion" must be a string, not true."#),
    BadFile(
        text: #"{"prompt":"p","completion":" \n"}"#,
        message: #"F:1: "completion" is empty, so there is nothing to learn."#),
    BadFile(
        text: #"{"instruction":"p","output":""}"#,
        message: #"F:1: "output" is empty, so there is nothing to learn."#),
    BadFile(text: #"{"text":""}"#, message: #"F:1: "text" is empty."#),
    BadFile(
        text: #"{"messages":"hello"}"#,
        message: #"F:1: "messages" must be a list of messages, not a string."#),
    BadFile(text: #"{"messages":[]}"#, message: #"F:1: "messages" has no messages."#),
    BadFile(
        text: #"{"messages":[\#(roles)]}"#,
        message: #"F:1: "messages" has no assistant turn, so there is nothing to learn."#),
    BadFile(
        text: #"{"messages":[\#(roles), null]}"#,
        message: #"F:1: messages[1] must be an object with "role" and "content", not null."#),
    BadFile(
        text: #"{"messages":[{"role":"user","contents":"a"}]}"#,
        message: """
            F:1: missing key "content", which messages[0] must have; did you mean it by "contents"?
            """),
    BadFile(
        text: #"{"messages":[\#(roles), {"role":"assistent","content":"a"}]}"#,
        message: #"F:1: messages[1]: unknown role "assistent"; did you mean "assistant"?"#),
    BadFile(
        text: #"{"messages":[{"role":"users","content":"a"}]}"#,
        message: #"F:1: messages[0]: unknown role "users"; did you mean "user"?"#),
    BadFile(
        text: #"{"messages":[{"role":"\u0007narrator of the story","content":"a"}]}"#,
        message: """
            F:1: messages[0]: unknown role "\u{FFFD}narrator of the story"; expected one of \
            "system", "user", "assistant".
            """),
    BadFile(
        text: #"{"messages":[\#(roles), {"role":"assistant","content":null}]}"#,
        message: #"F:1: "messages[1].content" must be a string, not null."#),
    BadFile(
        text: #"{"messages":[\#(roles), {"role":"assistant","content":" "}]}"#,
        message: "F:1: messages[1]: the assistant's turn is empty, so there is nothing to learn."),
    BadFile(
        text: #"{"prompt":"p","chosen":"same","rejected":"same"}"#,
        message: #"F:1: "chosen" and "rejected" are the same, so the row prefers neither."#),
    BadFile(
        text: #"{"chosen":"yes","rejected":"no"}"#,
        message:
            #"F:1: "chosen" and "rejected" share no start; add "prompt" or start both with it."#),
    BadFile(
        text: #"{"chosen":"a b","rejected":"a b c"}"#,
        message: #"F:1: one of "chosen" and "rejected" is only the start of the other."#),
    BadFile(
        text: (1 ... 9).map { _ in "x" }.joined(separator: "\n"),
        message: (1 ... 5).map { "F:\($0):1: the row is not JSON: \(noValue)\n" }.joined()
            + "Reading stopped after 5 faulty rows."),
    BadFile(
        text: "{\"text\":\"a\"}\nx\n{\"text\":\"b\"}\ny",
        message: """
            F:2:1: the row is not JSON: \(noValue)
            F:4:1: the row is not JSON: \(noValue)
            """),
]

@Suite("Reading data sets") struct DataReadingTests {
    @Test(arguments: goodFiles) func reads(_ file: GoodFile) throws {
        let data = try withTemporaryFile(file.text.utf8, extension: file.suffix) { path in
            try DataSet.read(path)
        }
        #expect(data.format == file.format)
        #expect(data.rows == file.rows)
    }

    @Test(arguments: badFiles) func refuses(_ file: BadFile) throws {
        try withTemporaryFile(file.text.utf8, extension: file.suffix) { path in
            let error = #expect(throws: DataError.self) { try DataSet.read(path) }
            let message = error?.description.replacingOccurrences(of: path, with: "F")
            #expect(message == file.message)
        }
    }

    @Test(arguments: [
        ("tickets.jsonl", DataFormat.promptCompletion, 2600),
        ("style-preferences.jsonl", .preference, 720),
        ("examples/alpaca.jsonl", .alpaca, 50), ("examples/messages.jsonl", .messages, 50),
        ("examples/preference-messages.jsonl", .preference, 50),
        ("examples/preference.jsonl", .preference, 50),
        ("examples/prompt-completion.jsonl", .promptCompletion, 50),
        ("examples/raw.jsonl", .text, 50), ("examples/raw.txt", .text, 50),
    ])
    func readsTheDemoData(name: String, format: DataFormat, rowCount: Int) throws {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
        let data = try DataSet.read(root.appendingPathComponent("data/demo/\(name)").path)
        #expect(data.format == format)
        #expect(data.rows.count == rowCount)
    }

    @Test func namesTheColumnOfBytesThatAreNotUTF8() throws {
        let bytes = Array(#"{"text":"aé"#.utf8) + [0xFF] + Array(#""}"#.utf8)
        for suffix in ["jsonl", "txt"] {
            try withTemporaryFile(bytes, extension: suffix) { path in
                let error = #expect(throws: DataError.self) { try DataSet.read(path) }
                #expect(error?.description == "\(path):1:12: the text is not valid UTF-8.")
            }
        }
    }

    @Test func refusesUTF16() throws {
        try withTemporaryFile([0xFF, 0xFE, 0x7B, 0]) { path in
            let error = #expect(throws: DataError.self) { try DataSet.read(path) }
            #expect(error?.description == "\(path): the file is UTF-16; save it as UTF-8.")
        }
    }

    @Test func refusesAMissingFile() {
        let error = #expect(throws: DataError.self) { try DataSet.read("/nowhere/rows.jsonl") }
        #expect(error?.description == "/nowhere/rows.jsonl: there is no such file.")
    }

    @Test func refusesARowOfMoreThan16MiB() throws {
        let text = "{\"text\":\"a\"}\n{\"text\":\"" + String(repeating: "b", count: 16 << 20)
        try withTemporaryFile(text.utf8) { path in
            let error = #expect(throws: DataError.self) { try DataSet.read(path) }
            #expect(
                error?.description
                    == "\(path):2: the row is longer than 16 MiB, the most one row may have.")
        }
    }

    @Test func readsRowsAcrossPieces() throws {
        let long = String(repeating: "0123456789", count: 30_000)
        let text = (0 ..< 9).map { "{\"text\":\"\($0)\(long)\"}\n" }.joined()
        let data = try withTemporaryFile(text.utf8) { try DataSet.read($0) }
        #expect(data.rows.map(\.line) == Array(1 ... 9))
        #expect(data.rows.last?.content == .text("8" + long))
    }

    @Test func countsColumnsAcrossPieces() throws {
        let long = String(repeating: "0123456789", count: 30_000)
        let element = "{\"text\":\"\(long)\"},"
        let text = "[\n" + String(repeating: element, count: 9) + "x]"
        try withTemporaryFile(text.utf8, extension: "json") { path in
            let error = #expect(throws: DataError.self) { try DataSet.read(path) }
            let column = 9 * element.utf8.count + 1
            #expect(
                error?.description == "\(path):2:\(column): the row is not JSON: \(noValue)")
        }
    }

    @Test func refusesADirectory() throws {
        let error = #expect(throws: DataError.self) { try DataSet.read("/") }
        #expect(error?.description == "/: it is a directory, not a file of rows.")
    }
}
