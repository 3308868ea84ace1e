import Catalog
import Foundation
import Quantities
import Testing

@Suite struct CatalogTests {
    @Test func theShippedCatalogLoads() throws {
        let catalog = try shippedCatalog.get()
        #expect(catalog.devices.count >= 50)
        #expect(catalog.prices.count >= 200)
        #expect(catalog.apiPrices.count >= 140)
        #expect(catalog.models.count >= 85)
        #expect(catalog.publishedRuns.count == 18)
    }

    @Test func everyRowHasADateAndASourceOtherThanMemory() throws {
        let catalog = try shippedCatalog.get()
        let rows =
            catalog.devices.map { ($0.name, $0.provenance) }
            + catalog.prices.map { ($0.instance, $0.provenance) }
            + catalog.apiPrices.map { ($0.model, $0.provenance) }
            + catalog.publishedRuns.map { ($0.model, $0.provenance) }
        for (name, provenance) in rows {
            #expect(provenance.date.days != nil, "\(name)")
            let source = provenance.source.replacing("unified memory", with: "")
            #expect(!source.contains(": memory") && !source.hasPrefix("memory"), "\(name)")
        }
    }

    @Test func everyModelHasTheParametersItsRowStates() throws {
        let file = shippedData.catalogs.appendingPathComponent("models.csv")
        let stated = try CSVTable(contentsOf: file).decode {
            ($0.requiredInteger("params_exact"), $0.requiredInteger("active_exact"))
        }
        let models = try shippedCatalog.get().models
        try #require(stated.count == models.count)
        for (model, stated) in zip(models, stated) {
            #expect(model.parameterCount == stated.0, "\(model.identifier)")
            #expect(model.activeParameterCount == stated.1, "\(model.identifier)")
        }
    }

    @Test(arguments: [
        ("gpt2", 124_439_808), ("Llama-3.1-8B", 8_030_261_248),
        ("Mixtral-8x7B-v0.1", 46_702_792_704),
        ("DeepSeek-V3", 671_026_419_200), ("gpt-oss-20b", 20_914_757_184),
        ("Qwen2.5-0.5B", 494_032_768), ("Qwen3-0.6B", 596_049_920),
        ("gemma-2-9b", 9_241_705_984), ("pythia-70m", 70_426_624), ("phi-2", 2_779_683_840),
        ("OLMo-2-1124-7B", 7_298_617_344), ("Qwen3-Next-80B-A3B-Instruct", 79_674_391_296),
    ])
    func publishedParameterCounts(name: String, count: Int) throws {
        #expect(try shippedCatalog.get().model(named: name).parameterCount == count)
    }

    @Test func modelsHaveThePartsOfTheirFamilies() throws {
        let catalog = try shippedCatalog.get()
        let scout = try catalog.model(named: "Llama-4-Scout-17B-16E").architecture
        #expect(scout.queryKeyNorm == .withoutScale)
        #expect(scout.slidingWindow == .init(length: 8192, fullPeriod: 4))
        let mistral = try catalog.model(named: "Mistral-7B-v0.1").architecture
        #expect(mistral.slidingWindow == .init(length: 4096))
        #expect(try catalog.model(named: "Phi-3.5-mini-instruct").architecture.slidingWindow == nil)
        let llama = try catalog.model(named: "Llama-3.1-8B").architecture
        #expect(llama.rotary.scaling != .none && llama.rotary.theta == 500_000)
        #expect(try catalog.model(named: "phi-2").architecture.hasHeadBias)
        #expect(try catalog.model(named: "DeepSeek-V3").architecture.headWidth == 192)
    }

    @Test func anUnknownFamilyIsAnsweredWithTheNearest() throws {
        let text = try complaint(
            "models.csv", replacing: "Llama-2-7b-hf,llama2,", with: "Llama-2-7b-hf,lama2,")
        #expect(text.contains("unknown family \"lama2\"; did you mean \"llama2\"?"))
    }

