import Statistics

/// One figure of a row that a fit may see: measured over derived, with the groups the row belongs to.
package struct Residual: Sendable, Hashable {
    /// The groups, the narrowest first.
    package let groups: [MemoryResiduals.Group]
    /// Measured over derived.
    package let ratio: Double

    package init(groups: [MemoryResiduals.Group], ratio: Double) {
        self.groups = groups
        self.ratio = ratio
    }
}

extension MemoryResiduals {
    /// The spread of each group that has enough rows, and its error on rows that are held out.
    ///
    /// A small group sees too little of what may happen: its range also holds the middle nine tenths of the
    /// next wider group, each row of which is taken relative to the median of its own narrowest group.
    package static func spreads(
        of residuals: [Residual], heldOut: [Residual] = []
    ) -> [Group: Spread] {
        let ratios = collected(residuals) { $0.ratio }
        let medians = ratios.compactMapValues { values in
            values.count >= fewestRows ? (try? Sample(values))?.median : nil
        }
        func median(_ residual: Residual) -> Double {
            residual.groups.lazy.compactMap { medians[$0] }.first ?? 1
        }
        let relative = collected(residuals) { $0.ratio / median($0) }
        let errors = collected(heldOut) { abs(median($0) / $0.ratio - 1) }
        var chains: [Group: ArraySlice<Group>] = [:]
        for residual in residuals {
            for (index, group) in residual.groups.enumerated() {
                chains[group] = residual.groups[(index + 1)...]
            }
        }
        var result: [Group: Spread] = [:]
        for (group, values) in ratios {
            guard let likely = medians[group], let own = try? Sample(values) else { continue }
            let wider = chains[group]?.first {
                (relative[$0]?.count ?? 0) * 2 >= values.count * 3
            }
            let others = wider.flatMap { try? Sample(relative[$0] ?? []) } ?? own
            let scale = wider == nil ? 1 : likely
            result[group] = Spread(
                rowCount: values.count,
                low: min(own.quantile(tail), scale * others.quantile(widerTail)), likely: likely,
                high: max(own.quantile(1 - tail), scale * others.quantile(1 - widerTail)),
                residual: (try? Sample(errors[group] ?? []))?.median)
        }
        return result
    }

    private static func collected(
        _ residuals: [Residual], _ value: (Residual) -> Double
    ) -> [Group: [Double]] {
        var result: [Group: [Double]] = [:]
        for residual in residuals {
            let value = value(residual)
            for group in residual.groups { result[group, default: []].append(value) }
        }
        return result
    }
}
