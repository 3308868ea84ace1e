/// One axis of a chart with points.
package struct Axis: Sendable, Hashable {
    /// What the axis shows, with its unit.
    package let title: String
    /// How values are spread along it.
    package let scale: ScaleKind
    /// Whether a linear axis always shows zero.
    package let includesZero: Bool

    package init(_ title: String, scale: ScaleKind = .linear, includesZero: Bool = false) {
        self.title = title
        self.scale = scale
        self.includesZero = includesZero
    }
}

/// The shared layout of charts with points on two axes.
struct PlotFrame {
    var canvas: Canvas
    /// Where points are drawn.
    let plot: Rectangle
    let horizontal: Scale
    let vertical: Scale
    private let heading: ChartHeading
    private let undrawn: Int

    /// Draws heading, grid and axes around a plot of the given height, and width unless it fills the
    /// image.
    init(
        _ heading: ChartHeading, legend: [LegendEntry], horizontal: Scale, horizontalTitle: String,
        vertical: Scale, verticalTitle: String, width: Double = 760, plotHeight: Double = 300,
        plotWidth: Double? = nil, undrawn: Int
    ) {
        canvas = Canvas(width: width)
        (self.heading, self.undrawn) = (heading, undrawn)
        (self.horizontal, self.vertical) = (horizontal, vertical)
        let top = canvas.heading(heading, legend: legend) + 8
        let ticks = vertical.ticks
        let labels = vertical.labels(ticks)
        let widest = labels.map { textWidth($0, size: 11) }.max() ?? 0
        let left = Canvas.margin + 22 + widest + 8
        let available = width - left - Canvas.margin - 14
        plot = Rectangle(
            left: left, top: top, width: min(plotWidth ?? available, available), height: plotHeight)
        for (tick, label) in zip(ticks, labels) {
            canvas.line(
                from: Point(x: plot.left, y: y(tick)), to: Point(x: plot.right, y: y(tick)), .grid)
            canvas.text(
                label, at: Point(x: plot.left - 7, y: y(tick) + 4), size: 11, .muted, anchor: .end)
        }
        drawHorizontalAxis(horizontalTitle)
        canvas.text(
            fitted(verticalTitle, width: plot.height + 40),
            at: Point(x: Canvas.margin + 10, y: plot.top + plot.height / 2), anchor: .middle,
            isRotated: true)
    }

    func x(_ value: Double) -> Double { plot.left + horizontal.position(value) * plot.width }
    func y(_ value: Double) -> Double { plot.bottom - vertical.position(value) * plot.height }
    func point(_ x: Double, _ y: Double) -> Point { Point(x: self.x(x), y: self.y(y)) }

    /// The finished image.
    mutating func finished(description: String) -> String {
        canvas.line(
            from: Point(x: plot.left, y: plot.bottom), to: Point(x: plot.right, y: plot.bottom),
            .muted)
        canvas.line(
            from: Point(x: plot.left, y: plot.top), to: Point(x: plot.left, y: plot.bottom), .muted)
        return canvas.finished(
            heading, description: description, height: plot.bottom + 52, undrawn: undrawn)
    }

    /// A dashed line across the plot with its name at the right end.
    mutating func draw(_ reference: ReferenceLine) {
        let height = y(reference.value)
        canvas.line(
            from: Point(x: plot.left, y: height), to: Point(x: plot.right, y: height), .ink,
            width: 1.5, dash: "5 3")
        canvas.text(
            "\(reference.name) \(shortNumber(reference.value))",
            at: Point(x: plot.right - 4, y: height - 5 < plot.top + 10 ? height + 14 : height - 5),
            size: 11, anchor: .end)
    }

    /// Grid lines at every tick, labels only where they do not touch the one before.
    private mutating func drawHorizontalAxis(_ title: String) {
        let ticks = horizontal.ticks
        var taken = -Double.infinity
        for (tick, label) in zip(ticks, horizontal.labels(ticks)) {
            canvas.line(
                from: Point(x: x(tick), y: plot.top), to: Point(x: x(tick), y: plot.bottom), .grid)
            let half = textWidth(label, size: 11) / 2
            guard x(tick) - half > taken + 6 else { continue }
            taken = x(tick) + half
            canvas.text(
                label, at: Point(x: x(tick), y: plot.bottom + 16), size: 11, .muted, anchor: .middle
            )
        }
        canvas.text(
            fitted(title, width: plot.width + 60),
            at: Point(x: plot.left + plot.width / 2, y: plot.bottom + 36), anchor: .middle)
    }
}
