import Architectures
import Catalog
import Foundation
import Testing

private let shipped = Result { try Measurements.load(from: shippedData) }

/// Every model that a row names is one `Architecture`.
@Suite struct ModelArchitectureTests {
    /// Counts that the sources print, to the digits printed.
    @Test(arguments: [
        ("Mixtral-8x7B-v0.1", 46_702_792_704), ("falcon-7b", 6_921_720_704),
        ("falcon-40b", 41_303_293_952), ("gemma-2b", 2_506_172_416),
        ("gemma-7b", 8_537_680_896), ("gemma-2-9b", 9_241_705_984),
        ("Qwen-7B", 7_721_324_544), ("Qwen1.5-MoE-A2.7B", 14_315_784_192),
        ("ChatGLM3-6B", 6_243_584_000), ("Baichuan2-7B", 7_505_973_248),
        ("phi-1.5", 1_418_270_720), ("deepseek-moe-16b", 16_375_728_128),
        ("bloomz-7b1", 7_069_016_064), ("stablelm-base-alpha-3b", 3_637_321_728),
        ("gpt-oss-20b", 20_914_757_184), ("Qwen3-Next-80B-A3B", 79_674_391_296),
        ("Qwen3.5-27B", 26_895_998_464), ("Llama-4-Scout-17B-16E", 107_769_861_120),
        ("gpt-neox-20b", 20_554_567_680), ("gpt-j-6b", 6_050_882_784),
        ("OPT-1.3B", 1_315_758_080), ("StarCoder-15.5B", 15_517_456_384),
        ("megatron-gpt-sc21-529.6B", 529_600_819_200), ("DeepSeek-V2-Lite", 15_706_484_224),
        ("megatron-gpt-7.1B", 7_131_922_432), ("SmolLM3-3B", 3_075_098_624),
        ("PowerLM-3b", 3_510_819_072),
        ("KempnerForge Llama-3-style 13B", 14_840_386_560),
    ])
    func measuredModelsHaveTheirParameters(name: String, count: Int) throws {
        #expect(try shipped.get().architecture(named: name).parameterCount == count)
    }

    /// llm-foundry prints counts that hold a table of as many positions as rows are long.
    @Test func learnedPositionsFollowTheRun() throws {
        let measurements = try shipped.get()
        var checked = 0
        for run in measurements.throughput.map(\.run) where run.model.hasPrefix("MPT-") {
            guard let stated = run.parameterBillions, run.id.hasPrefix("llm-foundry") else {
                continue
            }
            let (model, assumptions) = try measurements.architecture(of: run)
            #expect(assumptions == ["as many learned positions as seq_len"])
            let error = abs(Double(model.parameterCount) / 1e9 - stated) / stated
            #expect(error < 5e-5, "\(run.id) \(run.model) \(stated) \(model.parameterCount)")
            checked += 1
        }
        #expect(checked > 100)
    }

    /// What words say, where columns do not.
    @Test func notesAreUnderstood() throws {
        let measurements = try shipped.get()
        func model(_ name: String) throws -> Architecture {
            try measurements.architecture(named: name)
        }
        #expect(try model("gemma-2-9b").slidingWindow == .init(length: 4096, fullPeriod: 2))
        #expect(try model("gemma-3-4b").normPlacement == .around)
        #expect(try model("gemma-7b").feedForward == .gated(.gelu))
        #expect(try model("falcon-7b").normPlacement == .parallelShared)
        #expect(try model("falcon-40b").normPlacement == .parallel)
        #expect(try model("bloomz-7b1").positions == .linearBias)
        #expect(try model("Baichuan2-13B").positions == .linearBias)
        #expect(try model("Megatron GPT-15B (release config)").feedForward == .plain(.squaredReLU))
        #expect(try model("Megatron GPT-15B (release config)").positions == .rotary)
        #expect(try model("Megatron GPT-7B (test config)").biases.contains(.queryKeyValue))
        #expect(try model("RedPajama-INCITE-7B").normPlacement == .before)
        #expect(try model("Olmo-3-7B").normPlacement == .after)
        #expect(try model("Qwen1.5-7B").hasQueryKeyValueBias)
        #expect(try model("GPT-203B-h13312-L94").family == .megatronGPT)
        let deepseek = try model("deepseek-moe-16b").experts
        #expect(deepseek?.sharedWidth == 2816)
        #expect(deepseek?.leadingDenseLayerCount == 1)
        let flash = try model("GLM-4.7-Flash").latentAttention
        #expect(flash?.queryRank == 768 && flash?.plainWidth == 192 && flash?.valueWidth == 256)
        #expect(try model("Llama-4-Maverick-17B-128E").experts?.period == 2)
        #expect(try model("open_lm_410m-moe8").experts?.period == 2)
    }

