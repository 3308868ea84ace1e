/// Lines through points: loss against steps for several runs.
package struct LineChart: Sendable, Hashable {
    package let heading: ChartHeading
    package let horizontal: Axis
    package let vertical: Axis
    /// The lines, in drawing order.
    package let series: [Series]

    /// One line.
    package struct Series: Sendable, Hashable {
        /// The name in the legend.
        package let name: String
        /// The points in order; a point that cannot be shown interrupts the line.
        package let points: [SIMD2<Double>]

        package init(_ name: String, _ points: [SIMD2<Double>]) {
            self.name = name
            self.points = points
        }

        /// A line through values at 1, 2, 3, ….
        package init(_ name: String, values: [Double]) {
            self.init(name, values.enumerated().map { SIMD2(Double($0 + 1), $1) })
        }
    }

    package init(_ heading: ChartHeading, horizontal: Axis, vertical: Axis, series: [Series]) {
        self.heading = heading
        self.horizontal = horizontal
        self.vertical = vertical
        self.series = series
    }

    /// The chart as an SVG image.
    package func svg() -> String {
        let drawn = series.map { $0.points.filter(isShown) }
        let undrawn = zip(series, drawn).reduce(0) { $0 + $1.0.points.count - $1.1.count }
        guard
            let across = Scale(
                drawn.joined().map(\.x), kind: horizontal.scale,
                includesZero: horizontal.includesZero, isRounded: false),
            let up = Scale(
                drawn.joined().map(\.y), kind: vertical.scale, includesZero: vertical.includesZero)
        else { return Canvas.noData(heading, undrawn: undrawn) }

        var frame = PlotFrame(
            heading,
            legend: series.indices.map { LegendEntry(name: series[$0].name, symbol: .line($0)) },
            horizontal: across, horizontalTitle: horizontal.title,
            vertical: vertical.scale == .log ? up.widened(by: 1.1) : up,
            verticalTitle: vertical.title, undrawn: undrawn)
        for (index, line) in series.enumerated() {
            for run in line.points.split(whereSeparator: { !isShown($0) }) {
                let places = thinned(run.map { frame.point($0.x, $0.y) })
                if places.count == 1 {
                    frame.canvas.marker(index, at: places[0], tooltip: line.name)
                } else {
                    frame.canvas.path(
                        places, .series(index), dash: Paint.dash(ofSeries: index),
                        tooltip: line.name)
                }
            }
        }
        let sentences = zip(series, drawn).map { line, points in
            guard let first = points.first, let last = points.last else {
                return "\(line.name): no data"
            }
            return "\(line.name): from \(shortNumber(first.y)) to \(shortNumber(last.y))"
        }
        return frame.finished(
            description: "\(vertical.title) against \(horizontal.title). "
                + sentences.joined(separator: "; ") + ".")
    }

    private func isShown(_ point: SIMD2<Double>) -> Bool {
        Scale.canShow(point.x, horizontal.scale) && Scale.canShow(point.y, vertical.scale)
    }
}

/// At most about 1500 of some points in order, keeping the highest and the lowest of each stretch.
private func thinned(_ points: [Point]) -> [Point] {
    let stretch = points.count / 750 + 1
    guard stretch > 2 else { return points }
    var kept: [Point] = []
    for start in stride(from: 0, to: points.count, by: stretch) {
        let part = start ..< min(start + stretch, points.count)
        let low = part.min { points[$0].y < points[$1].y } ?? start
        let high = part.max { points[$0].y < points[$1].y } ?? start
        kept += low == high ? [points[low]] : [points[min(low, high)], points[max(low, high)]]
    }
    return kept
}
