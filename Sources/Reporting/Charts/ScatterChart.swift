/// Predicted against measured on two equal logarithmic axes, with the line where they agree and the
/// band of a tolerance around it.
package struct ScatterChart: Sendable, Hashable {
    package let heading: ChartHeading
    /// What is compared, with its unit; both axes carry it.
    package let quantity: String
    /// The groups of points, each with its own colour and shape.
    package let series: [Series]
    /// The half width of the band, as a ratio: 0.1 for ±10%.
    package let tolerance: Double

    /// Points that belong together.
    package struct Series: Sendable, Hashable {
        /// The name in the legend.
        package let name: String
        /// The points.
        package let points: [Pair]

        package init(_ name: String, _ points: [Pair]) {
            self.name = name
            self.points = points
        }
    }

    /// One comparison.
    package struct Pair: Sendable, Hashable {
        /// What was compared, shown when the reader points at the mark.
        package let label: String
        /// The measured value; positive.
        package let measured: Double
        /// The predicted value; positive.
        package let predicted: Double

        package init(_ label: String, measured: Double, predicted: Double) {
            self.label = label
            self.measured = measured
            self.predicted = predicted
        }
    }

    package init(
        _ heading: ChartHeading, quantity: String, series: [Series], tolerance: Double = 0.1
    ) {
        self.heading = heading
        self.quantity = quantity
        self.series = series
        self.tolerance = tolerance
    }

    /// The chart as an SVG image.
    package func svg() -> String {
        func isShown(_ pair: Pair) -> Bool {
            Scale.canShow(pair.measured, .log) && Scale.canShow(pair.predicted, .log)
        }
        let drawn = series.map { $0.points.filter(isShown) }
        let undrawn = zip(series, drawn).reduce(0) { $0 + $1.0.points.count - $1.1.count }
        let values = drawn.joined().flatMap { [$0.measured, $0.predicted] }
        guard let scale = Scale(values, kind: .log)?.widened(by: 1.25)
        else { return Canvas.noData(heading, width: 560, undrawn: undrawn) }

        let legend =
            series.indices.map { LegendEntry(name: series[$0].name, symbol: .marker($0)) }
            + [
                LegendEntry(
                    name: "equal, ±\(shortNumber(tolerance * 100))% shaded", symbol: .dashed)
            ]
        var frame = PlotFrame(
            heading, legend: legend, horizontal: scale, horizontalTitle: "Measured \(quantity)",
            vertical: scale, verticalTitle: "Predicted \(quantity)", width: 560, plotHeight: 440,
            plotWidth: 440, undrawn: undrawn)
        drawBand(&frame, scale)
        var inside = 0
        for (index, pairs) in drawn.enumerated() {
            for pair in pairs {
                let ratio = pair.predicted / pair.measured
                if abs(ratio - 1) <= tolerance { inside += 1 }
                frame.canvas.marker(
                    index, at: frame.point(pair.measured, pair.predicted),
                    tooltip: "\(pair.label): measured \(shortNumber(pair.measured)), predicted "
                        + "\(shortNumber(pair.predicted))")
            }
        }
        return frame.finished(
            description: "Predicted against measured \(quantity). \(inside) of "
                + "\(values.count / 2) points lie within \(shortNumber(tolerance * 100))% of the "
                + "measured value.")
    }

    private func drawBand(_ frame: inout PlotFrame, _ scale: Scale) {
        let ends = [scale.low, scale.high]
        let low = max(1 - tolerance, 0.01)
        let edges =
            ends.map { frame.point($0, $0 * low) }
            + ends.reversed().map { frame.point($0, $0 * (1 + tolerance)) }
        let diagonal = ends.map { frame.point($0, $0) }
        frame.canvas.clipped(to: frame.plot) { canvas in
            canvas.area(edges, .muted, opacity: 0.18, tooltip: nil)
            canvas.line(from: diagonal[0], to: diagonal[1], .ink, width: 1.5, dash: "5 3")
        }
    }
}