    /// What loading says when some text of one shipped file is replaced.
    private func complaint(
        _ file: String, replacing old: String, with new: String
    ) throws -> String {
        var files: [String: String] = [:]
        for name in [
            "gpus.csv", "gpu_prices.csv", "api_prices.csv", "models.csv", "published_runs.csv",
        ] {
            files[name] = try String(
                contentsOf: shippedData.catalogs.appendingPathComponent(name), encoding: .utf8)
        }
        files[file] = files[file]?.replacing(old, with: new)
        let error = try withDirectory(files) { directory in
            #expect(throws: CatalogError.self) { try Catalog.load(from: directory) }
        }
        return try #require(error?.description)
    }

    @Test func aWrongParameterCountIsRefused() throws {
        let text = try complaint(
            "models.csv", replacing: "6738415616,6738415616", with: "6738415617,6738415616")
        #expect(text.hasSuffix("params_exact is 6738415617, the sizes make 6738415616 parameters"))
    }

    @Test func aPriceOfAnUnknownDeviceIsRefused() throws {
        let text = try complaint(
            "gpu_prices.csv", replacing: "p4d.24xlarge,A100-SXM-40GB",
            with: "p4d.24xlarge,A100-SMX-40GB")
        #expect(
            text.hasSuffix(
                "gpu_prices.csv:5:18: unknown device \"A100-SMX-40GB\"; "
                    + "did you mean \"A100-SXM-40GB\"?"))
    }

    @Test func aDeviceDescribedTwiceIsRefused() throws {
        let text = try complaint("gpus.csv", replacing: "\nA800-SXM-80GB", with: "\nA100-SXM-80GB")
        #expect(text.contains("\"A100-SXM-80GB\" was already described in line"))
    }

    @Test func mistakesOfSeveralFilesAreReportedTogether() throws {
        let files = [
            "gpus.csv": """
            gpu,vendor,arch,mem_gib_spec,mem_bw_gbs,bf16_dense_tflops,fp16_dense_tflops,\
            fp32_tflops,interconnect,link_gbs,source,date
            X1,V,A,80,much,100,100,10,PCIe,31,s,2026
            X2,V,A,80,1000,,,10,PCIe,31,s,2026
            X1,V,A,80,1000,100,100,10,PCIe,31,s,2026

            """,
            "gpu_prices.csv": """
            provider,instance,gpu,gpus,usd_per_hour_on_demand,usd_per_hour_spot,region,date,source
            p,i,X1,0,1,,r,2026,s
            p,j,X1,1,,,r,2026,s

            """,
            "api_prices.csv": """
            provider,model,input_usd_per_mtok,output_usd_per_mtok,finetune_train_usd_per_mtok,\
            date,source
            p,m,0,1,,2026,s

            """,
            "models.csv": ModelColumns.header + "\n",
            "published_runs.csv":
                "model,params,tokens,accelerator,accelerator_hours,date,source\n",
        ]
        let error = try withDirectory(files) { directory in
            #expect(throws: CatalogError.self) { try Catalog.load(from: directory) }
        }
        let text = try #require(error?.description)
        #expect(text.contains("gpus.csv:2:11: mem_bw_gbs is \"much\", expected a number"))
        #expect(text.contains("gpus.csv:3:16: both bf16 and fp16 rates are empty"))
        #expect(text.contains("gpus.csv:4:1: \"X1\" was already described in line 2"))
        #expect(text.contains("gpu_prices.csv:2:8: gpus is \"0\", expected a whole number"))
        #expect(text.contains("gpu_prices.csv:3:10: neither an on-demand nor a spot price"))
        #expect(text.contains("api_prices.csv:2:5: input_usd_per_mtok is 0"))
    }

    @Test(arguments: [
        ("H100-SXM-80GB", "H100-SXM-80GB"), ("h100 sxm 80gb", "H100-SXM-80GB"),
        ("H100", "H100-SXM-80GB"), ("NVIDIA A100 80GB", "A100-SXM-80GB"),
        ("RTX 4090-24GB", "RTX4090"), ("A10G-24GB", "A10G"), ("b200", "B200-SXM"),
    ])
    func devicesAreFoundByTheirUsualNames(name: String, expected: String) throws {
        #expect(try shippedCatalog.get().device(named: name).name == expected)
    }

    @Test func anUnknownDeviceIsAnsweredWithTheNearest() throws {
        let catalog = try shippedCatalog.get()
        let misspelt = #expect(throws: CatalogError.self) {
            try catalog.device(named: "H100-SMX-80GB")
        }
        #expect(
            misspelt?.description
                == "Unknown device \"H100-SMX-80GB\". Did you mean \"H100-SXM-80GB\"?")
        let several = #expect(throws: CatalogError.self) { try catalog.device(named: "A100") }
        #expect(several?.description.contains("\"A100-PCIE-40GB\", \"A100-SXM-40GB\"") == true)
        let nothing = #expect(throws: CatalogError.self) {
            try catalog.device(named: "abacus-9000")
        }
        #expect(nothing?.description.contains("tuneplan catalog list") == true)
    }

    @Test func everyAliasNamesADeviceOfTheCatalog() throws {
        let catalog = try shippedCatalog.get()
        for name in [
            "A5000", "A6000", "GH200", "H200", "V100-32GB", "RTX PRO 6000", "L40S-48GB",
            "H800-80GB", "A800", "NVIDIA GB200 SXM",
        ] {
            #expect(catalog.knownDevice(named: name) != nil, "\(name)")
        }
    }

    @Test func modelsAreFoundWithAndWithoutTheirOwner() throws {
        let catalog = try shippedCatalog.get()
        for name in ["meta-llama/Llama-3.1-8B", "llama-3.1-8b", "someone/LLAMA-3.1-8B"] {
            #expect(try catalog.model(named: name).identifier == "meta-llama/Llama-3.1-8B")
        }
        let error = #expect(throws: CatalogError.self) {
            try catalog.model(named: "Llama-3.1-9B")
        }
        #expect(error?.description.contains("Did you mean") == true)
    }

    @Test func devicesPlanWithTheMemoryTheDriverReports() throws {
        let catalog = try shippedCatalog.get()
        let reported = try catalog.device(named: "H100")
        #expect(reported.memory == .mebibytes(81_559))
        #expect(reported.statedMemory == .gibibytes(80))
        #expect(reported.link == .gigabytes(450))
        #expect(reported.peaks[.bf16] == .teraFLOPs(989))
        #expect(try catalog.device(named: "L4").memory == .gibibytes(24))
        #expect(try catalog.device(named: "T4").trainingPeak(.bf16) == .teraFLOPs(65))
    }

    @Test func publishedRunsImplyTheUtilizationOfTheirPapers() throws {
        let catalog = try shippedCatalog.get()
        for run in catalog.publishedRuns {
            let peak = try #require(catalog.device(named: run.device).peaks[.bf16])
            let share = run.impliedUtilization(ofPeak: peak)
            #expect(share > 0.1 && share < 0.6, "\(run.model)")
            if run.model == "Llama-2-7B" { #expect(abs(share - 0.391) < 0.001) }
        }
    }

    @Test func pricesNameDevicesAndAreForWholeInstances() throws {
        let catalog = try shippedCatalog.get()
        let prices = catalog.prices(of: try catalog.device(named: "H100"))
        let aws = try #require(prices.first { $0.instance == "p5.48xlarge" })
        #expect(aws.deviceCount == 8)
        #expect(aws.onDemand == USDPerHour(55.04))
        #expect(aws.hostMemory == .gibibytes(2048))
        #expect(prices.count > 20)
    }

    @Test func fineTuningOffersAreTold() throws {
        let offers = try shippedCatalog.get().apiPrices.filter(\.offersFineTuning)
        #expect(offers.contains { $0.provider == "openai" && $0.training == USD(25) })
        #expect(offers.contains { !$0.offersInference })
    }
}

/// The header of `models.csv`.
enum ModelColumns {
    static let header = """
        hf_id,family,hidden,layers,heads,kv_heads,head_dim,intermediate,vocab,tied_embeddings,\
        attention_bias,max_context,source,params_exact,active_exact
        """
}
