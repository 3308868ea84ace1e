import JSON

/// A position in an image, in pixels from its top left corner.
struct Point: Sendable, Hashable {
    var x: Double
    var y: Double
}

/// A part of an image, in pixels.
struct Rectangle: Sendable, Hashable {
    var left: Double
    var top: Double
    var width: Double
    var height: Double

    var right: Double { left + width }
    var bottom: Double { top + height }
}

/// The elements of an SVG image, in drawing order.
///
/// Colours are attributes for light backgrounds, overridden by one style sheet when the reader
/// prefers dark ones; the image has its own background, so it is readable wherever it is placed.
struct Canvas {
    /// The width in pixels.
    let width: Double
    private var body = ""

    init(width: Double) { self.width = width }

    /// Where a text stands relative to its position.
    enum Anchor: String { case start, middle, end }

    mutating func rectangle(_ area: Rectangle, _ paint: Paint, tooltip: String? = nil) {
        element(
            "rect",
            "x=\"\(pixels(area.left))\" y=\"\(pixels(area.top))\" "
                + "width=\"\(pixels(area.width))\" height=\"\(pixels(area.height))\" "
                + paint.fillAttributes, tooltip)
    }

    mutating func line(
        from start: Point, to end: Point, _ paint: Paint, width: Double = 1, dash: String? = nil
    ) {
        let dashes = dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""
        element(
            "line",
            "x1=\"\(pixels(start.x))\" y1=\"\(pixels(start.y))\" x2=\"\(pixels(end.x))\" "
                + "y2=\"\(pixels(end.y))\" \(paint.strokeAttributes) "
                + "stroke-width=\"\(pixels(width))\"\(dashes)", nil)
    }

    /// Straight lines through points, clipped to the plot.
    mutating func path(_ points: [Point], _ paint: Paint, dash: String? = nil, tooltip: String?) {
        let dashes = dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""
        element(
            "path",
            "d=\"\(pathData(points))\" fill=\"none\" \(paint.strokeAttributes) "
                + "stroke-width=\"2\" stroke-linejoin=\"round\"\(dashes)", tooltip)
    }

    /// A filled outline.
    mutating func area(_ points: [Point], _ paint: Paint, opacity: Double = 1, tooltip: String?) {
        element(
            "path",
            "d=\"\(pathData(points))Z\" \(paint.fillAttributes) "
                + "fill-opacity=\"\(pixels(opacity))\"", tooltip)
    }

    /// A point of a series; series differ in shape as well as in colour.
    mutating func marker(_ series: Int, at point: Point, tooltip: String?) {
        let (x, y) = (point.x, point.y)
        let outline: [Point]
        switch series % 4 {
        case 0:
            element(
                "circle",
                "cx=\"\(pixels(x))\" cy=\"\(pixels(y))\" r=\"4.5\" "
                    + "\(Paint.series(series).fillAttributes) fill-opacity=\"0.85\"", tooltip)
            return
        case 1: outline = [(-4, -4), (4, -4), (4, 4), (-4, 4)].map { Point(x: x + $0, y: y + $1) }
        case 2: outline = [(0, -5), (5, 4), (-5, 4)].map { Point(x: x + $0, y: y + $1) }
        default: outline = [(0, -6), (5, 0), (0, 6), (-5, 0)].map { Point(x: x + $0, y: y + $1) }
        }
        area(outline, .series(series), opacity: 0.85, tooltip: tooltip)
    }

    /// The marker of a measured value: a diamond with an outline that shows on every colour.
    mutating func measuredMarker(at point: Point, tooltip: String?) {
        let corners = [(0.0, -6.0), (5, 0), (0, 6), (-5, 0)]
        element(
            "path",
            "d=\"\(pathData(corners.map { Point(x: point.x + $0, y: point.y + $1) }))Z\" "
                + "class=\"mark\" fill=\"#1b1f24\" stroke=\"#ffffff\" stroke-width=\"1.5\"", tooltip
        )
    }

    mutating func text(
        _ text: String, at point: Point, size: Double = 12, _ paint: Paint = .ink,
        anchor: Anchor = .start, isBold: Bool = false, isRotated: Bool = false
    ) {
        let place = "x=\"\(pixels(point.x))\" y=\"\(pixels(point.y))\""
        let turn =
            isRotated ? " transform=\"rotate(-90 \(pixels(point.x)) \(pixels(point.y)))\"" : ""
        body +=
            "<text \(place)\(turn) font-size=\"\(pixels(size))\" text-anchor=\"\(anchor.rawValue)\""
            + "\(isBold ? " font-weight=\"600\"" : "") \(paint.fillAttributes)>"
            + "\(xmlEscaped(text))</text>\n"
    }

    /// Draws only inside an area; the closure's elements are cut at its edges.
    mutating func clipped(to area: Rectangle, _ draw: (inout Canvas) -> Void) {
        body += "<svg x=\"\(pixels(area.left))\" y=\"\(pixels(area.top))\" "
        body += "width=\"\(pixels(area.width))\" height=\"\(pixels(area.height))\" "
        body += "viewBox=\"\(pixels(area.left)) \(pixels(area.top)) "
        body += "\(pixels(area.width)) \(pixels(area.height))\">\n"
        draw(&self)
        body += "</svg>\n"
    }

    /// The complete image, with a title and a description for readers who do not see it.
    func document(title: String, description: String, height: Double) -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="\(pixels(width))" height="\(pixels(height))" \
        viewBox="0 0 \(pixels(width)) \(pixels(height))" role="img" \
        aria-labelledby="chart-title chart-description" \
        font-family="system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif">
        <title id="chart-title">\(xmlEscaped(title))</title>
        <desc id="chart-description">\(xmlEscaped(description))</desc>
        <style>\(Paint.darkStyle)</style>
        <rect width="100%" height="100%" rx="6" \(Paint.background.fillAttributes)/>
        \(body)</svg>

        """
    }

    private mutating func element(_ name: String, _ attributes: String, _ tooltip: String?) {
        let content = tooltip.map { "<title>\(xmlEscaped($0))</title>" }
        body +=
            content.map { "<\(name) \(attributes)>\($0)</\(name)>\n" }
            ?? "<\(name) \(attributes)/>\n"
    }
}

/// Text for an XML document; characters XML 1.0 does not allow become U+FFFD.
func xmlEscaped(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in withoutControls(text).unicodeScalars {
        switch scalar {
        case "&": escaped += "&amp;".unicodeScalars
        case "<": escaped += "&lt;".unicodeScalars
        case ">": escaped += "&gt;".unicodeScalars
        case "\"": escaped += "&quot;".unicodeScalars
        case "\n": escaped.append(" ")
        case "\u{FFFE}", "\u{FFFF}": escaped.append("\u{FFFD}")
        default: escaped.append(scalar)
        }
    }
    return String(escaped)
}

private func pathData(_ points: [Point]) -> String {
    var data = ""
    for (index, point) in points.enumerated() {
        data += "\(index == 0 ? "M" : "L")\(pixels(point.x)) \(pixels(point.y))"
    }
    return data
}

/// A coordinate with at most two decimals.
private func pixels(_ value: Double) -> String {
    shortestDecimal((value * 100).rounded() / 100 + 0) ?? "0"
}
