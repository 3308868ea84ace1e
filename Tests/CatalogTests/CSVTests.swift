import Catalog
import Foundation
import Testing

/// A table of text, as if it came from "t.csv".
func table(_ text: String, requiring required: [String] = []) throws -> CSVTable {
    try CSVTable(Array(text.utf8), file: "t.csv", requiring: required)
}

@Suite struct CSVTests {
    @Test func readsQuotedCellsWithCommasQuotesAndLineBreaks() throws {
        let text = "a,b\r\n\"x, y\",\"say \"\"hi\"\"\"\r\n\"one\ntwo\",3\n"
        let csv = try table(text)
        #expect(csv.columns == ["a", "b"])
        #expect(csv.rowCount == 2)
        #expect(csv[0]["a"] == "x, y")
        #expect(csv[0]["b"] == "say \"hi\"")
        #expect(csv[1]["a"] == "one\ntwo")
        #expect(csv[1]["b"] == "3")
    }

    @Test func acceptsAMarkNoFinalLineBreakAndEmptyCells() throws {
        let csv = try table("\u{FEFF}a,b,c\n1,,")
        #expect(csv.columns == ["a", "b", "c"])
        #expect(csv[0]["a"] == "1")
        #expect(csv[0]["b"] == nil)
        #expect(csv[0]["c"] == nil)
        #expect(csv[0]["no such column"] == nil)
    }

    @Test func rowsKnowTheirLinesAcrossQuotedLineBreaks() throws {
        let csv = try table("a,b\n\"1\n2\n3\",x\n4,5\n\n6,7\n")
        #expect((0 ..< 3).map { csv[$0].line } == [2, 5, 7])
        #expect(csv[0].place(of: "b", "").line == 4)
        #expect(csv[0].place(of: "b", "").column == 4)
    }

    @Test func columnsAreCountedInCharacters() throws {
        let csv = try table("a,b\n\"é,µ\",x\n")
        #expect(csv[0].place(of: "b", "wrong").description == "t.csv:2:7: wrong")
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        var text: String
        var message: String
        var testDescription: String { message }
    }

    @Test(arguments: [
        Wrong(
            text: "a,b\n1\n", message: "t.csv:2:1: this row has 1 cells, the header has 2"),
        Wrong(
            text: "a,b\n1,2\n3,4,5\n",
            message: "t.csv:3:1: this row has 3 cells, the header has 2"),
        Wrong(text: "a,a\n1,2\n", message: "t.csv:1:1: the header names \"a\" twice"),
        Wrong(text: "a,\n1,2\n", message: "t.csv:1:1: column 2 of the header has no name"),
        Wrong(
            text: "a,b\nx\"y,2\n",
            message: "t.csv:2:2: a quote may only open or close a whole cell, "
                + "and is doubled inside one"),
        Wrong(
            text: "a,b\n1,2\n\"open,3\n4,5\n",
            message: "t.csv:3:1: the quoted cell that begins in this row never ends"),
        Wrong(text: "", message: "t.csv: cannot be read: it has no header row."),
        Wrong(text: "\n\n", message: "t.csv: cannot be read: it has no header row."),
    ])
    func saysWhatIsWrong(_ wrong: Wrong) throws {
        let error = #expect(throws: CatalogError.self) { try table(wrong.text) }
        #expect(error?.description == wrong.message)
    }

    @Test func namesMissingColumnsWithTheNearest() throws {
        let error = #expect(throws: CatalogError.self) {
            try table("gpu,dat\n1,2\n", requiring: ["gpu", "date", "region"])
        }
        #expect(
            error?.description == """
                t.csv:1:1: the column "date" is missing; is "dat" meant?
                t.csv:1:1: the column "region" is missing
                """)
    }

    @Test func refusesTextThatIsNotUTF8() throws {
        let error = #expect(throws: CatalogError.self) {
            try CSVTable([0x61, 0x0A, 0xFF, 0x0A], file: "t.csv")
        }
        #expect(error?.description == "t.csv:2:1: a cell of this row is not UTF-8 text")
    }

    @Test func refusesTooManyColumnsAndMissingFiles() throws {
        let wide = String(repeating: "a,", count: 1000) + "b\n"
        let error = #expect(throws: CatalogError.self) { try table(wide) }
        #expect(error?.description.contains("at most 1000") == true)
        let missing = #expect(throws: CatalogError.self) {
            try CSVTable(contentsOf: URL(fileURLWithPath: "/no/such.csv"))
        }
        #expect(missing?.description == "/no/such.csv: cannot be read: there is no such file.")
        let directory = #expect(throws: CatalogError.self) {
            try CSVTable(contentsOf: URL(fileURLWithPath: "/tmp"))
        }
        #expect(directory?.description == "/tmp: cannot be read: it is not a readable file.")
    }

    @Test func collectsEveryWrongCell() throws {
        let csv = try table("name,size,count\na,1.5,2\n,many,2.5\nb,-1,0x10\nc,inf,8.0\n")
        let error = #expect(throws: CatalogError.self) {
            try csv.decode { row in
                _ = row.requiredText("name")
                _ = row.number("size")
                _ = row.integer("count")
            }
        }
        #expect(
            error?.description == """
                t.csv:3:1: name is empty
                t.csv:3:2: size is "many", expected a number
                t.csv:3:7: count is "2.5", expected a whole number ≥ 0
                t.csv:4:3: size is -1, expected a number ≥ 0
                t.csv:4:6: count is "0x10", expected a whole number ≥ 0
                t.csv:5:3: size is "inf", expected a number
                """)
    }

    @Test func reportsTheSecondOfTwoRowsWithOneKey() throws {
        let csv = try table("name\na\nb\na\n")
        let error = #expect(throws: CatalogError.self) {
            try csv.decode(uniqueBy: "name", key: { $0 }, { $0.requiredText("name") })
        }
        #expect(error?.description == "t.csv:4:1: \"a\" was already described in line 2")
    }

    @Test func readsFlagsAndWholeNumbersWrittenAsDecimals() throws {
        let csv = try table("f,g,n\nyes,FALSE,8.0\n")
        let rows = try csv.decode { ($0.flag("f"), $0.flag("g"), $0.integer("n")) }
        #expect(rows[0].0 == true)
        #expect(rows[0].1 == false)
        #expect(rows[0].2 == 8)
    }

    @Test(arguments: 1 ... 200)
    func neverCrashesOnDamagedText(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        var bytes = Array("a,b\n\"x\ny\",\"\"\"\"\r\n1,2\n".utf8)
        for _ in 0 ..< 4 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let alphabet: [UInt8] = [0x22, 0x2C, 0x0A, 0x0D, 0x20, 0x00, 0xFF, 0x61]
            bytes[Int(state >> 33) % bytes.count] = alphabet[Int(state >> 20) % alphabet.count]
        }
        if let csv = try? CSVTable(bytes, file: "t.csv") {
            for index in 0 ..< csv.rowCount {
                #expect(csv[index].place(of: csv.columns[0], "").line >= 1)
            }
        }
    }
}
