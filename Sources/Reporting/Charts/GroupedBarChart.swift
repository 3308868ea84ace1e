/// Groups of horizontal bars side by side: predicted against measured.
package struct GroupedBarChart: Sendable, Hashable {
    package let heading: ChartHeading
    /// The value axis with its unit.
    package let axisTitle: String
    /// The names of the bars within each group.
    package let series: [String]
    /// The groups, from top to bottom.
    package let groups: [Group]

    /// One group.
    package struct Group: Sendable, Hashable {
        /// What its bars are about.
        package let label: String
        /// One value a series, or nil where there is none.
        package let values: [Double?]

        package init(_ label: String, _ values: [Double?]) {
            self.label = label
            self.values = values
        }
    }

    package init(_ heading: ChartHeading, axisTitle: String, series: [String], groups: [Group]) {
        self.heading = heading
        self.axisTitle = axisTitle
        self.series = series
        self.groups = groups
    }

    /// The chart as an SVG image.
    package func svg() -> String {
        let drawn = groups.map { group in
            group.values.prefix(series.count).map { $0.flatMap { shown($0) } }
        }
        let undrawn = zip(groups, drawn).reduce(0) { count, pair in
            count + zip(pair.0.values, pair.1).count { $0 != nil && $1 == nil }
        }
        let values = drawn.joined().compactMap { $0 }
        guard let scale = Scale(values, kind: .linear, includesZero: true)
        else { return Canvas.noData(heading, undrawn: undrawn) }

        let thickness = 13.0
        let widest = values.map { textWidth(shortNumber($0), size: 11) }.max() ?? 0
        var frame = BarFrame(
            heading,
            legend: series.indices.map { LegendEntry(name: series[$0], symbol: .area($0)) },
            labels: groups.map(\.label), rowHeight: thickness * Double(series.count) + 12,
            scale: scale, axisTitle: axisTitle, reference: nil, rightRoom: widest + 10,
            undrawn: undrawn)
        for (row, bars) in drawn.enumerated() {
            let top = frame.middle(ofRow: row) - thickness * Double(series.count) / 2
            for (index, value) in bars.enumerated() {
                let middle = top + thickness * (Double(index) + 0.5)
                if let value {
                    frame.bar(
                        from: 0, to: value, middle: middle, thickness: thickness - 1,
                        .series(index),
                        tooltip: "\(groups[row].label): \(series[index]) \(shortNumber(value))")
                }
                frame.canvas.text(
                    value.map(shortNumber) ?? "n/a",
                    at: Point(x: frame.x(max(value ?? 0, 0)) + 6, y: middle + 4), size: 11, .muted)
            }
        }
        let sentences = groups.indices.map { row in
            let bars = zip(series, drawn[row]).map { "\($0) \($1.map(shortNumber) ?? "n/a")" }
            return "\(groups[row].label): \(bars.joined(separator: ", "))"
        }
        return frame.finished(
            description: "\(axisTitle) of \(groups.count) groups. "
                + sentences.joined(separator: "; ") + ".")
    }

    private func shown(_ value: Double) -> Double? { Scale.canShow(value, .linear) ? value : nil }
}
