import Catalog
import Foundation
import Planning
import Quantities

extension MemoryResiduals {
    /// Where the fit is kept in a data directory.
    package static func file(in data: DataDirectory) -> URL {
        data.url.appendingPathComponent("profiles/memory_residuals.csv")
    }

    private static let columns = [
        "figure", "framework", "strategy", "devices", "rows", "low", "likely", "high", "residual",
    ]

    /// The line that holds what a process takes outside the allocator.
    private static let overheadFigure = "process-overhead-gib"

    /// Reads the fit.
    ///
    /// - Throws: `CatalogError` when the file is not as `csv` writes it.
    package init(contentsOf url: URL) throws(CatalogError) {
        struct Line {
            var figure: String
            var group: Group?
            var several: Bool?
            var spread: Spread
        }
        let table = try CSVTable(contentsOf: url, requiring: Self.columns)
        let lines = try table.decode { row in
            let figure = row.requiredText("figure")
            let devices = row.text("devices")
            let several = devices.map { $0 == "several" }
            let kind = MemoryMeasurement.Kind(rawValue: figure)
            if kind == nil, figure != Self.overheadFigure {
                row.reject("figure", "unknown figure \"\(figure)\"")
            }
            let spread = Spread(
                rowCount: row.requiredInteger("rows"),
                low: row.requiredNumber("low"), likely: row.requiredNumber("likely"),
                high: row.requiredNumber("high"), residual: row.number("residual"))
            if !(spread.low <= spread.likely && spread.likely <= spread.high) {
                row.reject("low", "low, likely and high do not ascend")
            }
            return Line(
                figure: figure,
                group: kind.map {
                    Group(
                        kind: $0, framework: row.text("framework"), strategy: row.text("strategy"),
                        severalDevices: several)
                },
                several: several, spread: spread)
        }
        self.init(groups: [:], overheads: [:])
        for line in lines {
            if let group = line.group {
                groups[group] = line.spread
            } else if let several = line.several {
                overheads[several] = MeasuredSpread(
                    low: line.spread.low, likely: line.spread.likely, high: line.spread.high,
                    rowCount: line.spread.rowCount, residual: nil)
            }
        }
    }

    /// The fit as a file.
    package var csv: String {
        var lines = [Self.columns.joined(separator: ",")]
        for several in [false, true] {
            guard let overhead = overheads[several] else { continue }
            lines.append(
                "\(Self.overheadFigure),,,\(words(several)),\(overhead.rowCount),"
                    + "\(fixed(overhead.low, 3)),\(fixed(overhead.likely, 3)),"
                    + "\(fixed(overhead.high, 3)),")
        }
        let sorted = groups.sorted { key($0.key) < key($1.key) }
        for (group, spread) in sorted {
            lines.append(
                [
                    group.kind.rawValue, group.framework ?? "", group.strategy ?? "",
                    group.severalDevices.map(words) ?? "", String(spread.rowCount),
                    fixed(spread.low, 4), fixed(spread.likely, 4), fixed(spread.high, 4),
                    spread.residual.map { fixed($0, 4) } ?? "",
                ].joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func words(_ several: Bool) -> String { several ? "several" : "one" }

    private func key(_ group: Group) -> String {
        [
            group.kind.rawValue, group.framework ?? "", group.strategy ?? "",
            group.severalDevices.map(words) ?? "",
        ].joined(separator: "\u{1}")
    }
}
