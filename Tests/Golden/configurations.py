"""Write Tests/Fixtures/Configurations: config.json files of published models with the number of
parameters that Hugging Face transformers gives them.

Each model is built without storage (device "meta") from its configuration, and its parameters are
counted, tied ones once. Buffers that checkpoints store as trained values (the load corrections of
DeepSeek's and its relatives' routers) count too. Of models that also see or hear, the text stack.

The configurations are written out here with the sizes of published models (granite-moe-shared is
invented); some leave keys out, as published files do, so that defaults are tested. They are inputs:
what is golden is the count that transformers gives them.

Made with transformers 5.24.0 and torch 2.13.0, November 2026.
Usage: python Tests/Golden/configurations.py
"""

import json
import pathlib

import torch
import transformers
from transformers import AutoModelForCausalLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Fixtures" / "Configurations"


def decoder(kind, hidden, layers, heads, kv, ffn, vocab, **more):
    """The keys that most families share, under their usual names."""
    config = {
        "model_type": kind, "hidden_size": hidden, "num_hidden_layers": layers,
        "num_attention_heads": heads, "num_key_value_heads": kv, "intermediate_size": ffn,
        "vocab_size": vocab,
    }
    config.update(more)
    return {key: value for key, value in config.items() if value is not None}


def rope(kind="llama3", factor=8.0, original=8192):
    """The stretch of Llama 3.1."""
    return {"rope_type": kind, "factor": factor, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": original}


DELTA = {"linear_conv_kernel_dim": 4, "linear_key_head_dim": 128, "linear_value_head_dim": 128,
         "linear_num_key_heads": 16}
MODELS = {
    "llama-2-7b": decoder("llama", 4096, 32, 32, 32, 11008, 32000, rms_norm_eps=1e-5),
    "llama-3.1-8b": decoder("llama", 4096, 32, 32, 8, 14336, 128256, rope_theta=500000.0,
                            rope_scaling=rope(), max_position_embeddings=131072),
    "llama-3.2-1b": decoder("llama", 2048, 16, 32, 8, 8192, 128256, head_dim=64,
                            tie_word_embeddings=True, rope_theta=500000.0,
                            rope_scaling=rope(factor=32.0)),
    "smollm2-135m": decoder("llama", 576, 30, 9, 3, 1536, 49152, tie_word_embeddings=True),
    "llama-4-scout": {"model_type": "llama4", "tie_word_embeddings": False, "text_config": decoder(
        "llama4_text", 5120, 48, 40, 8, 8192, 202048, intermediate_size_mlp=16384, head_dim=128,
        num_local_experts=16, num_experts_per_tok=1, interleave_moe_layer_step=1,
        attention_chunk_size=8192, use_qk_norm=True)},
    "llama-4-maverick": {"model_type": "llama4", "text_config": decoder(
        "llama4_text", 5120, 48, 40, 8, 8192, 202048, intermediate_size_mlp=16384, head_dim=128,
        num_local_experts=128, num_experts_per_tok=1, interleave_moe_layer_step=2)},
    "mistral-7b-v0.1": decoder("mistral", 4096, 32, 32, 8, 14336, 32000, sliding_window=4096,
                               max_position_embeddings=32768),
    "mistral-nemo": decoder("mistral", 5120, 40, 32, 8, 14336, 131072, head_dim=128,
                            sliding_window=None),
    "mixtral-8x7b": decoder("mixtral", 4096, 32, 32, 8, 14336, 32000, num_local_experts=8,
                            num_experts_per_tok=2),
    "mixtral-8x22b": decoder("mixtral", 6144, 56, 48, 8, 16384, 32768, num_local_experts=8,
                             num_experts_per_tok=2),
    "qwen1.5-7b": decoder("qwen2", 4096, 32, 32, 32, 11008, 151936, use_sliding_window=False),
    "qwen2.5-0.5b": decoder("qwen2", 896, 24, 14, 2, 4864, 151936, tie_word_embeddings=True,
                            use_sliding_window=False, max_window_layers=24),
    "qwen2.5-7b": decoder("qwen2", 3584, 28, 28, 4, 18944, 152064),
    "qwen1.5-moe-a2.7b": decoder("qwen2_moe", 2048, 24, 16, 16, 5632, 151936, num_experts=60,
                                 num_experts_per_tok=4, moe_intermediate_size=1408,
                                 shared_expert_intermediate_size=5632, decoder_sparse_step=1),
    "qwen2-57b-a14b": decoder("qwen2_moe", 3584, 28, 28, 4, 18944, 151936, num_experts=64,
                              num_experts_per_tok=8, moe_intermediate_size=2560,
                              shared_expert_intermediate_size=20480),
    "qwen3-0.6b": decoder("qwen3", 1024, 28, 16, 8, 3072, 151936, tie_word_embeddings=True),
    "qwen3-32b": decoder("qwen3", 5120, 64, 64, 8, 25600, 151936, head_dim=128),
    "qwen3-30b-a3b": decoder("qwen3_moe", 2048, 48, 32, 4, 6144, 151936, head_dim=128,
                             num_experts=128, num_experts_per_tok=8, moe_intermediate_size=768,
                             mlp_only_layers=[]),
    "qwen3-next-80b-a3b": decoder("qwen3_next", 2048, 48, 16, 2, 5120, 151936, num_experts=512,
                                  num_experts_per_tok=10, moe_intermediate_size=512,
                                  shared_expert_intermediate_size=512, full_attention_interval=4,
                                  linear_num_value_heads=32, **DELTA),
    "qwen3.5-0.8b": {"model_type": "qwen3_5", "tie_word_embeddings": True, "text_config": decoder(
        "qwen3_5_text", 1024, 24, 8, 2, 3584, 248320, linear_num_value_heads=16, **DELTA)},
    "qwen3.5-27b": {"model_type": "qwen3_5", "tie_word_embeddings": False, "text_config": decoder(
        "qwen3_5_text", 5120, 64, 24, 4, 17408, 248320, linear_num_value_heads=48, **DELTA)},
    "qwen3.5-35b-a3b": {"model_type": "qwen3_5_moe", "text_config": decoder(
        "qwen3_5_moe_text", 2048, 40, 16, 2, None, 248320, num_experts=256,
        num_experts_per_tok=8, moe_intermediate_size=512, shared_expert_intermediate_size=512,
        linear_num_value_heads=32, **DELTA)},
    "gemma-2b": decoder("gemma", 2048, 18, 8, 1, 16384, 256000, head_dim=256,
                        hidden_act="gelu"),
    "gemma-7b": decoder("gemma", 3072, 28, 16, 16, 24576, 256000),
    "gemma-2-9b": decoder("gemma2", 3584, 42, 16, 8, 14336, 256000, head_dim=256,
                          attn_logit_softcapping=50.0, final_logit_softcapping=30.0,
                          sliding_window=4096),
    "gemma-2-27b": decoder("gemma2", 4608, 46, 32, 16, 36864, 256000, head_dim=128),
    "gemma-3-1b": decoder("gemma3_text", 1152, 26, 4, 1, 6912, 262144, head_dim=256,
                          sliding_window=512, sliding_window_pattern=6),
    "gemma-3-4b": {"model_type": "gemma3", "text_config": {
        "model_type": "gemma3_text", "hidden_size": 2560, "intermediate_size": 10240,
        "num_hidden_layers": 34, "sliding_window": 1024}},
    "gemma-3-27b": {"model_type": "gemma3", "text_config": {
        "model_type": "gemma3_text", "hidden_size": 5376, "intermediate_size": 21504,
        "num_hidden_layers": 62, "num_attention_heads": 32, "num_key_value_heads": 16,
        "head_dim": 128, "sliding_window": 1024}},
    "phi-1.5": decoder("phi", 2048, 24, 32, None, 8192, 51200, partial_rotary_factor=0.5),
    "phi-2": decoder("phi", 2560, 32, 32, 32, 10240, 51200, partial_rotary_factor=0.4),
    "phi-3-mini": decoder("phi3", 3072, 32, 32, 32, 8192, 32064, sliding_window=2047),
    "phi-3.5-moe": decoder("phimoe", 4096, 32, 32, 8, 6400, 32064, num_local_experts=16,
                           num_experts_per_tok=2, attention_bias=True, lm_head_bias=True),
    "phi-4": decoder("phi3", 5120, 40, 40, 10, 17920, 100352),
    "phi-4-mini": decoder("phi3", 3072, 32, 24, 8, 8192, 200064, tie_word_embeddings=True,
                          partial_rotary_factor=0.75),
    "deepseek-v2-lite": decoder(
        "deepseek_v2", 2048, 27, 16, 16, 10944, 102400, n_routed_experts=64, n_shared_experts=2,
        num_experts_per_tok=6, moe_intermediate_size=1408, first_k_dense_replace=1,
        kv_lora_rank=512, qk_rope_head_dim=64, qk_nope_head_dim=128, v_head_dim=128) | {
            "q_lora_rank": None},
    "deepseek-v3": decoder(
        "deepseek_v3", 7168, 61, 128, 128, 18432, 129280, n_routed_experts=256,
        n_shared_experts=1, num_experts_per_tok=8, moe_intermediate_size=2048,
        first_k_dense_replace=3, q_lora_rank=1536, kv_lora_rank=512),
    "gpt-oss-20b": decoder("gpt_oss", 2880, 24, 64, 8, 2880, 201088, head_dim=64,
                           num_local_experts=32, num_experts_per_tok=4, sliding_window=128,
                           attention_bias=True),
    "gpt2": {"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "n_ctx": 1024,
             "n_positions": 1024, "vocab_size": 50257, "activation_function": "gelu_new"},
    "gpt2-xl": {"model_type": "gpt2", "n_embd": 1600, "n_layer": 48, "n_head": 25},
    "pythia-1.4b": {"model_type": "gpt_neox", "hidden_size": 2048, "num_hidden_layers": 24,
                    "num_attention_heads": 16, "intermediate_size": 8192, "vocab_size": 50304,
                    "rotary_pct": 0.25, "use_parallel_residual": True},
    "gpt-neox-20b": {"model_type": "gpt_neox", "hidden_size": 6144, "num_hidden_layers": 44,
                     "num_attention_heads": 64, "intermediate_size": 24576,
                     "vocab_size": 50432},
    "gpt-j-6b": {"model_type": "gptj", "n_embd": 4096, "n_layer": 28, "n_head": 16,
                 "rotary_dim": 64, "vocab_size": 50400},
    "santacoder": {"model_type": "gpt_bigcode", "n_embd": 2048, "n_layer": 24, "n_head": 16,
                   "n_inner": 8192, "n_positions": 2048, "vocab_size": 49280,
                   "multi_query": True},
    "starcoder": {"model_type": "gpt_bigcode", "n_embd": 6144, "n_layer": 40, "n_head": 48,
                  "n_inner": 24576, "n_positions": 8192, "vocab_size": 49152},
    "starcoder2-3b": decoder("starcoder2", 3072, 30, 24, 2, 12288, 49152, sliding_window=4096,
                             use_bias=True),
    "falcon-7b": {"model_type": "falcon", "hidden_size": 4544, "num_hidden_layers": 32,
                  "num_attention_heads": 71, "vocab_size": 65024, "multi_query": True,
                  "parallel_attn": True, "new_decoder_architecture": False, "bias": False},
    "falcon-40b": {"model_type": "falcon", "hidden_size": 8192, "num_hidden_layers": 60,
                   "num_attention_heads": 128, "num_kv_heads": 8, "vocab_size": 65024,
                   "new_decoder_architecture": True},
    "falcon-rw-1b": {"model_type": "falcon", "hidden_size": 2048, "num_hidden_layers": 24,
                     "num_attention_heads": 32, "vocab_size": 50304, "multi_query": False,
                     "parallel_attn": False, "bias": True, "alibi": True},
    "falcon-11b": {"model_type": "falcon", "hidden_size": 4096, "num_hidden_layers": 60,
                   "num_attention_heads": 32, "num_kv_heads": 8, "ffn_hidden_size": 16384,
                   "vocab_size": 65024, "new_decoder_architecture": True,
                   "num_ln_in_parallel_attn": 1, "tie_word_embeddings": False},
    "mpt-7b": {"model_type": "mpt", "d_model": 4096, "n_layers": 32, "n_heads": 32,
               "max_seq_len": 2048, "vocab_size": 50432, "no_bias": True,
               "attn_config": {"alibi": True, "attn_impl": "torch"}},
    "bloom-7b1": {"model_type": "bloom", "hidden_size": 4096, "n_layer": 30, "n_head": 32,
                  "vocab_size": 250880},
    "opt-1.3b": {"model_type": "opt", "hidden_size": 2048, "num_hidden_layers": 24, "ffn_dim": 8192,
                 "num_attention_heads": 32, "vocab_size": 50272, "do_layer_norm_before": True,
                 "word_embed_proj_dim": 2048, "max_position_embeddings": 2048},
    "olmo-7b": decoder("olmo", 4096, 32, 32, 32, 11008, 50304, clip_qkv=None),
    "olmo-2-7b": decoder("olmo2", 4096, 32, 32, 32, 11008, 100352),
    "olmo-2-32b": decoder("olmo2", 5120, 64, 40, 8, 27648, 100352),
    "olmo-3-7b": decoder("olmo3", 4096, 32, 32, 32, 11008, 100278, sliding_window=4096,
                         layer_types=(["sliding_attention"] * 3 + ["full_attention"]) * 8),
    "olmoe-1b-7b": decoder("olmoe", 2048, 16, 16, 16, 1024, 50304, num_experts=64,
                           num_experts_per_tok=8),
    "granite-3.1-2b": decoder("granite", 2048, 40, 32, 8, 8192, 49155, tie_word_embeddings=True,
                              embedding_multiplier=12.0, residual_multiplier=0.22),
    "granite-3.1-3b-a800m": decoder("granitemoe", 1536, 32, 24, 8, 512, 49155,
                                    num_local_experts=40, num_experts_per_tok=8,
                                    tie_word_embeddings=True),
    "granite-moe-shared": decoder("granitemoeshared", 1536, 40, 24, 8, 512, 49155,
                                  num_local_experts=62, num_experts_per_tok=6,
                                  shared_intermediate_size=1024, tie_word_embeddings=True),
    "command-r": decoder("cohere", 8192, 40, 64, 64, 22528, 256000, use_qk_norm=False),
    "command-r-plus": decoder("cohere", 12288, 64, 96, 8, 33792, 256000, use_qk_norm=True),
    "command-r7b": decoder("cohere2", 4096, 32, 32, 8, 14336, 256000, sliding_window=4096),
    "stablelm-2-1.6b": decoder("stablelm", 2048, 24, 32, 32, 5632, 100352, use_qkv_bias=True,
                               partial_rotary_factor=0.25),
    "stablelm-2-12b": decoder("stablelm", 5120, 40, 32, 8, 13824, 100352, qk_layernorm=True,
                              use_parallel_residual=True),
    "smollm3-3b": decoder("smollm3", 2048, 36, 16, 4, 11008, 128256, no_rope_layer_interval=4),
    "glm-4-9b-hf": decoder("glm", 4096, 40, 32, 2, 13696, 151552, attention_bias=True),
    "glm-4-9b-0414": decoder("glm4", 4096, 40, 32, 2, 13696, 151552, head_dim=128),
    "glm-4.5-air": decoder("glm4_moe", 4096, 46, 96, 8, 10944, 151552, head_dim=128,
                           n_routed_experts=128, n_shared_experts=1, num_experts_per_tok=8,
                           moe_intermediate_size=1408, first_k_dense_replace=1,
                           attention_bias=True, use_qk_norm=False),
    "glm-4.5": decoder("glm4_moe", 5120, 92, 96, 8, 12288, 151552, head_dim=128,
                       n_routed_experts=160, n_shared_experts=1, num_experts_per_tok=8,
                       moe_intermediate_size=1536, first_k_dense_replace=3,
                       attention_bias=True, use_qk_norm=True),
    "glm-4.7-flash": {"model_type": "glm4_moe_lite"},
    "nemotron-4-15b": decoder("nemotron", 6144, 32, 48, 8, 24576, 256000),
    "ernie-4.5-0.3b": decoder("ernie4_5", 1024, 18, 16, 2, 3072, 103424, head_dim=128),
    "ernie-4.5-21b-a3b": {"model_type": "ernie4_5_moe"},
    "seed-oss-36b": decoder("seed_oss", 5120, 64, 80, 8, 27648, 155136, head_dim=128),
    "hunyuan-7b": decoder("hunyuan_v1_dense", 4096, 32, 32, 8, 14336, 128167, head_dim=128,
                          tie_word_embeddings=True),
}
STORED = ("e_score_correction_bias", "moe_statics.e_score_correction_bias")


def count(config):
    """The number of parameters of the text stack."""
    values = dict(config)
    kind = values.pop("model_type")
    if "text_config" in values:
        inner = dict(values["text_config"])
        tie = values.get("tie_word_embeddings")
        kind = inner.pop("model_type")
        values = inner if tie is None else inner | {"tie_word_embeddings": tie}
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(CONFIG_MAPPING[kind](**values))
    model.tie_weights()
    trained = {id(p): p.numel() for p in model.parameters()}
    stored = {id(b): b.numel() for n, b in model.named_buffers() if n.endswith(STORED)}
    return sum((trained | stored).values()), type(model).__name__


def main():
    """Write one file a model."""
    FOLDER.mkdir(exist_ok=True)
    for name, config in MODELS.items():
        parameters, builder = count(config)
        print(f"{name:24} {parameters:>16,} {builder}")
        golden = {
            "parameters": parameters,
            "made_by": f"Tests/Golden/configurations.py: {builder} of transformers "
                       f"{transformers.__version__}, torch {torch.__version__}, 2026-11",
            "config": config,
        }
        text = json.dumps(golden, indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
