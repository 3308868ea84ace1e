extension Architecture.Family {
    /// What the family's members have in common.
    ///
    /// Read in `src/transformers/models/*/modeling_*.py` and `configuration_*.py` of Hugging Face
    /// transformers 5.24 unless another source is named; theta and epsilon are those of the published
    /// checkpoints.
    package var traits: FamilyTraits {
        var traits = FamilyTraits(source: source)
        switch self {
        case .llama, .mistral, .internlm2, .deepseek, .deepseekV2, .minicpm, .baichuan: break
        case .mixtral: traits.theta = 1_000_000
        case .smollm3:
            traits.theta = 5_000_000
            traits.normEpsilon = 1e-6
            traits.tiesEmbeddings = true
        case .granite, .granitemoe, .granitemoeshared: traits.fusesExpertGateAndUp = true
        case .internlm: traits.biases = [.attentionInputs, .attentionOutput]
        case .seedOSS:
            traits.biases = .attentionInputs
            traits.theta = 10_000_000
        case .ernie45, .ernie45MixtureOfExperts:
            traits.theta = 500_000
            traits.tiesEmbeddings = true
            traits.hasRouterBias = true
        case .hunYuan: traits.queryKeyNorm = .eachHead
        case .llama4:
            traits.queryKeyNorm = .withoutScale
            traits.theta = 500_000
            traits.windowLength = 8192
            traits.windowPeriod = 4
            traits.fusesExpertGateAndUp = true
        case .deepseekV3: traits.hasRouterBias = true
        case .qwen, .qwen2, .qwen2MixtureOfExperts, .qwen3, .qwen3MixtureOfExperts, .qwen3Next,
            .qwen35, .qwen35MixtureOfExperts:
            traits.setQwen(self)
        case .gemma, .gemma2, .gemma3: traits.setGemma(self)
        case .glm, .glm4, .chatglm, .glm4MixtureOfExperts, .glm4MixtureOfExpertsLite:
            traits.setGLM(self)
        case .phi, .phi3, .phimoe: traits.setPhi(self)
        case .olmo, .olmo2, .olmo3, .olmoe: traits.setOLMo(self)
        case .gptOSS:
            traits.biases = [.attentionInputs, .attentionOutput]
            traits.hasAttentionSinks = true
            traits.hasRouterBias = true
            traits.hasExpertBiases = true
            traits.fusesExpertGateAndUp = true
            traits.windowLength = 128
            traits.windowPeriod = 2
            traits.theta = 150_000
        case .grok:
            // xai-org/grok-1 model.py: norms around both blocks, GELU gates.
            traits.normPlacement = .around
            traits.feedForward = .gated(.gelu)
            traits.tiesEmbeddings = true
            traits.attentionScoreCap = 30
        case .gpt2, .gptBigCode, .gptj, .gptNeoX, .falcon, .mpt, .bloom, .opt, .starcoder2,
            .nemotron,
            .megatronGPT:
            traits.setPlain(self)
        case .stablelm:
            traits.norm = .layer
            traits.rotaryShare = 0.25
        case .cohere, .cohere2:
            traits.norm = .layerWithoutBias
            traits.normPlacement = .parallelShared
            traits.tiesEmbeddings = true
            if self == .cohere2 {
                traits.windowLength = 4096
                traits.windowPeriod = 4
            }
        }
        return traits
    }

    private var source: String {
        switch self {
        case .qwen: "Qwen/Qwen-7B modeling_qwen.py"
        case .chatglm: "THUDM/chatglm3-6b modeling_chatglm.py"
        case .baichuan: "baichuan-inc/Baichuan2 modeling_baichuan.py"
        case .internlm, .internlm2: "internlm modeling_internlm.py, modeling_internlm2.py"
        case .minicpm: "openbmb/MiniCPM modeling_minicpm.py"
        case .deepseek: "deepseek-ai/deepseek-moe-16b-base modeling_deepseek.py"
        case .grok: "xai-org/grok-1 model.py"
        case .megatronGPT: "NVIDIA/Megatron-LM megatron/core/models/gpt/gpt_model.py"
        default: "transformers 5.24 modeling_\(rawValue.replacing("_text", with: "")).py"
        }
    }
}

