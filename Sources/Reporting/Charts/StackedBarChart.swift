/// Horizontal bars made of parts: memory by role for several configurations.
package struct StackedBarChart: Sendable, Hashable {
    package let heading: ChartHeading
    /// The value axis with its unit, for example `Memory (GiB)`.
    package let axisTitle: String
    /// The names of the parts, in drawing order.
    package let parts: [String]
    /// The bars, from top to bottom.
    package let bars: [Bar]
    /// A value every bar is compared with, or nil.
    package let reference: ReferenceLine?

    /// One bar.
    package struct Bar: Sendable, Hashable {
        /// The configuration.
        package let label: String
        /// One value a part, in the unit of the axis; not negative.
        package let values: [Double]
        /// What was measured for the whole bar, or nil.
        package let measured: Double?

        package init(_ label: String, _ values: [Double], measured: Double? = nil) {
            self.label = label
            self.values = values
            self.measured = measured
        }
    }

    package init(
        _ heading: ChartHeading, axisTitle: String, parts: [String], bars: [Bar],
        reference: ReferenceLine? = nil
    ) {
        self.heading = heading
        self.axisTitle = axisTitle
        self.parts = parts
        self.bars = bars
        self.reference = reference
    }

    /// The chart as an SVG image.
    package func svg() -> String {
        let drawn = bars.map { bar in bar.values.prefix(parts.count).map(barValue) }
        let measured = bars.map { $0.measured.flatMap(barValue) }
        let undrawn =
            drawn.joined().count { $0 == nil }
            + zip(bars, measured).count { $0.measured != nil && $1 == nil }
        let totals = drawn.map { $0.compactMap { $0 }.reduce(0, +) }
        let reference = reference.flatMap { Scale.canShow($0.value, .linear) ? $0 : nil }
        guard drawn.contains(where: { $0.contains { $0 != nil } }),
            let scale = Scale(
                totals + measured.compactMap { $0 } + (reference.map { [$0.value] } ?? []),
                kind: .linear, includesZero: true)
        else { return Canvas.noData(heading, undrawn: undrawn) }

        var legend = parts.indices.map { LegendEntry(name: parts[$0], symbol: .area($0)) }
        if measured.contains(where: { $0 != nil }) {
            legend.append(LegendEntry(name: "measured", symbol: .measured))
        }
        let isIncomplete = drawn.contains { $0.contains { $0 == nil } }
        let texts = totals.map(shortNumber) + (isIncomplete ? ["incomplete"] : [])
        let widest = texts.map { textWidth($0, size: 11) }.max() ?? 0
        var frame = BarFrame(
            heading, legend: legend, labels: bars.map(\.label), rowHeight: 30, scale: scale,
            axisTitle: axisTitle, reference: reference, rightRoom: widest + 16, undrawn: undrawn)
        for (row, values) in drawn.enumerated() {
            let middle = frame.middle(ofRow: row)
            var start = 0.0
            for (part, value) in values.enumerated() {
                guard let value, value > 0 else { continue }
                frame.bar(
                    from: start, to: start + value, middle: middle, thickness: 18, .series(part),
                    tooltip: "\(bars[row].label): \(parts[part]) \(shortNumber(value))")
                start += value
            }
            if let value = measured[row] {
                frame.canvas.measuredMarker(
                    at: Point(x: frame.x(value), y: middle),
                    tooltip: "\(bars[row].label): measured \(shortNumber(value))")
            }
            let isComplete = !values.contains { $0 == nil }
            frame.canvas.text(
                isComplete ? shortNumber(totals[row]) : "incomplete",
                at: Point(x: frame.x(max(start, measured[row] ?? 0)) + 9, y: middle + 4), size: 11)
        }
        return frame.finished(description: description(totals, measured))
    }

    private func description(_ totals: [Double], _ measured: [Double?]) -> String {
        let sentences = bars.indices.map { row in
            "\(bars[row].label): \(shortNumber(totals[row]))"
                + (measured[row].map { ", measured \(shortNumber($0))" } ?? "")
        }
        return "\(axisTitle) of \(bars.count) bars by \(parts.joined(separator: ", ")). "
            + sentences.joined(separator: "; ") + "."
    }
}

/// The value if a bar from zero can show it.
private func barValue(_ value: Double) -> Double? {
    Scale.canShow(value, .linear) && value >= 0 ? value : nil
}
