import Catalog
import Foundation
import Quantities
import Testing

private let shipped = Result { try Measurements.load(from: shippedData) }

@Suite struct MeasurementTests {
    @Test func everyFileLoads() throws {
        let measurements = try shipped.get()
        #expect(measurements.memory.count == 678)
        #expect(measurements.outOfMemory.count == 96)
        #expect(measurements.throughput.count == 1909)
        #expect(measurements.rates.count == 319)
        #expect(measurements.links.count == 206)
        #expect(measurements.memory.filter(\.ranOutOfMemory).isEmpty)
        #expect(measurements.outOfMemory.filter(\.ranOutOfMemory).count == 96)
    }

    @Test func aRowIsReadInFull() throws {
        let rows = try shipped.get().memory
        let row = try #require(rows.first { $0.run.id == "fms-001" })
        #expect(row.peak == .gibibytes(10.494))
        #expect(row.kind == .allocated)
        #expect(row.run.strategy == .full)
        #expect(row.run.packing == .full)
        #expect(row.run.checkpointing == .full)
        #expect(row.run.microbatch == 4)
        #expect(row.run.tokensPerMicrobatch == 8192)
        #expect(row.run.quality == .a)
        #expect(row.run.noted("smi_gib") == 14.762)
        #expect(row.run.noted("reserved_gib") == nil)
        #expect(row.optimizerFormat == "bf16")
        #expect(row.stepTime == Seconds(0.477))
    }

    @Test func everyModelThatRowsNameIsDescribed() throws {
        let measurements = try shipped.get()
        let names =
            measurements.memory.map(\.run.model) + measurements.outOfMemory.map(\.run.model)
            + measurements.throughput.map(\.run.model)
        for name in Set(names) { #expect(measurements.model(named: name) != nil, "\(name)") }
    }

    @Test func measuredArchitecturesHaveTheStatedParameters() throws {
        let measurements = try shipped.get()
        var known = 0
        for row in measurements.memory {
            guard let architecture = try? measurements.architecture(named: row.run.model)
            else { continue }
            known += 1
            guard row.run.quality == .a, let stated = row.run.parameterBillions else { continue }
            let counted = Double(architecture.parameterCount) / 1e9
            // LitGPT stores a second head where the checkpoint ties it.
            let spare = architecture.vocabularySize * architecture.hiddenWidth
            let untied = architecture.tiesEmbeddings ? counted + Double(spare) / 1e9 : counted
            let error = min(abs(counted - stated), abs(untied - stated)) / stated
            #expect(error < 0.03, "\(row.run.id) \(row.run.model) \(counted) \(stated)")
        }
        #expect(known > 600)
    }

    @Test func aThirdOfTheRowsIsHeldOutByTheirIdentifier() throws {
        let measurements = try shipped.get()
        let ids = measurements.memory.map(\.run) + measurements.throughput.map(\.run)
        let share = Double(ids.count(where: \.isHeldOut)) / Double(ids.count)
        #expect(abs(share - 1.0 / 3) < 0.03)
    }

    @Test(arguments: [
        ("", UInt64(0xcbf2_9ce4_8422_2325)), ("a", 0xaf63_dc4c_8601_ec8c),
        ("foobar", 0x8594_4171_f739_67e8),
    ])
    func theHashIsTheStandardOne(text: String, expected: UInt64) {
        #expect(HeldOut.hash(text) == expected)
    }

    @Test func productsAndPayloadsAreRead() throws {
        let measurements = try shipped.get()
        let gaudi = try #require(measurements.rates.first)
        #expect(gaudi.product == AchievedRate.Product(m: 14_336, n: 15_360, k: 2048))
        #expect(gaudi.rate == .teraFLOPs(418.7))
        #expect(abs((gaudi.efficiency ?? 0) - 0.969) < 0.001)
        #expect(measurements.links.first?.payload == Bytes(32_768))
        let sized = measurements.links.filter { $0.payload != nil }
        #expect(sized.count >= 190)
    }

    @Test func mostDevicesOfRowsAreInTheCatalog() throws {
        let measurements = try shipped.get()
        let catalog = try shippedCatalog.get()
        let named = measurements.memory.compactMap(\.run.device)
        let known = named.count { catalog.knownDevice(named: $0) != nil }
        #expect(Double(known) / Double(named.count) > 0.85)
    }

    @Test func usersMayAddColumnsAndAreToldWhatIsMissing() throws {
        let header = MeasurementHeader.memory
        let row = "mine-1,me,m,lora,L4,1,none,1,512,q=A; x=1,12.5,allocated,extra\n"
        let rows = try withDirectory(["mine.csv": header + ",my_column\n" + row]) {
            try Measurements.memory(in: $0.appendingPathComponent("mine.csv"))
        }
        #expect(rows.first?.peak == .gibibytes(12.5))
        #expect(rows.first?.run.noted("x") == 1)

        let error = try withDirectory(["mine.csv": "id,source\n1,me\n"]) { directory in
            #expect(throws: CatalogError.self) {
                try Measurements.memory(in: directory.appendingPathComponent("mine.csv"))
            }
        }
        #expect(error?.description.contains("the column \"peak_gib_per_gpu\" is missing") == true)
    }

    @Test func aWrongKindOfMemoryIsNamed() throws {
        let row = "mine-1,me,m,lora,L4,1,none,1,512,,12.5,resident\n"
        let error = try withDirectory(["mine.csv": MeasurementHeader.memory + "\n" + row]) {
            directory in
            #expect(throws: CatalogError.self) {
                try Measurements.memory(in: directory.appendingPathComponent("mine.csv"))
            }
        }
        #expect(
            error?.description.hasSuffix(
                "mine.csv:2:40: mem_kind is \"resident\", expected one of allocated, reserved, "
                    + "nvidia-smi, unknown") == true)
    }
}

/// The least columns of a memory file.
enum MeasurementHeader {
    static let memory = """
        id,source,model,strategy,gpu,n_gpus,sharding,micro_batch,seq_len,notes,\
        peak_gib_per_gpu,mem_kind
        """
}
