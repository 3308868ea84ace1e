"""The tiny Hugging Face checkpoints as GGUF files, converted by the steps of convert_hf_to_gguf.py.

Made 2026-11 with gguf 0.19.0, safetensors 0.8.0 and numpy 2.4.6:
    pip install gguf==0.19.0 safetensors==0.8.0 numpy==2.4.6
    python3 Tests/Golden/gguf_models.py Tests/Fixtures/models Tests/Fixtures/ModelFiles

Matrices are stored in half precision, vectors in single. The query and key rows of the architecture
"llama" are permuted as the converter does.
"""

import json
import sys
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import load_file

NAMES = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def gguf_name(name):
    module, kind = name.rsplit(".", 1)
    if module.startswith("model.layers."):
        _, _, layer, module = module.split(".", 3)
        return f"blk.{layer}.{NAMES[module]}.{kind}"
    return f"{NAMES[module]}.{kind}"


def permute(weights, heads):
    shape = weights.shape
    split = weights.reshape(heads, 2, shape[0] // heads // 2, *shape[1:])
    return np.ascontiguousarray(split.swapaxes(1, 2).reshape(shape))


source, target = Path(sys.argv[1]), Path(sys.argv[2])
for model in ["tiny-llama", "tiny-qwen2", "tiny-qwen3"]:
    config = json.loads((source / model / "config.json").read_text())
    family = config["model_type"]
    heads, groups = config["num_attention_heads"], config["num_key_value_heads"]
    head = config.get("head_dim") or config["hidden_size"] // heads
    rope = config.get("rope_parameters") or config
    writer = gguf.GGUFWriter(target / f"{model}.gguf", family)
    writer.add_name(model)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(groups)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template("{{ messages }}")
    for name, tensor in sorted(load_file(source / model / "model.safetensors").items()):
        if family == "llama" and "q_proj" in name:
            tensor = permute(tensor, heads)
        if family == "llama" and "k_proj" in name:
            tensor = permute(tensor, groups)
        kind = np.float16 if tensor.ndim == 2 else np.float32
        writer.add_tensor(gguf_name(name), tensor.astype(kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
