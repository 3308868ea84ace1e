import Architectures

/// What the name and the notes of a measured model say about it.
///
/// Rows of `models.csv` state sizes in columns and everything else in words, because the sources do.
struct MeasuredWords {
    private let name: String
    private let notes: String

    init(name: String, notes: String) {
        self.name =
            name.lowercased().split(separator: "/").last.map(String.init) ?? name.lowercased()
        self.notes = notes.lowercased()
    }

    /// What is assumed where positions are learned and nobody says how many.
    static let assumedPositions = "2048 learned positions"

    private func says(_ words: String...) -> Bool { words.contains { notes.contains($0) } }
    private func isNamed(_ starts: String...) -> Bool { starts.contains { name.hasPrefix($0) } }

    /// Why no decoder of this kind can be described, nil when it can.
    var reasonNotDescribed: String? {
        if says("encoder-decoder") || isNamed("t5", "flan-t5", "t0_", "mt0", "ul2") {
            return "it is an encoder-decoder (T5), and only decoders are described"
        }
        if says("mamba") { return "it has Mamba-2 layers, which are not described" }
        if says("conv/attention") { return "it has gated convolutions, which are not described" }
        if isNamed("gemma-3n", "gemma-4", "gemma4") || says("per-layer") {
            return "its layers differ in head width or have embeddings of their own, "
                + "which is not described"
        }
        if says("hyper-connections") {
            return "it has compressed attention and hyper-connections, which are not described"
        }
        if says("value embeddings") { return "it has value embeddings, which are not described" }
        return nil
    }

    /// The family, by the name; Llama where the name says nothing.
    func family(hasExperts: Bool) -> Architecture.Family {
        for (starts, family) in Self.families where name.hasPrefix(starts) {
            guard hasExperts else { return family }
            switch family {
            case .qwen2: return .qwen2MixtureOfExperts
            case .qwen3: return .qwen3MixtureOfExperts
            case .qwen35: return .qwen35MixtureOfExperts
            case .granite: return says("shared") ? .granitemoeshared : .granitemoe
            default: return family
            }
        }
        if name.contains("neox") || says("gpt-neox") { return .gptNeoX }
        if name.contains("bigcode") || says("gpt-bigcode") { return .gptBigCode }
        if says("gpt", "gelu") && !says("geglu", "swiglu") { return .megatronGPT }
        return hasExperts && !says("shared") ? .mixtral : .llama
    }

    /// Beginnings of names, the longer before the shorter.
    private static let families: [(String, Architecture.Family)] = [
        ("qwen3-next", .qwen3Next), ("qwen3.5", .qwen35), ("qwen3.6", .qwen35), ("qwen3", .qwen3),
        ("qwen2", .qwen2), ("qwen1.5", .qwen2), ("qwen1half", .qwen2), ("qwq", .qwen2),
        ("qwen", .qwen), ("gemma-2-", .gemma2), ("gemma-3", .gemma3), ("gemma3", .gemma3),
        ("gemma", .gemma), ("codegemma", .gemma), ("functiongemma", .gemma3),
        ("deepseek-v3", .deepseekV3), ("deepseek-r1", .deepseekV3), ("kimi-k2", .deepseekV3),
        ("deepseek-v2", .deepseekV2), ("deepseek-moe", .deepseek), ("gpt-oss", .gptOSS),
        ("mixtral", .mixtral), ("llama-4", .llama4), ("phi-1", .phi), ("phi-2", .phi),
        ("phi-3", .phi3), ("phi-4", .phi3), ("phi3", .phi3), ("stablelm-base-alpha", .gptNeoX),
        ("stablelm-tuned-alpha", .gptNeoX), ("stablelm", .stablelm), ("pythia", .gptNeoX),
        ("redpajama", .gptNeoX), ("dolly", .gptNeoX), ("gpt-neox", .gptNeoX), ("gpt-j", .gptj),
        ("falcon", .falcon), ("starcoder2", .starcoder2), ("starcoder", .gptBigCode),
        ("gpt_bigcode", .gptBigCode), ("santacoder", .gptBigCode), ("bloom", .bloom),
        ("mpt-", .mpt), ("opt-", .opt), ("gpt-2-", .gpt2), ("gpt2", .gpt2),
        ("megatron mix", .mixtral),
        ("megatron", .megatronGPT), ("gpt", .megatronGPT), ("turing", .megatronGPT),
        ("nemotron", .nemotron), ("olmo-3", .olmo3), ("olmo-2", .olmo2), ("olmo", .olmo),
        ("granite", .granite), ("power", .granite), ("moe-7b-1b", .granite),
        ("glm-4.5", .glm4MixtureOfExperts), ("glm-4.7-flash", .glm4MixtureOfExpertsLite),
        ("glm-4-9b-0414", .glm4), ("glm", .chatglm), ("chatglm", .chatglm),
        ("baichuan", .baichuan), ("internlm2", .internlm2), ("internlm", .internlm),
        ("minicpm", .minicpm), ("grok", .grok), ("ernie", .ernie45MixtureOfExperts),
        ("mistral", .mistral), ("ministral", .mistral), ("magistral", .mistral),
        ("zephyr", .mistral), ("openbuddy-zephyr", .mistral), ("seed-oss", .seedOSS),
        ("hunyuan", .hunYuan), ("smollm3", .smollm3),
    ]
}