    @Test func whatIsAssumedIsSaid() throws {
        let measurements = try shipped.get()
        let guessed = try #require(measurements.model(named: "megatron-gpt-sc21-7.5B"))
        #expect(guessed.assumptions == ["2048 learned positions", "heads of width 128"])
        #expect(try #require(measurements.model(named: "Llama-2-7B")).assumptions.isEmpty)
    }

    @Test(arguments: [
        ("T0_3B", "encoder-decoder"), ("granite-4.0-tiny-preview", "Mamba-2"),
        ("gemma-4-31B-it", "head width"), ("DeepSeek-V4-Flash", "hyper-connections"),
        ("LFM2-1.2B", "convolutions"), ("GPT-200B-h14400", "column"), ("abacus", "no row"),
    ])
    func anUnknownArchitectureIsRefusedWithTheReason(name: String, reason: String) throws {
        let measurements = try shipped.get()
        let error = #expect(throws: CatalogError.self) {
            try measurements.architecture(named: name)
        }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(name) == true)
    }

    /// Rows that a back-test can use at all.
    @Test func nearlyEveryMeasuredRowHasAnArchitecture() throws {
        let measurements = try shipped.get()
        let runs = measurements.memory.map(\.run) + measurements.outOfMemory.map(\.run)
        let unknown = runs.filter { (try? measurements.architecture(named: $0.model)) == nil }
        #expect(Double(unknown.count) < 0.05 * Double(runs.count), "\(unknown.count)")
        let speed = measurements.throughput.map(\.run)
        let missing = speed.filter { (try? measurements.architecture(named: $0.model)) == nil }
        #expect(Double(missing.count) < 0.12 * Double(speed.count), "\(missing.count)")
    }
}

/// `reports/parameter-counts.md` is what the catalog and the measurements give today.
@Suite struct ParameterCountReportTests {
    private static let file = shippedData.url.deletingLastPathComponent()
        .appendingPathComponent("reports/parameter-counts.md")

    /// With `TUNEPLAN_RECORD=1` the report is written anew, and the test fails once.
    @Test func theReportIsCurrent() throws {
        let text = parameterCountReport(try shippedCatalog.get(), try shipped.get())
        if ProcessInfo.processInfo.environment["TUNEPLAN_RECORD"] != nil {
            try text.write(to: Self.file, atomically: true, encoding: .utf8)
            Issue.record("reports/parameter-counts.md was written; run again without recording")
        }
        #expect(try String(contentsOf: Self.file, encoding: .utf8) == text)
    }

    @Test func checksAreUnderstood() throws {
        let catalog = try shippedCatalog.get()
        func comparison(_ name: String) throws -> ParameterComparison? {
            try catalog.model(named: name).parameterComparison
        }
        let tied = try #require(try comparison("Qwen3-0.6B"))
        #expect(tied.excess == 155_582_464)
        #expect(tied.explanation.hasPrefix("exactly the tied lm_head"))
        let buffers = try #require(try comparison("Llama-2-7b-hf"))
        #expect(buffers.excess == 2048 && buffers.explanation.contains("inv_freq"))
        #expect(try comparison("gpt2")?.excess == 0)
        #expect(try comparison("DeepSeek-V2") == nil)
        let agreeing = catalog.models.compactMap(\.parameterComparison).filter { $0.excess == 0 }
        #expect(agreeing.count >= 45)
    }
}
