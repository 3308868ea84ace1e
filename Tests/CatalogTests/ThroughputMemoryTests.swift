import Catalog
import Foundation
import Quantities
import Testing

/// Rows of `throughput.csv` as rows of `memory.csv`.
@Suite struct ThroughputMemoryTests {
    private func row(_ cells: [String: String]) throws -> MemoryMeasurement {
        var all = [
            "id": "x", "model": "m", "strategy": "lora", "gpu": "T4", "peak_gib_per_gpu": "4",
            "framework": "litgpt",
        ]
        all.merge(cells) { $1 }
        let columns = all.keys.sorted()
        let text = [columns, columns.map { all[$0] ?? "" }].map { $0.joined(separator: ",") }
            .joined(separator: "\n")
        let table = try CSVTable(Array(text.utf8), file: "x.csv")
        let rows = table.decodeEach { MemoryMeasurement(ThroughputMeasurement(&$0)) }
        return try #require(rows.first).get()
    }

    @Test func theWordsAreThoseOfTheOtherSchema() throws {
        let plain = try row([:])
        #expect(plain.peak == .gibibytes(4) && plain.kind == .unknown)
        #expect(plain.run.sharding == nil && plain.offload == nil && plain.crossEntropy == nil)
        let divided = try row([
            "sharding": "zero1 + optimizer offload", "tp": "4", "pp": "2", "cp": "1",
            "quant": "bnb.nf4-dq", "notes": "peak is max_memory_allocated",
        ])
        #expect(divided.run.sharding == "zero1 + optimizer offload+tp4+pp2")
        #expect(divided.offload?.contains("optimizer offload") == true)
        #expect(divided.run.quantization == "nf4-dq" && divided.kind == .allocated)
        #expect(try row(["sharding": "tp4", "tp": "4"]).run.sharding == "tp4")
    }

    @Test(arguments: [
        ("none", "no"), ("foak-fast-kernels", "kernel"), ("foak-fast-kernels-liger", "linear"),
    ])
    func pluginsTellTheLoss(plugins: String, loss: String) throws {
        let found = try row([
            "framework": "fms-hf-tuning", "quant": "bnb-nf4",
            "notes": "framework_config=\(plugins); mem = nvidia-smi reserved MiB/1024",
        ])
        #expect(found.crossEntropy == loss && found.kind == .device)
        #expect(found.run.quantization == "nf4-dq")
    }
}