extension MeasuredWords {
    /// Fills in sizes that the notes state or that a family has in every member, and says what had to
    /// be assumed.
    func complete(_ sizes: inout ModelDimensions) -> [String] {
        var assumptions: [String] = []
        func fill(_ size: inout Int?, _ value: @autoclosure () -> Int?) {
            if size == nil { size = value() }
        }
        fill(&sizes.queryRank, number(/q_lora(?:_rank)? (\d+)/))
        fill(&sizes.keyValueRank, number(/kv_lora(?:_rank)? (\d+)/))
        if sizes.expertCount != nil {
            let one = says("plus one shared", "plus shared expert") ? 1 : nil
            fill(&sizes.sharedExpertCount, number(/(\d+) shared expert/) ?? one)
            fill(
                &sizes.sharedExpertWidth,
                number(/shared experts? of width (\d+)/).map {
                    $0 * (sizes.sharedExpertCount ?? 1)
                })
            let first = says("first layer dense") ? 1 : nil
            fill(&sizes.leadingDenseLayerCount, number(/first (\d+) layer\(s\) dense/) ?? first)
            let isHalf = says("every other layer") || isNamed("llama-4-maverick")
            fill(&sizes.expertPeriod, isHalf ? 2 : nil)
            if isNamed("llama-4") { fill(&sizes.sharedExpertCount, 1) }
        }
        fill(&sizes.slidingWindow, number(/sliding window (\d+)/))
        fill(&sizes.contextLength, number(/learned positions (\d+)/))
        fill(&sizes.deltaValueHeadCount, number(/(\d+) v heads/))
        switch family(hasExperts: sizes.expertCount != nil) {
        case .qwen3Next: fill(&sizes.deltaValueHeadCount, 32)
        case .glm4MixtureOfExpertsLite:
            // transformers `configuration_glm4_moe_lite.py`, whose only member this is.
            fill(&sizes.rotaryWidth, 64)
            fill(&sizes.plainWidth, 192)
            fill(&sizes.valueWidth, 256)
        case .gpt2: fill(&sizes.contextLength, 1024)
        case .opt: fill(&sizes.contextLength, 2048)
        case .megatronGPT, .gptBigCode, .mpt:
            if sizes.contextLength == nil, !says("rope", "rotary") {
                sizes.contextLength = 2048
                assumptions.append(Self.assumedPositions)
            }
        default: break
        }
        if sizes.headCount == nil, let hidden = sizes.hiddenWidth, hidden % 128 == 0 {
            sizes.headCount = hidden / 128
            assumptions.append("heads of width 128")
        }
        return assumptions
    }

    private func number(_ pattern: some RegexComponent<(Substring, Substring)>) -> Int? {
        notes.firstMatch(of: pattern).flatMap { Int($0.output.1) }
    }

    /// Corrects what a family has by what the notes say of this member.
    func refine(_ model: inout Architecture) {
        refineBlock(&model)
        if says("learned positions") { model.positions = .learned }
        if says("alibi"), !says("learned positions") { model.positions = .linearBias }
        if says("rotary", "rope") { model.positions = .rotary }
        if says("no linear biases", "no biases"), !says("biases on linears") { model.setBiases([]) }
        if says("biases on linears", "biases everywhere") {
            let head: FamilyTraits.Biases = model.hasHeadBias ? .head : []
            model.setBiases(FamilyTraits.Biases.block.union(head))
        }
        if says("bias on q", "bias on fused c_attn") { model.hasQueryKeyValueBias = true }
        if model.queryKeyNorm == .none, says("q/k rmsnorm", "q/k norm", "qk norm"),
            !says("q/k norm absent")
        {
            model.queryKeyNorm = .eachHead
        }
        if model.family == .megatronGPT, says("swiglu") { model.fusesGateAndUp = true }
    }

    private func refineBlock(_ model: inout Architecture) {
        if case .gated = model.feedForward, says("gelu", "relu"), !says("swiglu", "geglu") {
            model.feedForward = .plain(.gelu)
        }
        if case .plain = model.feedForward {
            if says("squared-relu", "squared relu", "relu^2") {
                model.feedForward = .plain(.squaredReLU)
            } else if says("swiglu") {
                model.feedForward = .gated(.silu)
            }
        }
        if says("geglu") { model.feedForward = .gated(.gelu) }
        if model.norm == .rms, says("layernorm"), !says("rmsnorm") { model.norm = .layer }
        if model.norm == .layerWithoutBias, says("layernorm") { model.norm = .layer }
        if says("layernorm without bias") { model.norm = .layerWithoutBias }
        if says("parallel residual off") {
            model.normPlacement = .before
        } else if says("parallel residual"), model.normPlacement == .before {
            model.normPlacement = .parallelShared
        }
        if says("pre+post norms", "sandwich") { model.normPlacement = .around }
        if says("reordered") { model.normPlacement = .after }
    }
}