extension FamilyTraits {
    fileprivate mutating func setQwen(_ family: Architecture.Family) {
        normEpsilon = 1e-6
        theta = 1_000_000
        switch family {
        case .qwen:
            theta = 10_000
            biases = .attentionInputs
            fusesQueryKeyValue = true
        case .qwen2: biases = .attentionInputs
        case .qwen2MixtureOfExperts:
            biases = .attentionInputs
            gatesSharedExperts = true
        case .qwen3, .qwen3MixtureOfExperts: queryKeyNorm = .eachHead
        default:
            queryKeyNorm = .eachHead
            gatesAttentionOutput = true
            gatesSharedExperts = true
            rotaryShare = 0.25
            theta = 10_000_000
        }
    }

    fileprivate mutating func setGemma(_ family: Architecture.Family) {
        normEpsilon = 1e-6
        feedForward = .gated(.gelu)
        tiesEmbeddings = true
        switch family {
        case .gemma2:
            normPlacement = .around
            attentionScoreCap = 50
            logitCap = 30
            windowLength = 4096
            windowPeriod = 2
        case .gemma3:
            normPlacement = .around
            queryKeyNorm = .eachHead
            theta = 1_000_000
            windowLength = 1024
            windowPeriod = 6
        default: break
        }
    }

    fileprivate mutating func setGLM(_ family: Architecture.Family) {
        biases = .attentionInputs
        rotaryShare = 0.5
        switch family {
        case .chatglm:
            fusesQueryKeyValue = true
            fusesGateAndUp = true
        case .glm: fusesGateAndUp = true
        case .glm4:
            fusesGateAndUp = true
            normPlacement = .around
        case .glm4MixtureOfExperts:
            hasRouterBias = true
            theta = 1_000_000
        default:
            biases = []
            hasRouterBias = true
            theta = 1_000_000
            rotaryShare = 1
        }
    }

    fileprivate mutating func setPhi(_ family: Architecture.Family) {
        switch family {
        case .phi:
            norm = .layer
            normPlacement = .parallelShared
            feedForward = .plain(.writtenOutGELU)
            biases = [.block, .head]
            rotaryShare = 0.5
        case .phimoe:
            norm = .layer
            biases = [.attentionInputs, .attentionOutput, .head]
        default:
            fusesQueryKeyValue = true
            fusesGateAndUp = true
        }
    }

    fileprivate mutating func setOLMo(_ family: Architecture.Family) {
        switch family {
        case .olmo: norm = .plain
        case .olmoe: queryKeyNorm = .wholeWidth
        default:
            normEpsilon = 1e-6
            normPlacement = .after
            queryKeyNorm = .wholeWidth
            theta = 500_000
            if family == .olmo3 {
                windowLength = 4096
                windowPeriod = 4
            }
        }
    }

    /// The families whose feed-forward block has no gate.
    fileprivate mutating func setPlain(_ family: Architecture.Family) {
        norm = .layer
        feedForward = .plain(.gelu)
        switch family {
        case .gpt2, .gptBigCode:
            feedForward = .plain(family == .gpt2 ? .writtenOutGELU : .gelu)
            positions = .learned
            biases = .block
            fusesQueryKeyValue = true
            tiesEmbeddings = true
        case .opt:
            feedForward = .plain(.relu)
            positions = .learned
            biases = .block
            tiesEmbeddings = true
        case .gptj:
            feedForward = .plain(.writtenOutGELU)
            normPlacement = .parallelShared
            biases = [.feedForward, .head]
            rotaryShare = 0.25
        case .gptNeoX:
            normPlacement = .parallel
            biases = .block
            fusesQueryKeyValue = true
            rotaryShare = 0.25
        case .falcon:
            normPlacement = .parallelShared
            fusesQueryKeyValue = true
            tiesEmbeddings = true
        case .mpt:
            norm = .layerWithoutBias
            positions = .linearBias
            fusesQueryKeyValue = true
            tiesEmbeddings = true
        case .bloom:
            positions = .linearBias
            biases = .block
            fusesQueryKeyValue = true
            normalizesEmbedding = true
            tiesEmbeddings = true
        case .starcoder2:
            biases = .block
            tiesEmbeddings = true
        case .nemotron:
            feedForward = .plain(.squaredReLU)
            rotaryShare = 0.5
        default:
            // Megatron-LM's GPT: learned positions, biases, tied embeddings.
            positions = .learned
            biases = .block
            fusesQueryKeyValue = true
            tiesEmbeddings = true
        }
    }
}
