import Foundation
import Reporting
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite struct ChartTests {
    @Test(arguments: ChartExamples.all.map(\.name))
    func chartsAreWellFormedAndSelfContained(name: String) throws {
        let svg = try #require(ChartExamples.all.first { $0.name == name }?.svg)
        let reader = SVGReader()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(reader.titles.first?.isEmpty == false)
        #expect(!svg.contains("<script") && !svg.contains("href"))
        #expect(!svg.lowercased().contains("nan") && !svg.contains("inf"))
        #expect(svg.contains("prefers-color-scheme: dark"))
        #expect(reader.problems == [])
    }

    @Test func namesAreEscaped() {
        let svg = ChartExamples.stackedBars.svg()
        #expect(svg.contains("a &lt;very&gt; long"))
        #expect(svg.contains("logits &amp; loss"))
        #expect(!svg.contains("<very>"))
    }

    @Test func whatIsNotDrawnIsSaid() {
        #expect(ChartExamples.stackedBars.svg().contains("1 value is not drawn"))
        #expect(ChartExamples.stackedBars.svg().contains(">incomplete<"))
        #expect(ChartExamples.lines.svg().contains("20 values are not drawn"))
        #expect(!ChartExamples.tornado.svg().contains("not drawn"))
    }

    @Test func aHoleInterruptsTheLine() {
        let paths = ChartExamples.lines.svg().components(separatedBy: "<path ").count - 1
        #expect(paths == 4)
    }

    @Test func theScatterCountsPointsInsideTheBand() {
        #expect(ChartExamples.scatter.svg().contains("5 of 6 points lie within 10%"))
    }

    @Test func thePeakOfATimelineIsNamed() {
        #expect(ChartExamples.area.svg().contains("The peak is 1403 at 148"))
    }

    /// Labels of neighbouring ticks must tell them apart, also in a narrow range far from zero.
    @Test(arguments: [
        ([2.302585, 2.302586], "2.3025850"), ([1_000_000, 1_000_004], "1000001"),
        ([0, 3e7], "2×10⁷"), ([0, 0.4], "0.1"), ([0, 250], "150"), ([3, 3], "3.1"),
        ([0, 0], "-0.5"), ([-3, 3], "-2"),
    ])
    func tickLabels(values: [Double], label: String) {
        let svg = LineChart(
            .init("t"), horizontal: .init("x"), vertical: .init("y"),
            series: [.init("a", values: values)]
        ).svg()
        #expect(svg.contains(">\(label)</text>"))
    }

    static let empty: [(name: String, svg: String)] = [
        ("bars", StackedBarChart(.init("t"), axisTitle: "x", parts: ["a"], bars: []).svg()),
        ("groups", GroupedBarChart(.init("t"), axisTitle: "x", series: [], groups: []).svg()),
        (
            "lines",
            LineChart(.init("t"), horizontal: .init("x"), vertical: .init("y"), series: []).svg()
        ),
        (
            "log of nothing positive",
            LineChart(
                .init("t"), horizontal: .init("x"), vertical: .init("y", scale: .log),
                series: [.init("a", values: [0, -1])]
            ).svg()
        ),
        ("scatter", ScatterChart(.init("t"), quantity: "x", series: []).svg()),
        (
            "area",
            StackedAreaChart(
                .init("t"), horizontalTitle: "x", verticalTitle: "y", times: [], layers: []
            ).svg()
        ),
        ("tornado", TornadoChart(.init("t"), axisTitle: "x", base: .nan, bars: []).svg()),
    ]

    @Test(arguments: empty.map(\.name))
    func emptyChartsSaySo(name: String) throws {
        let svg = try #require(Self.empty.first { $0.name == name }?.svg)
        #expect(svg.contains(">no data<"))
    }

    /// Values that tempt an axis into a division by zero, an overflow or an endless row of ticks.
    static let extremes: [[Double]] = [
        [Double.leastNonzeroMagnitude, 0], [1e199, -1e199], [1e-199, 1e199], [3, 3], [0, 0],
        [-2, -2], [1e15, 1e15 + 1], [.infinity, 1], [1e300, 1], [0.1, 0.1000000001], [-5, 12],
        [1e-7, 2e-7],
    ]

    @Test(arguments: extremes)
    func extremeValuesStayInsideTheImage(values: [Double]) throws {
        let points = values.map { SIMD2($0, $0) }
        for scale in [ScaleKind.linear, .log] {
            try check(
                LineChart(
                    .init("t"), horizontal: .init("x", scale: scale),
                    vertical: .init("y", scale: scale), series: [.init("a", points)]
                ).svg())
        }
        try check(
            GroupedBarChart(
                .init("t"), axisTitle: "x", series: ["a", "b"], groups: [.init("g", values)]
            ).svg())
        try check(
            TornadoChart(
                .init("t"), axisTitle: "x", base: values[0],
                bars: [.init("i", low: values[1], high: values[0])]
            ).svg())
        try check(
            ScatterChart(
                .init("t"), quantity: "q",
                series: [.init("s", [.init("p", measured: values[0], predicted: values[1])])]
            ).svg())
    }

    private func check(_ svg: String) throws {
        let reader = SVGReader()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = reader
        #expect(parser.parse())
        #expect(reader.problems == [])
    }

    @Test func longSeriesAreThinnedAndKeepTheirExtremes() {
        var values = (0 ..< 200_000).map { Double($0 % 7) }
        values[77_777] = 100
        let svg = LineChart(
            .init("t"), horizontal: .init("x"), vertical: .init("y"),
            series: [.init("a", values: values)]
        ).svg()
        #expect(svg.utf8.count < 60_000)
        // The axis ends at 100, at the plot's upper edge, 76 pixels down.
        #expect(svg.contains(" 76L"))
    }
}

/// Reads an image and collects coordinates outside it and texts that begin or end outside it.
private final class SVGReader: NSObject, XMLParserDelegate {
    var titles: [String] = []
    var problems: [String] = []
    private var size: (width: Double, height: Double)?
    private var collectsTitle = false

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String] = [:]
    ) {
        if size == nil, name == "svg", let width = attributes["width"].flatMap(Double.init),
            let height = attributes["height"].flatMap(Double.init)
        {
            size = (width, height)
        }
        collectsTitle = name == "title"
        if collectsTitle { titles.append("") }
        guard let size else { return }
        for (key, limit) in [
            ("x", size.width), ("x1", size.width), ("x2", size.width), ("cx", size.width),
            ("y", size.height), ("y1", size.height), ("y2", size.height), ("cy", size.height),
        ] {
            guard let text = attributes[key] else { continue }
            let value = Double(text) ?? .nan
            if !(value >= 0 && value <= limit) { problems.append("<\(name) \(key)=\(text)>") }
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if collectsTitle { titles[titles.count - 1] += string }
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
        qualifiedName: String?
    ) {
        collectsTitle = false
    }
}
