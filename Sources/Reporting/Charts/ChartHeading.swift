/// The words above a chart.
package struct ChartHeading: Sendable, Hashable {
    /// What is shown, as a short phrase.
    package let title: String
    /// Where the numbers come from, or nil.
    package let subtitle: String?

    package init(_ title: String, subtitle: String? = nil) {
        self.title = title
        self.subtitle = subtitle
    }
}

/// A value that other values are compared with, such as a device's memory.
package struct ReferenceLine: Sendable, Hashable {
    /// The words beside the line.
    package let name: String
    /// The value, in the unit of the axis.
    package let value: Double

    package init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
    }
}

/// One entry of a legend.
struct LegendEntry {
    /// What stands before the name.
    enum Symbol {
        case area(Int)
        case line(Int)
        case marker(Int)
        case measured
        case dashed
    }

    let name: String
    let symbol: Symbol
}

extension Canvas {
    /// The space around everything, in pixels.
    static var margin: Double { 16 }

    /// Draws title, subtitle and legend, and answers the first free height below them.
    mutating func heading(_ heading: ChartHeading, legend: [LegendEntry]) -> Double {
        let inner = width - 2 * Self.margin
        var y = Self.margin
        for line in flowed(heading.title, width: inner, size: 16, isBold: true) {
            y += 18
            text(line, at: Point(x: Self.margin, y: y - 3), size: 16, isBold: true)
        }
        for line in flowed(heading.subtitle ?? "", width: inner, size: 12) {
            y += 17
            text(line, at: Point(x: Self.margin, y: y - 3), size: 12, .muted)
        }
        y += 8
        guard !legend.isEmpty else { return y }
        var x = Self.margin
        for entry in legend {
            let name = fitted(entry.name, width: inner - 24)
            let size = 24 + textWidth(name) + 14
            if x + size - 14 > width - Self.margin && x > Self.margin {
                (x, y) = (Self.margin, y + 19)
            }
            symbol(entry.symbol, at: Point(x: x, y: y + 8))
            text(name, at: Point(x: x + 24, y: y + 12))
            x += size
        }
        return y + 26
    }

    private mutating func symbol(_ symbol: LegendEntry.Symbol, at point: Point) {
        let end = Point(x: point.x + 18, y: point.y)
        let middle = Point(x: point.x + 9, y: point.y)
        switch symbol {
        case .area(let series):
            rectangle(
                Rectangle(left: point.x + 2, top: point.y - 6, width: 14, height: 12),
                .series(series))
        case .line(let series):
            line(
                from: point, to: end, .series(series), width: 2.5,
                dash: Paint.dash(ofSeries: series))
        case .marker(let series): marker(series, at: middle, tooltip: nil)
        case .measured: measuredMarker(at: middle, tooltip: nil)
        case .dashed: line(from: point, to: end, .ink, width: 1.5, dash: "5 3")
        }
    }

    /// The finished image, with a last line saying how many values could not be drawn.
    mutating func finished(
        _ heading: ChartHeading, description: String, height: Double, undrawn: Int
    ) -> String {
        var height = height
        var description = description
        if undrawn > 0 {
            let note =
                undrawn == 1
                ? "1 value is not drawn: it is not finite or not positive where it must be."
                : "\(undrawn) values are not drawn: not finite or not positive where they must be."
            text(note, at: Point(x: Self.margin, y: height + 4), size: 11, .muted)
            description += " " + note
            height += 18
        }
        return document(title: heading.title, description: description, height: height)
    }

    /// A chart without values: its heading and the words "no data".
    static func noData(_ heading: ChartHeading, width: Double = 760, undrawn: Int) -> String {
        var canvas = Canvas(width: width)
        let top = canvas.heading(heading, legend: [])
        canvas.text(
            "no data", at: Point(x: width / 2, y: top + 50), size: 14, .muted, anchor: .middle)
        return canvas.finished(
            heading, description: "There is no data to show.", height: top + 100, undrawn: undrawn)
    }
}
