/// The shared layout of charts with horizontal bars: labels on the left, a value axis below.
///
/// Rows grow downwards, so any number of bars with any labels fits.
struct BarFrame {
    var canvas = Canvas(width: 760)
    /// Where bars are drawn.
    let plot: Rectangle
    let scale: Scale
    let rowHeight: Double
    private let heading: ChartHeading
    private let undrawn: Int

    /// Draws heading, labels, grid and axis; `leftRoom` and `rightRoom` are kept free for the texts
    /// at the ends of bars.
    init(
        _ heading: ChartHeading, legend: [LegendEntry], labels: [String], rowHeight: Double,
        scale: Scale, axisTitle: String, reference: ReferenceLine?, leftRoom: Double = 0,
        rightRoom: Double, undrawn: Int
    ) {
        (self.heading, self.scale, self.rowHeight, self.undrawn) = (
            heading, scale, rowHeight, undrawn
        )
        let margin = Canvas.margin
        var top = canvas.heading(heading, legend: legend)
        if reference != nil { top += 16 }
        let gutter = min(240, labels.map { textWidth($0) }.max() ?? 0)
        let left = margin + gutter + 10 + leftRoom
        plot = Rectangle(
            left: left, top: top, width: canvas.width - left - margin - rightRoom,
            height: rowHeight * Double(labels.count) + 4)
        drawAxis(axisTitle)
        for (index, label) in labels.enumerated() {
            canvas.text(
                fitted(label, width: gutter + 1),
                at: Point(x: margin + gutter, y: middle(ofRow: index) + 4), anchor: .end)
        }
        if let reference { draw(reference) }
    }

    /// The horizontal position of a value.
    func x(_ value: Double) -> Double { plot.left + scale.position(value) * plot.width }

    /// The vertical middle of a row.
    func middle(ofRow index: Int) -> Double { plot.top + 2 + rowHeight * (Double(index) + 0.5) }

    /// A bar between two values, never thinner than a visible line.
    mutating func bar(
        from start: Double, to end: Double, middle: Double, thickness: Double, _ paint: Paint,
        tooltip: String
    ) {
        let (low, high) = (min(x(start), x(end)), max(x(start), x(end)))
        canvas.rectangle(
            Rectangle(
                left: low, top: middle - thickness / 2, width: max(high - low, 0.75),
                height: thickness), paint, tooltip: tooltip)
    }

    /// The finished image, with a line at zero if bars begin there.
    mutating func finished(description: String, hasZeroLine: Bool = true) -> String {
        if hasZeroLine && scale.low <= 0 && scale.high >= 0 {
            canvas.line(
                from: Point(x: x(0), y: plot.top), to: Point(x: x(0), y: plot.bottom), .muted)
        }
        return canvas.finished(
            heading, description: description, height: plot.bottom + 52, undrawn: undrawn)
    }

    private mutating func drawAxis(_ title: String) {
        let ticks = scale.ticks
        for (tick, label) in zip(ticks, scale.labels(ticks)) {
            canvas.line(
                from: Point(x: x(tick), y: plot.top), to: Point(x: x(tick), y: plot.bottom), .grid)
            canvas.text(
                label, at: Point(x: x(tick), y: plot.bottom + 16), size: 11, .muted, anchor: .middle
            )
        }
        canvas.text(
            fitted(title, width: plot.width + 80),
            at: Point(x: plot.left + plot.width / 2, y: plot.bottom + 36), anchor: .middle)
    }

    private mutating func draw(_ reference: ReferenceLine) {
        let position = x(reference.value)
        let name = "\(reference.name) \(shortNumber(reference.value))"
        let half = textWidth(name, size: 11) / 2
        let center = min(max(position, Canvas.margin + half), canvas.width - Canvas.margin - half)
        canvas.line(
            from: Point(x: position, y: plot.top - 4), to: Point(x: position, y: plot.bottom), .ink,
            width: 1.5, dash: "5 3")
        canvas.text(
            name, at: Point(x: center, y: plot.top - 8), size: 11, .ink, anchor: .middle)
    }
}
