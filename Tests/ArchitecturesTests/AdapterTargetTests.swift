import Architectures
import Testing

private func tiny(_ family: Architecture.Family) -> Architecture {
    Architecture(
        family: family, vocabularySize: 10, hiddenWidth: 8, layerCount: 4, headCount: 2,
        keyValueHeadCount: 1, headWidth: 4, feedForwardWidth: 16, contextLength: 32)
}

private func mixture(_ family: Architecture.Family, dense: Int = 0) -> Architecture {
    var model = tiny(family)
    model.setExperts(.init(count: 4, countPerToken: 2, width: 8, leadingDenseLayerCount: dense))
    return model
}

@Suite struct AdapterTargetTests {
    private static let deepseek: Architecture = {
        var model = mixture(.deepseekV3, dense: 1)
        model.latentAttention = .init(
            queryRank: 4, keyValueRank: 4, rotaryWidth: 2, plainWidth: 2, valueWidth: 4)
        return model
    }()

    typealias Case = (Architecture.Family, String, Set<LinearLayer>)
    /// Names as measured runs and PEFT's mapping of target modules have them.
    static let cases: [Case] = [
        (.llama, "q_proj,v_proj", [.query, .value]),
        (.llama, "q, v", [.query, .value]),
        (.llama, "attention", [.query, .key, .value, .attentionOutput]),
        (.llama, "k,gate,v,up,q,o,down", Set(LinearLayer.llama)),
        (.llama, "all-linear", Set(LinearLayer.llama)),
        (.llama, "model.layers.[\\d]+.(mlp|self_attn).(up|down|q)_proj", [.up, .down, .query]),
        (.llama, "linear_qkv,linear_proj", [.query, .key, .value, .attentionOutput]),
        (.llama, "model.layers.0.self_attn.o_proj", [.attentionOutput]),
        (.gpt2, "c_attn", [.queryKeyValue]), (.gpt2, "c_proj", [.attentionOutput, .down]),
        (.gptBigCode, "q,v", [.queryKeyValue]),
        (.qwen, "c_attn,c_proj,w1,w2", [.queryKeyValue, .attentionOutput, .up, .gate, .down]),
        (
            .gptNeoX, "query_key_value,dense,dense_h_to_4h,dense_4h_to_h",
            [.queryKeyValue, .attentionOutput, .up, .down]
        ),
        (.chatglm, "query_key_value,dense_h_to_4h", [.queryKeyValue, .gateUp]),
        (.phi3, "qkv_proj,gate_up_proj", [.queryKeyValue, .gateUp]),
        (.phi, "fc1,fc2,dense", [.up, .down, .attentionOutput]),
        (.mpt, "Wqkv", [.queryKeyValue]), (.baichuan, "W_pack", [.query, .key, .value]),
        (.gptj, "q_proj,fc_in,fc_out,out_proj", [.query, .up, .down, .attentionOutput]),
        (.internlm2, "wqkv,wo", [.query, .key, .value, .attentionOutput]),
    ]

    @Test(arguments: cases.indices)
    func namesAreUnderstood(index: Int) throws {
        let (family, list, expected) = Self.cases[index]
        #expect(try AdapterTargets(list, in: tiny(family)).linears == expected, "\(list)")
    }

