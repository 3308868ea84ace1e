"""Make the four tiny random checkpoints and their adapters, in Hugging Face and PEFT layout.

    python Tests/Golden/tiny_models.py        writes Tests/Fixtures/models/tiny-*

Weights are normal with sizes that make logits of order one. Three configurations are written the way model
repositories have them (`rope_theta`, `rope_scaling`, `torch_dtype`), tiny-qwen3 the way transformers 5 saves them (`rope_parameters`, `dtype`).
"""

import json

import peft
import safetensors.torch
import torch
import transformers

import goldenfile

SHARED = {"hidden_act": "silu", "attention_dropout": 0.0, "vocab_size": 320, "num_hidden_layers": 2,
          "initializer_range": 0.02, "use_cache": True, "bos_token_id": 1, "eos_token_id": 2}

CONFIGURATIONS = {
    # Untied output projection, grouped-query attention, head width = hidden width / heads.
    "tiny-llama": {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", **SHARED,
        "hidden_size": 64, "intermediate_size": 112, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
        "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "rope_scaling": None,
        "attention_bias": False, "mlp_bias": False, "tie_word_embeddings": False, "torch_dtype": "float32",
    },
    # Tied, three query heads on one key/value head, rotary frequencies in all three bands of the llama3 rule.
    "tiny-llama3": {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", **SHARED,
        "hidden_size": 48, "intermediate_size": 88, "num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 16,
        "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                         "original_max_position_embeddings": 32},
        "attention_bias": False, "mlp_bias": False, "tie_word_embeddings": True, "torch_dtype": "float32",
    },
    # Biases on query, key and value; tied; head width 12.
    "tiny-qwen2": {
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", **SHARED,
        "hidden_size": 48, "intermediate_size": 80, "num_attention_heads": 4, "num_key_value_heads": 2,
        "max_position_embeddings": 128, "max_window_layers": 2, "sliding_window": 128, "use_sliding_window": False,
        "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, "tie_word_embeddings": True, "torch_dtype": "float32",
    },
    # Query and key norms; tied; 4 heads of width 16 on a hidden width of 48.
    "tiny-qwen3": {
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", **SHARED,
        "hidden_size": 48, "intermediate_size": 80, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
        "max_position_embeddings": 128, "max_window_layers": 2, "sliding_window": None, "use_sliding_window": False,
        "attention_bias": False, "layer_types": ["full_attention", "full_attention"],
        "rms_norm_eps": 1e-6, "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0},
        "tie_word_embeddings": True, "dtype": "float32", "transformers_version": transformers.__version__,
    },
}

ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
ALL_LINEAR = ATTENTION + ["gate_proj", "up_proj", "down_proj"]
ADAPTERS = {
    "tiny-llama-lora": ("tiny-llama", ALL_LINEAR),
    "tiny-llama-lora-attention": ("tiny-llama", ATTENTION),
    "tiny-llama3-lora": ("tiny-llama3", ALL_LINEAR),
    "tiny-qwen2-lora": ("tiny-qwen2", ALL_LINEAR),
    "tiny-qwen3-lora": ("tiny-qwen3", ALL_LINEAR),
}


def load(name):
    """A tiny checkpoint in float32 with eager attention, in training mode (it has no dropout)."""
    model = transformers.AutoModelForCausalLM.from_pretrained(
        goldenfile.MODELS / name, dtype=torch.float32, attn_implementation="eager", local_files_only=True)
    return model.train()


def initialise(model, generator):
    """Random weights: linears keep the size of their input, embeddings make tied logits of order one."""
    tied = model.config.tie_word_embeddings
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if name.endswith("norm.weight"):
            value = 1 + 0.25 * noise
        elif name.endswith("bias"):
            value = 0.5 * noise
        elif "embed_tokens" in name:
            value = noise * (0.25 if tied else 0.7)
        elif "lm_head" in name:
            value = noise * 1.5 / parameter.shape[1] ** 0.5
        else:
            value = noise * 1.2 / parameter.shape[1] ** 0.5
        parameter.data.copy_(value)


def make_model(name, seed):
    folder = goldenfile.MODELS / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIGURATIONS[name], indent=2) + "\n")
    config = transformers.AutoConfig.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    initialise(model, torch.Generator().manual_seed(seed))
    weights = {key: value.contiguous() for key, value in model.state_dict().items()
               if not (config.tie_word_embeddings and key == "lm_head.weight")}
    safetensors.torch.save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    again = load(name)
    tokens = torch.arange(3, 43)[None]
    with torch.no_grad():
        logits = again(tokens).logits
        assert (logits - model(tokens).logits).abs().max() < 1e-5  # eager against scaled_dot_product_attention
    print(f"{name}: {sum(p.numel() for p in again.parameters())} parameters, "
          f"{(folder / 'model.safetensors').stat().st_size} bytes, logits {logits.std():.2f} (standard deviation)")


def make_adapter(name, seed):
    base, targets = ADAPTERS[name]
    folder = goldenfile.MODELS / name
    config = peft.LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules=targets, bias="none", task_type="CAUSAL_LM")
    model = peft.get_peft_model(load(base), config)
    generator = torch.Generator().manual_seed(seed)
    for key, parameter in model.named_parameters():
        if "lora_" in key:
            size = 1 / parameter.shape[1] ** 0.5 if "lora_A" in key else 0.15
            parameter.data.copy_(torch.randn(parameter.shape, generator=generator) * size)
    model.peft_config["default"].base_model_name_or_path = base
    model.save_pretrained(folder, safe_serialization=True)
    (folder / "README.md").unlink(missing_ok=True)
    (folder / "adapter_model.safetensors").chmod(0o644)
    path = folder / "adapter_config.json"
    settings = json.loads(path.read_text())
    settings["target_modules"] = sorted(settings["target_modules"], key=ALL_LINEAR.index)
    path.write_text(json.dumps(settings, indent=2) + "\n")
    print(f"{name}: {(folder / 'adapter_model.safetensors').stat().st_size} bytes")


def main():
    for index, name in enumerate(CONFIGURATIONS):
        make_model(name, 100 + index)
    for index, name in enumerate(ADAPTERS):
        make_adapter(name, 200 + index)


if __name__ == "__main__":
    main()
