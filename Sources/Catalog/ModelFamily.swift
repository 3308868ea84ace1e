/// The families of checkpoints that the catalog can count the parameters of.
package enum ModelFamily: String, Sendable, Hashable, CaseIterable {
    case llama2
    case llama3
    case llama31 = "llama3.1"
    case llama32 = "llama3.2"
    case llama33 = "llama3.3"
    case llama4
    case mistral
    case mixtral
    case yi
    case tinyllama
    case smollm2
    case smollm3
    case phi
    case phi3
    case phi4
    case qwen25 = "qwen2.5"
    case qwen3
    case qwen3MixtureOfExperts = "qwen3-moe"
    case qwen3Next = "qwen3-next"
    case qwen35 = "qwen3.5"
    case qwen35MixtureOfExperts = "qwen3.5-moe"
    case gemma2
    case gemma3
    case olmo2
    case deepseekV2 = "deepseek-v2"
    case deepseekV3 = "deepseek-v3"
    case gptOSS = "gpt-oss"
    case falcon
    case pythia
    case gpt2
}