    @Test func expertsAndLatentAttentionHaveTheirNames() throws {
        let mixtral = mixture(.mixtral)
        #expect(try AdapterTargets("w1,w2,w3", in: mixtral).linears == [.gate, .down, .up])
        #expect(
            try AdapterTargets("q_a_proj,q_b_proj,kv_b_proj", in: Self.deepseek).linears
                == [.queryDown, .queryUp, .keyValueUp])
        #expect(try AdapterTargets("mlp", in: Self.deepseek).linears == [.gate, .up, .down])
        #expect(Self.deepseek.linearLayers.contains(.keyValueDown))
        #expect(try AdapterTargets("input_linear", in: mixture(.granitemoe)).linears == [.gateUp])
    }

    @Test func headsAndEmbeddingsAreToldApart() throws {
        let model = tiny(.qwen)
        let trained = try AdapterTargets("c_attn,c_proj,w1,w2 + full wte,lm_head", in: model)
        #expect(trained.trainsEmbedding && trained.trainsHead && !trained.adaptsHead)
        #expect(trained.linears.count == 5 && trained.reachesOutsideBlocks)
        let adapted = try AdapterTargets("q,k,v,o,mlp,lm_head", in: tiny(.llama))
        #expect(adapted.adaptsHead && adapted.linears.count == 7)
        let output = try AdapterTargets(
            "c_attn + trainable embedding and output", in: model)
        #expect(output.trainsEmbedding && output.trainsHead)
        #expect(try !AdapterTargets("c_attn", in: model).reachesOutsideBlocks)
    }

    @Test func anUnknownNameIsAnsweredWithTheNearest() throws {
        let error = #expect(throws: AdapterTargetError.self) {
            try AdapterTargets("c_atn", in: tiny(.gpt2))
        }
        #expect(
            error?.description == "the model has no linear layer called 'c_atn'; "
                + "did you mean c_attn?")
        let foreign = #expect(throws: AdapterTargetError.self) {
            try AdapterTargets("W_pack", in: tiny(.llama))
        }
        #expect(foreign?.description.contains("it has q_proj, k_proj") == true)
        #expect(throws: AdapterTargetError.self) { try AdapterTargets("", in: tiny(.llama)) }
    }

    /// PEFT passes over names without a module as long as one has one.
    @Test func lenientReadingPassesOverForeignNames() throws {
        let list = "q_proj,k_proj,v_proj,o_proj,c_attn"
        #expect(throws: AdapterTargetError.self) { try AdapterTargets(list, in: tiny(.gptBigCode)) }
        #expect(
            try AdapterTargets(list, in: tiny(.gptBigCode), lenient: true).linears
                == [.queryKeyValue])
        #expect(try AdapterTargets(list, in: tiny(.llama), lenient: true).linears.count == 4)
        #expect(throws: AdapterTargetError.self) {
            try AdapterTargets("zzz,yyy", in: tiny(.llama), lenient: true)
        }
    }

    /// Every module name leads back to its layer.
    @Test(arguments: Architecture.Family.allCases)
    func moduleNamesAreUnderstood(family: Architecture.Family) throws {
        let model = tiny(family)
        for name in model.moduleNames {
            #expect(try !model.linearLayers(named: name).isEmpty, "\(name)")
        }
        #expect(try AdapterTargets("all-linear", in: model).linears == model.linearLayers)
    }
}

@Suite struct RunnableTests {
    @Test func theEnginesFamiliesRun() {
        for family in Architecture.Family.runnable {
            #expect(tiny(family).reasonNotRunnable == nil, "\(family)")
        }
    }

    @Test func otherFamiliesAreRefusedWithTheReason() {
        for family in Architecture.Family.allCases
        where !Architecture.Family.runnable.contains(family) {
            #expect(tiny(family).reasonNotRunnable != nil, "\(family)")
        }
        #expect(tiny(.granite).reasonNotRunnable?.contains("granite") == true)
    }

    /// A part that the engine does not have, and a word of the reason.
    static let parts: [(String, @Sendable (inout Architecture) -> Void)] = [
        ("experts", { $0.setExperts(.init(count: 2, countPerToken: 1, width: 4)) }),
        (
            "latent",
            {
                $0.latentAttention = .init(
                    keyValueRank: 2, rotaryWidth: 2, plainWidth: 2, valueWidth: 2)
            }
        ),
        (
            "DeltaNet",
            {
                $0.deltaNet = .init(
                    fullAttentionPeriod: 2, keyHeadCount: 1, valueHeadCount: 1, headWidth: 2)
            }
        ),
        ("RMSNorm", { $0.norm = .layer }), ("normalise", { $0.normPlacement = .after }),
        ("SiLU", { $0.feedForward = .gated(.gelu) }),
        ("positions", { $0.positions = .learned }),
        ("in part", { $0.rotary.share = 0.5 }),
        ("one matrix", { $0.fusesQueryKeyValue = true }),
        ("window", { $0.slidingWindow = .init(length: 4) }),
        ("norm of queries", { $0.queryKeyNorm = .wholeWidth }),
        ("sinks", { $0.hasAttentionSinks = true }), ("caps", { $0.logitCap = 30 }),
        ("biases", { $0.biases = [.down] }),
    ]

    @Test(arguments: parts.indices)
    func aPartTheEngineLacksIsNamed(index: Int) {
        let (word, change) = Self.parts[index]
        var model = tiny(.llama)
        change(&model)
        let reason = model.reasonNotRunnable ?? ""
        #expect(reason.contains(word), "\(reason)")
    }

    @Test func aWindowThatReachesEverythingRuns() {
        var model = tiny(.mistral)
        model.slidingWindow = .init(length: 32)
        #expect(model.reasonNotRunnable == nil)
    }
}
