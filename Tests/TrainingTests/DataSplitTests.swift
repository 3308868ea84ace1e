import Testing
import Training

private func rows(_ prompts: [String]) -> DataSet {
    DataSet(
        file: "rows.jsonl", format: .promptCompletion,
        rows: prompts.enumerated().map { index, prompt in
            DataRow(
                line: index + 1, content: .completion(prompt: prompt, completion: "\(index)"))
        })
}

@Suite("Splitting data sets") struct DataSplitTests {
    @Test func keepsTheSameRowsBackEverywhere() throws {
        // Tests/Golden/data_split.py
        let data = rows((0 ..< 40).map { "prompt \($0)" })
        let split = try data.split(keepingBack: 0.1, seed: 1)
        #expect(split.heldOut.rows.map(\.line) == [14, 20, 21, 32])
        let other = try data.split(keepingBack: 0.1, seed: 2)
        #expect(other.heldOut.rows.map(\.line) == [8, 12, 23, 27])
    }

    @Test func hashesAsPublished() {
        // SplitMix64's first outputs for seed 0, from its authors' reference program.
        var generator = SeededGenerator(seed: 0)
        #expect(generator.next() == 0xE220_A839_7B1D_CDAF)
        #expect(generator.next() == 0x6E78_9E6A_A1B9_65F4)
    }

    @Test func ordersTheSameEverywhere() {
        // Tests/Golden/data_split.py
        #expect(SeededGenerator.permutation(of: 10, seed: 3) == [2, 8, 7, 4, 5, 6, 0, 1, 9, 3])
        let orders = Set((0 ..< 60).map { SeededGenerator.permutation(of: 3, seed: $0) })
        #expect(orders.count == 6)
    }

    @Test(arguments: 0 ..< 30 as Range<UInt64>) func keepsEveryRowOnOneSide(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = 2 + generator.number(below: 60)
        let kinds = 2 + generator.number(below: count)
        let prompts = (0 ..< count).map { $0 < 2 ? "\($0)" : "\(generator.number(below: kinds))" }
        let data = rows(prompts)
        let fraction = Double(1 + generator.number(below: 98)) / 100
        let split = try data.split(keepingBack: fraction, seed: seed)

        let lines = (split.training.rows + split.heldOut.rows).map(\.line)
        #expect(lines.sorted() == Array(1 ... count))
        #expect(split.training.rows.map(\.line) == split.training.rows.map(\.line).sorted())
        #expect(!split.training.rows.isEmpty && !split.heldOut.rows.isEmpty)
        let trained = Set(split.training.rows.map(\.content.promptKey))
        let heldOut = Set(split.heldOut.rows.map(\.content.promptKey))
        #expect(trained.isDisjoint(with: heldOut))
        #expect(try data.split(keepingBack: fraction, seed: seed) == split)
    }

    @Test func addingRowsMovesFewOthers() throws {
        let prompts = (0 ..< 1000).map { "prompt \($0)" }
        let before = try rows(prompts).split(keepingBack: 0.1, seed: 7).heldOut
        let after = try rows(prompts + (0 ..< 100).map { "new \($0)" })
            .split(keepingBack: 0.1, seed: 7).heldOut
        let kept = Set(before.rows.map(\.line)).intersection(after.rows.map(\.line))
        #expect(before.rows.count == 100 && after.rows.count == 110)
        #expect(kept.count >= 90)
    }

    @Test func cutsASingleDocumentAtALine() throws {
        let data = DataSet(
            file: "book.txt", format: .text,
            rows: [DataRow(line: 3, content: .text("one\ntwo\nthree\nfour"))])
        let split = try data.split(keepingBack: 0.4, seed: 0)
        #expect(split.training.rows == [DataRow(line: 3, content: .text("one\ntwo\nthree"))])
        #expect(split.heldOut.rows == [DataRow(line: 6, content: .text("four"))])
    }

    @Test func countsSharedPromptsOfAFile() throws {
        let split = try rows(["a", "b"]).split(keepingBack: rows(["b", "b", "c"]))
        #expect(split.sharedPromptCount == 2)
        #expect(split.heldOut.rows.count == 3)
    }

    @Test func refusesWhatCannotBeSplit() {
        let same = #expect(throws: DataError.self) {
            try rows(["a", "a"]).split(keepingBack: 0.5, seed: 0)
        }
        #expect(
            same?.description
                == "rows.jsonl: all rows have the same prompt, so none can be kept back; give a "
                + "held-out file.")
        let fraction = #expect(throws: DataError.self) {
            try rows(["a", "b"]).split(keepingBack: 1.5, seed: 0)
        }
        #expect(
            fraction?.description
                == "the held-out fraction is 1.50; it must lie between 0 and 1.")
        let format = #expect(throws: DataError.self) {
            try rows(["a"]).split(
                keepingBack: DataSet(file: "t.txt", format: .text, rows: []))
        }
        #expect(
            format?.description
                == "t.txt is in the text format and cannot judge a model trained on rows.jsonl, "
                + "which is in the prompt/completion format.")
    }
}
