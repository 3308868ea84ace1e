import Reporting
import Testing

@Suite struct DocumentTests {
    @Test func everyBlock() {
        var table = Table(columns: [.init("a")])
        table.append([.integer(1)])
        var document = Document()
        document.heading("Report #1 <x>", level: 1)
        document.paragraph("Plain **bold**.")
        document.table(table)
        document.code("a ``` b\n", language: "sh")
        document.image("charts/a b.svg", description: "bars [1]")
        document.list(["one", "two\nlines"])
        document.list(["first"], isNumbered: true)
        document.list([])
        document.details("More") { $0.paragraph("inside") }
        #expect(
            document.text == """
                # Report \\#1 &lt;x&gt;

                Plain **bold**.

                | a |
                | ---: |
                | 1 |

                ````sh
                a ``` b
                ````

                ![bars \\[1\\]](charts/a%20b.svg)

                - one
                - two
                  lines

                1. first

                <details>
                <summary>More</summary>

                inside

                </details>

                """)
    }

    @Test(arguments: [("a", "`a`"), ("a`b", "`` a`b ``"), ("a\nb", "`a b`")])
    func codeSpans(text: String, markdown: String) {
        #expect(markdownCode(text) == markdown)
    }
}
