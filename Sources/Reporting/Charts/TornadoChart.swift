/// How far the answer moves when each input moves alone, the most important input on top.
package struct TornadoChart: Sendable, Hashable {
    package let heading: ChartHeading
    /// The answer's axis with its unit.
    package let axisTitle: String
    /// The answer with every input at its likely value.
    package let base: Double
    /// The inputs, from top to bottom.
    package let bars: [Bar]

    /// One input.
    package struct Bar: Sendable, Hashable {
        /// The input's name.
        package let label: String
        /// The answer with the input at the low end of its range.
        package let low: Double
        /// The answer with the input at the high end of its range.
        package let high: Double

        package init(_ label: String, low: Double, high: Double) {
            self.label = label
            self.low = low
            self.high = high
        }
    }

    package init(_ heading: ChartHeading, axisTitle: String, base: Double, bars: [Bar]) {
        self.heading = heading
        self.axisTitle = axisTitle
        self.base = base
        self.bars = bars
    }

    /// The chart as an SVG image.
    package func svg() -> String {
        func isShown(_ value: Double) -> Bool { Scale.canShow(value, .linear) }
        let drawn = bars.filter { isShown($0.low) && isShown($0.high) }
        let undrawn = bars.count - drawn.count
        let values = drawn.flatMap { [$0.low, $0.high] }
        guard isShown(base), !drawn.isEmpty, let scale = Scale(values + [base], kind: .linear)
        else { return Canvas.noData(heading, undrawn: undrawn) }

        let room = (values.map { textWidth(shortNumber($0), size: 11) }.max() ?? 0) + 10
        var frame = BarFrame(
            heading,
            legend: [
                LegendEntry(name: "input at its low end", symbol: .area(0)),
                LegendEntry(name: "input at its high end", symbol: .area(1)),
            ],
            labels: drawn.map(\.label), rowHeight: 30, scale: scale, axisTitle: axisTitle,
            reference: ReferenceLine("likely", base), leftRoom: room, rightRoom: room,
            undrawn: undrawn)
        for (row, bar) in drawn.enumerated() {
            let middle = frame.middle(ofRow: row)
            // Ends on the same side of the base share the row; otherwise each takes its full height.
            let isShared = (bar.low - base) * (bar.high - base) > 0
            for (series, value) in [bar.low, bar.high].enumerated() {
                let offset = isShared ? (series == 0 ? -6.0 : 6) : 0
                frame.bar(
                    from: base, to: value, middle: middle + offset, thickness: isShared ? 11 : 20,
                    .series(series),
                    tooltip: "\(bar.label), input \(series == 0 ? "low" : "high"): "
                        + shortNumber(value))
                let isLeft =
                    value < base || (value == base && (series == 0 ? bar.high : bar.low) > base)
                frame.canvas.text(
                    shortNumber(value),
                    at: Point(x: frame.x(value) + (isLeft ? -5 : 5), y: middle + offset + 4),
                    size: 11, .muted, anchor: isLeft ? .end : .start)
            }
        }
        let sentences = drawn.map {
            "\($0.label): \(shortNumber($0.low)) to \(shortNumber($0.high))"
        }
        return frame.finished(
            description: "\(axisTitle), likely \(shortNumber(base)), when one input moves. "
                + sentences.joined(separator: "; ") + ".",
            hasZeroLine: false)
    }
}
