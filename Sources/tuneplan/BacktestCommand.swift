import ArgumentParser
import Catalog
import Foundation
import Planning
import Quantities
import Validation

struct Backtest: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Predict measured runs.")

    @Option var measurements: String

    func run() throws {
        let data = try DataDirectory.locate()
        let all = try Measurements.load(from: data)
        let rows = try Measurements.memory(in: URL(fileURLWithPath: measurements))
        for row in rows {
            do throws(MeasuredConfiguration.Refusal) {
                let reading = try MeasuredConfiguration(row, measurements: all)
                do {
                    let p = try reading.peak()
                    print(
                        "\(row.run.id)\t\(p.allocated.gibibytes)\t\(p.peakOp)\t"
                            + p.byRole.sorted { $0.value > $1.value }.map {
                                "\($0.key.rawValue)=\(fixed($0.value.gibibytes, 3))"
                            }.joined(separator: " "))
                } catch { print("\(row.run.id)\t\tERROR \(error)\t") }
            } catch { print("\(row.run.id)\t\tSKIP \(error)\t") }
        }
    }
}
