import Quantities

/// A parameter count of ours beside one that somebody published.
package struct ParameterComparison: Sendable, Hashable {
    /// The model.
    package let model: String
    /// The parameters of our `Architecture`.
    package let counted: Int
    /// The parameters that were published.
    package let published: Int
    /// Where it was published, and why it differs as far as that is known.
    package let explanation: String

    /// How many more were published.
    package var excess: Int { published - counted }
}

extension ModelEntry {
    /// The count that the row was compared with; nil when nobody published one to the last parameter.
    ///
    /// Reads `params_check`: "arithmetic equals stated N (source)", "stated N = arithmetic + D: reason
    /// (source)" or "stated N differs by D (source; reason)".
    package var parameterComparison: ParameterComparison? {
        guard let text = parameterCheck,
            let match = text.firstMatch(
                of: /stated (\d+)(?: = arithmetic \+ \d+: | differs by \d+ | )?/),
            let published = Int(match.output.1)
        else { return nil }
        var words = String(text[match.range.upperBound...])
        if words.hasPrefix("("), words.hasSuffix(")") {
            words = String(words.dropFirst().dropLast())
        }
        return ParameterComparison(
            model: identifier, counted: parameterCount, published: published, explanation: words)
    }
}

/// The Markdown of `reports/parameter-counts.md`: which counts agree, and why the others do not.
package func parameterCountReport(_ catalog: Catalog, _ measurements: Measurements) -> String {
    let compared = catalog.models.compactMap(\.parameterComparison)
    let different = compared.filter { $0.excess != 0 }
    var lines = [
        "# Parameter counts", "",
        "Counted from the architecture, to the last parameter: \(catalog.models.count) models of "
            + "`data/catalogs/models.csv`. For \(compared.count) a count to the last parameter is "
            + "published; \(compared.count - different.count) agree with it, these "
            + "\(different.count) do not:",
        "", "| model | counted | published | more | why, and where published |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    lines += different.map {
        "| \($0.model) | \($0.counted) | \($0.published) | \($0.excess) | \($0.explanation) |"
    }
    lines += [
        "", "## Measured runs", "",
        "Rows of `data/measurements` that print a count (no whole number of billions) which is off by more "
            + "than 1 % from that of the architecture they name:", "",
        "| model | printed (billions) | counted (billions) | why |", "| --- | ---: | ---: | --- |",
    ]
    return (lines + measuredDisagreements(measurements)).joined(separator: "\n") + "\n"
}

private func measuredDisagreements(_ measurements: Measurements) -> [String] {
    var seen: Set<String> = []
    var lines: [String] = []
    for run in measurements.memory.map(\.run) + measurements.outOfMemory.map(\.run)
        + measurements.throughput.map(\.run)
    {
        guard let stated = run.parameterBillions,
            let model = try? measurements.architecture(of: run).architecture
        else { continue }
        let printed = "\(stated)"
        let counted = Double(model.parameterCount) / 1e9
        // A whole number of billions is a name, and digits that were not printed say nothing.
        let decimals = printed.split(separator: ".").last?.count ?? 0
        let unit = (0 ..< decimals).reduce(1.0) { value, _ in value / 10 }
        guard stated != stated.rounded(), abs(counted - stated) > max(0.01 * stated, unit / 2),
            seen.insert("\(run.model) \(printed)").inserted
        else { continue }
        let table = Double(model.vocabularySize * model.hiddenWidth) / 1e9
        let notes = (measurements.model(named: run.model)?.notes ?? "").lowercased()
        let reason =
            if model.tiesEmbeddings, abs(counted + table - stated) < 0.005 * stated {
                "the tied head counts a second time"
            } else if abs(counted - (model.tiesEmbeddings ? 1 : 2) * table - stated) < 0.001
                * stated
            {
                "the embedding and the head are not counted"
            } else if notes.contains("language part only")
                || notes.contains("vision tower beside it")
            {
                "the source counts the vision tower too"
            } else {
                decimals == 1 ? "a nominal size" : "not explained by the source"
            }
        lines.append("| \(run.model) | \(printed) | \(fixed(counted, 3)) | \(reason) |")
    }
    return lines.sorted()
}
