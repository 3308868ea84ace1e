/// Layers that add up over time: memory by role over one training step.
package struct StackedAreaChart: Sendable, Hashable {
    package let heading: ChartHeading
    /// The time axis with its unit.
    package let horizontalTitle: String
    /// The value axis with its unit.
    package let verticalTitle: String
    /// The times of the samples, ascending.
    package let times: [Double]
    /// The layers, from the bottom up.
    package let layers: [Layer]
    /// A value the sum is compared with, or nil.
    package let reference: ReferenceLine?

    /// One layer.
    package struct Layer: Sendable, Hashable {
        /// The name in the legend.
        package let name: String
        /// One value a time, not negative, which holds until the next time.
        package let values: [Double]

        package init(_ name: String, _ values: [Double]) {
            self.name = name
            self.values = values
        }
    }

    package init(
        _ heading: ChartHeading, horizontalTitle: String, verticalTitle: String, times: [Double],
        layers: [Layer], reference: ReferenceLine? = nil
    ) {
        self.heading = heading
        self.horizontalTitle = horizontalTitle
        self.verticalTitle = verticalTitle
        self.times = times
        self.layers = layers
        self.reference = reference
    }

    /// The chart as an SVG image.
    package func svg() -> String {
        let samples = times.indices.filter(isShown)
        let undrawn = times.count - samples.count
        let sums = samples.map { index in layers.reduce(0) { $0 + $1.values[index] } }
        let reference = reference.flatMap { Scale.canShow($0.value, .linear) ? $0 : nil }
        let peak = sums.indices.max { sums[$0] < sums[$1] }
        guard let peak, !layers.isEmpty,
            let across = Scale(samples.map { times[$0] }, kind: .linear, isRounded: false),
            let up = Scale(
                sums + (reference.map { [$0.value] } ?? []), kind: .linear, includesZero: true)
        else { return Canvas.noData(heading, undrawn: undrawn) }

        var frame = PlotFrame(
            heading,
            legend: layers.indices.map { LegendEntry(name: layers[$0].name, symbol: .area($0)) },
            horizontal: across, horizontalTitle: horizontalTitle, vertical: up,
            verticalTitle: verticalTitle, undrawn: undrawn)
        let kept = thinned(sums).map { samples[$0] }
        var floor = kept.map { _ in 0.0 }
        for (index, layer) in layers.enumerated() {
            let ceiling = zip(floor, kept).map { $0 + layer.values[$1] }
            if kept.contains(where: { layer.values[$0] > 0 }) {
                let outline =
                    steps(kept, ceiling, frame) + steps(kept, floor, frame).reversed()
                frame.canvas.area(outline, .series(index), tooltip: layer.name)
            }
            floor = ceiling
        }
        if let reference { frame.draw(reference) }
        let (time, value) = (times[samples[peak]], sums[peak])
        drawPeak(&frame, time, value)
        return frame.finished(
            description: "\(verticalTitle) against \(horizontalTitle) by "
                + layers.map(\.name).joined(separator: ", ")
                + ". The peak is \(shortNumber(value)) at \(shortNumber(time)).")
    }

    private func isShown(_ index: Int) -> Bool {
        Scale.canShow(times[index], .linear)
            && layers.allSatisfy {
                index < $0.values.count && Scale.canShow($0.values[index], .linear)
                    && $0.values[index] >= 0
            }
    }

    /// The corners of a step line through some samples.
    private func steps(_ kept: [Int], _ values: [Double], _ frame: PlotFrame) -> [Point] {
        var corners: [Point] = []
        for (position, index) in kept.enumerated() {
            if position > 0 { corners.append(frame.point(times[index], values[position - 1])) }
            corners.append(frame.point(times[index], values[position]))
        }
        return corners
    }

    private func drawPeak(_ frame: inout PlotFrame, _ time: Double, _ value: Double) {
        let place = frame.point(time, value)
        let label = "peak \(shortNumber(value))"
        frame.canvas.measuredMarker(at: place, tooltip: "\(label) at \(shortNumber(time))")
        let isRight = place.x + 10 + textWidth(label, size: 11) > frame.plot.right
        frame.canvas.text(
            label,
            at: Point(x: place.x + (isRight ? -9 : 9), y: max(place.y - 4, frame.plot.top + 10)),
            size: 11, anchor: isRight ? .end : .start, isBold: true)
    }
}

/// The indices of at most about 1500 sums in order, keeping the first and highest of each stretch.
private func thinned(_ sums: [Double]) -> [Int] {
    let stretch = sums.count / 750 + 1
    guard stretch > 2 else { return Array(sums.indices) }
    var kept: [Int] = []
    for start in stride(from: 0, to: sums.count, by: stretch) {
        let part = start ..< min(start + stretch, sums.count)
        let high = part.max { sums[$0] < sums[$1] } ?? start
        kept += high == start ? [start] : [start, high]
    }
    if let last = sums.indices.last, kept.last != last { kept.append(last) }
    return kept
}
