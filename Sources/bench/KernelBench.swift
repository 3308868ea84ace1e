import ArgumentParser
import Engine
import Quantities
import Reporting
import Validation

/// Kernels by shape.
struct KernelBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract:
            "The rate of every kind of kernel over a grid of shapes, against its fitted formula.")

    @Option(help: "Threads that share the work of one operation.")
    var threads = 2

    func run() throws {
        var table = Table(
            columns: [
                .init("op"), .init("shape m·n·k"), .init("time"), .init("rate"),
                .init("traffic"), .init("fitted / measured"),
            ])
        for row in try kernelSamples(workers: Workers(count: threads)) {
            table.append([
                .text(row.kind),
                .text(row.cost.product.map { "\($0.m)·\($0.n)·\($0.k)" } ?? ""),
                .quantity(Seconds(row.seconds)),
                .quantity(row.cost.flops / Seconds(row.seconds)),
                .quantity(
                    BytesPerSecond(rawValue: Double(row.cost.traffic.rawValue) / row.seconds)),
                .number(row.fitted / row.seconds, decimals: 2),
            ])
        }
        print(table.text(as: .table))
    }
}
