import ModelFiles
import Testing
import Training

/// An output, the answer wanted, and the score expected.
struct ScoreCase: Sendable, CustomTestStringConvertible {
    let output: String
    let reference: String
    var exact = false
    var json = true
    var fields: FieldCounts?
    var testDescription: String { "\(output) for \(reference)" }
}

private let scoreCases: [ScoreCase] = [
    ScoreCase(output: " yes\n", reference: "yes", exact: true, json: false),
    ScoreCase(output: "Yes", reference: "yes", json: false),
    ScoreCase(output: "3", reference: "3.0"),
    ScoreCase(
        output: #"{"b":2.0,"a":"x"}"#, reference: #"{"a":"x","b":2}"#,
        fields: FieldCounts(matched: 2)),
    ScoreCase(
        output: #"{"a":"y","c":1}"#, reference: #"{"a":"x","b":2}"#,
        fields: FieldCounts(wrong: 1, missing: 1, extra: 1)),
    ScoreCase(
        output: #"{"a":{"b":[1,2,3]},"d":[]}"#, reference: #"{"a":{"b":[1,3]},"d":[],"e":{}}"#,
        fields: FieldCounts(matched: 2, wrong: 1, missing: 1, extra: 1)),
    ScoreCase(
        output: #"{"a":1,"b":true,"c":null}"#, reference: #"{"a":true,"b":true,"c":null}"#,
        fields: FieldCounts(matched: 2, wrong: 1)),
    ScoreCase(
        output: #"{"a":1,}"#, reference: #"{"a":1}"#, json: false,
        fields: FieldCounts(missing: 1)),
    ScoreCase(
        output: "```json\n{\"a\":1}\n```", reference: #"{"a":1}"#, json: false,
        fields: FieldCounts(missing: 1)),
    ScoreCase(
        output: "[1]", reference: #"{"a":1}"#, fields: FieldCounts(missing: 1, extra: 1)),
    ScoreCase(
        output: #"{"a/b":1,"a":{"b":2}}"#, reference: #"{"a/b":1,"a":{"b":2}}"#, exact: true,
        fields: FieldCounts(matched: 2)),
    ScoreCase(
        output: #"{"id":9007199254740993}"#, reference: #"{"id":9007199254740992}"#,
        fields: FieldCounts(wrong: 1)),
    ScoreCase(output: "{}", reference: "{}", exact: true, fields: FieldCounts()),
]

@Suite("Scoring") struct DataScoringTests {
    @Test(arguments: scoreCases) func scores(_ item: ScoreCase) {
        let score = ResponseScore(output: item.output, reference: item.reference)
        #expect(score.isExactMatch == item.exact)
        #expect(score.isValidJSON == item.json)
        #expect(score.fields == item.fields)
    }

    @Test func averagesOverFields() {
        let summary = ScoreSummary([
            ResponseScore(output: #"{"a":1,"b":2}"#, reference: #"{"a":1,"b":2}"#),
            ResponseScore(output: #"{"a":1,"c":2}"#, reference: #"{"a":2,"b":2,"d":1}"#),
            ResponseScore(output: "x", reference: "y"),
        ])
        #expect(summary.count == 3 && summary.exactMatches == 1 && summary.validJSON == 2)
        #expect(summary.objectCount == 2)
        #expect(summary.fields == FieldCounts(matched: 2, wrong: 1, missing: 2, extra: 1))
        #expect(summary.fields.precision == 2.0 / 4)
        #expect(summary.fields.recall == 2.0 / 5)
        #expect(summary.fields.f1 == 4.0 / 9)
        #expect(FieldCounts().f1 == 1)
    }
}

@Suite("Few-shot prompts") struct DataFewShotTests {
    private let training = DataSet(
        file: "rows.jsonl", format: .promptCompletion,
        rows: ["a", "a", "b", "c"].enumerated().map { index, prompt in
            DataRow(
                line: index + 1, content: .completion(prompt: "\(prompt)?", completion: " \(index)")
            )
        })

    @Test func putsExamplesBeforeTheQuestion() throws {
        let shots = try FewShot(from: training, count: 2, seed: 5)
        #expect(shots == (try FewShot(from: training, count: 2, seed: 5)))
        #expect(Set(shots.shots.map(\.content.promptKey)).count == 2)
        let row = DataRow(line: 9, content: .completion(prompt: "d?", completion: " 9"))
        let expected = shots.shots.compactMap(\.content.plainText)
            .map { $0.prompt + $0.response + "\n\n" }.joined()
        let plain = try shots.question(for: row, style: .plain)
        #expect(plain == Question(prompt: .text(expected + "d?"), reference: " 9", line: 9))

        let system = ChatMessage(role: .system, content: "s")
        let user = ChatMessage(role: .user, content: "d?")
        let answer = ChatMessage(role: .assistant, content: "x")
        let chat = try shots.question(
            for: DataRow(
                line: 9, content: .conversation(prompt: [], response: [system, user, answer])),
            style: .chat)
        let turns = shots.shots.compactMap(\.content.turns).flatMap { $0.prompt + $0.response }
        #expect(
            chat
                == Question(prompt: .turns([system] + turns + [user]), reference: "x", line: 9))
    }

    @Test func keepsOnlyTheQuestionsSystemTurn() throws {
        func talk(_ system: String, _ text: String) -> DataRow {
            DataRow(
                line: 1,
                content: .conversation(
                    prompt: [],
                    response: [
                        ChatMessage(role: .system, content: system),
                        ChatMessage(role: .user, content: text),
                        ChatMessage(role: .assistant, content: "yes"),
                    ]))
        }
        let shots = try FewShot(
            from: DataSet(file: "", format: .messages, rows: [talk("s", "a")]), count: 1, seed: 0)
        let question = try shots.question(for: talk("t", "b"), style: .chat)
        guard case .turns(let turns) = question.prompt else {
            Issue.record("a chat question has turns")
            return
        }
        #expect(turns.map(\.content) == ["t", "a", "yes", "b"])
    }

    @Test func refusesMoreExamplesThanPrompts() {
        let error = #expect(throws: DataError.self) {
            try FewShot(from: training, count: 4, seed: 0)
        }
        #expect(
            error?.description
                == "4 examples cannot be shown: rows.jsonl has 3 different prompts.")
    }

    @Test func refusesConversationsAsPlainText() throws {
        let shots = try FewShot(from: training, count: 0, seed: 0)
        let row = DataRow(line: 4, content: .conversation(prompt: [], response: []))
        let error = #expect(throws: DataError.self) { try shots.question(for: row, style: .plain) }
        #expect(
            error?.description
                == "the row of line 4 cannot be asked as plain text; a base model with a chat "
                + "template is needed.")
    }
}
