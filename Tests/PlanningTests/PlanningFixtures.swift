import Architectures
import Catalog
import Foundation
import Planning
import Quantities
import TrainingSteps

/// A model small enough to build in full, with all that makes layers differ.
func model(
    layers: Int = 6, ties: Bool = false, bias: Bool = false, normalizes: Bool = false
) -> Architecture {
    Architecture(
        family: .llama, vocabularySize: 512, hiddenWidth: 64, layerCount: layers, headCount: 4,
        keyValueHeadCount: 2, headWidth: 16, feedForwardWidth: 160, normEpsilon: 1e-5,
        tiesEmbeddings: ties, hasQueryKeyValueBias: bias, normalizesQueriesAndKeys: normalizes,
        rotary: .init(theta: 10_000), contextLength: 4096)
}

/// Llama-3.1-8B.
let llama8B = Architecture(
    family: .llama, vocabularySize: 128_256, hiddenWidth: 4096, layerCount: 32, headCount: 32,
    keyValueHeadCount: 8, headWidth: 128, feedForwardWidth: 14_336, normEpsilon: 1e-5,
    tiesEmbeddings: false, hasQueryKeyValueBias: false, normalizesQueriesAndKeys: false,
    rotary: .init(theta: 500_000), contextLength: 131_072)

/// Every strategy that trains something.
let trained: [Strategy] = StrategyName.allCases.filter { $0 != .promptOnly }.map {
    $0.strategy(adapter: LowRank(rank: 8), shots: 0)
}

private let november = Provenance(source: "a test", date: StatedDate("2026-11"))

/// A GPU of round numbers.
func gpu(
    _ name: String = "G", vendor: String = "NVIDIA", memory: Double = 80, teraFLOPs: Double = 100,
    bandwidth: Double = 1000, hasBF16: Bool = true
) -> Device {
    Device(
        name: name, vendor: vendor, generation: "test", memory: .gibibytes(memory),
        statedMemory: .gibibytes(memory), memoryBandwidth: .gigabytes(bandwidth),
        peaks: [hasBF16 ? .bf16 : .fp16: .teraFLOPs(teraFLOPs), .fp32: .teraFLOPs(teraFLOPs / 8)],
        interconnect: "none", provenance: november)
}

/// An instance with a GPU.
func instance(
    _ device: String = "G", name: String = "one", count: Int = 1, price: Double? = 2,
    spot: Double? = nil, date: String = "2026-11"
) -> InstancePrice {
    InstancePrice(
        provider: "cloud", instance: name, device: device, deviceCount: count,
        onDemand: price.map { USDPerHour($0) }, spot: spot.map { USDPerHour($0) }, region: "any",
        provenance: Provenance(source: "a test", date: StatedDate(date)))
}

/// The shipped data.
enum Shipped {
    static let data = DataDirectory(
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("data"))
    static let catalog = Result { try Catalog.load(from: data) }
    static let measurements = Result { try Measurements.load(from: data) }
    static let planner = Result {
        try Planner(catalog: try catalog.get(), measurements: try measurements.get())
    }
}

/// A planner on made-up devices and prices, with the shipped measurements.
func planner(_ devices: [Device], _ prices: [InstancePrice]) throws -> Planner {
    let shipped = try Shipped.planner.get()
    return Planner(
        catalog: Catalog(
            devices: devices, prices: prices, apiPrices: shipped.catalog.apiPrices, models: []),
        efficiency: shipped.efficiency, memoryRows: shipped.memoryRows)
}

/// A small request.
func request(
    _ architecture: Architecture = model(), strategies: [Strategy] = trained, examples: Int = 100,
    tokens: Int = 48, batchSize: Int = 4, sequenceLength: Int = 64
) -> PlanRequest {
    PlanRequest(
        modelName: "test/model", architecture: architecture, strategies: strategies,
        data: PlannedData(examples: examples, lengths: .stated(tokens), basis: .derived),
        batchSize: batchSize, sequenceLength: sequenceLength,
        day: CalendarDay(daysSinceEpoch: 20_782))
}
