import Quantities
import Reporting
import Testing

@Suite struct TableTests {
    private static func example() -> Table {
        var table = Table(
            "Memory",
            columns: [
                Table.Column("Strategy"),
                Table.Column("Peak memory", key: "peak_bytes"),
                Table.Column("Step time", unit: "ms"),
                Table.Column("Fits"),
            ])
        table.append([
            .text("LoRA r=16"), .quantity(Bytes.gibibytes(14.5)), .number(1234.5678), .flag(true),
        ])
        table.append([.text("full, \"bf16\""), .quantity(Bytes(1023)), .number(0.1), .flag(false)])
        table.append([.text("prompt"), .empty, .number(.nan), .empty])
        return table
    }

    @Test func terminalTextAlignsNumbersRight() {
        #expect(
            Self.example().text(as: .table) == """
                Memory
                Strategy      Peak memory  Step time (ms)  Fits
                ────────────  ───────────  ──────────────  ────
                LoRA r=16        14.5 GiB            1235  yes
                full, "bf16"       1023 B             0.1  no
                prompt                                n/a

                """)
    }

    @Test func csvIsQuotedAndExact() {
        #expect(
            Self.example().text(as: .csv)
                == "strategy,peak_bytes,step_time_ms,fits\r\n"
                + "LoRA r=16,15569256448,1234.5678,true\r\n"
                + "\"full, \"\"bf16\"\"\",1023,0.1,false\r\n"
                + "prompt,,,\r\n")
    }

    @Test func jsonKeepsColumnOrder() {
        #expect(
            Self.example().json.text(.compact)
                == #"[{"strategy":"LoRA r=16","peak_bytes":15569256448,"step_time_ms":1234.5678,"#
                + #""fits":true},{"strategy":"full, \"bf16\"","peak_bytes":1023,"#
                + #""step_time_ms":0.1,"fits":false},"#
                + #"{"strategy":"prompt","peak_bytes":null,"step_time_ms":null,"fits":null}]"#)
    }

    @Test func markdownEscapesCells() {
        var table = Table(columns: [.init("A|B"), .init("n", alignment: .center)])
        table.append([.text("x|y <b>*z*"), .integer(3)])
        table.notes = ["A note."]
        #expect(
            table.text(as: .markdown) == """
                | A\\|B | n |
                | --- | :---: |
                | x\\|y &lt;b&gt;\\*z\\* | 3 |

                A note.

                """)
    }

    @Test func emptyTableStillHasItsHeader() {
        let table = Table(columns: [.init("Model"), .init("Memory", unit: "GiB")])
        #expect(table.text(as: .csv) == "model,memory_gib\r\n")
        #expect(table.text(as: .json) == "[]\n")
        #expect(table.text(as: .table) == "Model  Memory (GiB)\n─────  ────────────\n")
    }

    @Test(arguments: [120, 60, 40, 30, 20])
    func noLineIsWiderThanTheTerminal(width: Int) {
        var table = Table(
            "A title that is longer than some terminals are",
            columns: [
                .init("Configuration"), .init("Reason"), .init("Peak", key: "peak_bytes"),
            ])
        table.append([
            .text("模型 量化 QLoRA rank 16"),
            .text("does not fit: the optimizer state alone needs more than the device has"),
            .quantity(Bytes.gibibytes(81.25)),
        ])
        let lines = table.text(as: .table, style: TerminalStyle(width: width, isBold: false))
            .split(separator: "\n")
        #expect(lines.count > 2)
        for line in lines { #expect(displayWidth(String(line)) <= width, "\(line)") }
        let words = lines.joined(separator: " ").split(whereSeparator: \.isWhitespace)
        for word in ["量化", "optimizer", "device", "81.2"] {
            #expect(words.contains { $0.contains(word) }, "\(word) is missing at width \(width)")
        }
    }

    @Test func longTextsAreWrappedInsideTheirColumn() {
        var table = Table(columns: [.init("Strategy"), .init("Reason"), .init("n")])
        table.append([.text("full"), .text("the optimizer state needs too much"), .integer(12)])
        #expect(
            table.text(as: .table, style: TerminalStyle(width: 30, isBold: false)) == """
                Strategy  Reason             n
                ────────  ────────────────  ──
                full      the optimizer     12
                          state needs too
                          much

                """)
    }

    @Test func boldOnlyWhenAsked() {
        let bold = Self.example().text(as: .table, style: TerminalStyle(width: 80, isBold: true))
        #expect(bold.hasPrefix("\u{1B}[1mMemory\u{1B}[0m\n"))
        #expect(!Self.example().text(as: .table).contains("\u{1B}"))
    }

    @Test func hostileNamesCannotWriteEscapeSequences() {
        var table = Table(columns: [.init("Name")])
        table.append([.text("a\u{1B}[2Jb\u{202E}c")])
        let text = table.text(as: .table)
        #expect(text.contains("a\u{FFFD}[2Jb\u{FFFD}c"))
    }

    @Test func fileOutputIsNeverStyled() {
        let style = TerminalStyle.detected(descriptor: -1, environment: [:])
        #expect(style == .plain)
    }

    @Test(arguments: [
        ("plain", 5), ("模型", 4), ("é", 1), ("e\u{301}", 1), ("👩‍🔬", 2), ("한글", 4), ("≈10 µs", 6),
        ("✔️", 2), ("", 0),
    ])
    func widths(text: String, columns: Int) {
        #expect(displayWidth(text) == columns)
    }

    @Test(arguments: [
        ("Peak memory (GiB)", "peak_memory_gib"), ("Error %", "error_percent"),
        ("Time µs", "time_us"), ("  A--B  ", "a_b"), ("FLOP/s", "flop_s"),
    ])
    func keys(title: String, key: String) {
        #expect(snakeCase(title) == key)
    }

    @Test func truncationMarksWhatIsLost() {
        #expect(truncated("abcdef", to: 6) == "abcdef")
        #expect(truncated("abcdef", to: 4) == "abc…")
        #expect(truncated("模型模型", to: 4) == "模…")
        #expect(truncated("abc", to: 0) == "")
    }
}
