"""QLoRA of the tiny checkpoints: adapters on base weights that went through NF4 with double quantisation.

    python Tests/Golden/qlora.py        writes Tests/Fixtures/golden/tiny-qlora.json

Every q, k, v, o, gate, up and down weight is quantised (block 64, nested block 256) and restored to float32; embeddings, norms, biases and
the output projection are not. Training on the restored weights is what bitsandbytes' Linear4bit computes with float32 compute
type (asserted for one layer). Weights are quantised flattened: see the defect in NF4.md.
"""


import bitsandbytes
import bitsandbytes.functional as bnb
import peft
import torch

import goldenfile
import nf4
import tiny
import tiny_models
import training


def is_quantised(name):
    return name.endswith("_proj.weight") and "lora_" not in name


def quantise_and_restore(weight, exact):
    """The weight as bitsandbytes restores it; `exact` takes the nested codes CUDA's arithmetic gives (see NF4.md)."""
    flat = weight.detach().reshape(-1)
    packed, state = bnb.quantize_4bit(flat, blocksize=nf4.BLOCK, quant_type="nf4", compress_statistics=True)
    differing = 0
    if exact:
        _, plain = bnb.quantize_4bit(flat, blocksize=nf4.BLOCK, quant_type="nf4", compress_statistics=False)
        codes, _ = nf4.cuda_nested((plain.absmax - state.offset).numpy())
        codes = torch.tensor(codes, dtype=torch.uint8)
        differing = int((codes != state.absmax).sum())
        state.absmax = codes
    return bnb.dequantize_4bit(packed, state).reshape(weight.shape), differing


def quantise_model(model, exact):
    """Quantise and restore all linears in place; returns (quantised weights, nested codes, codes that differ)."""
    weights = codes = differing = 0
    for name, parameter in model.named_parameters():
        if is_quantised(name):
            restored, unlike = quantise_and_restore(parameter, exact)
            parameter.data.copy_(restored)
            weights, codes, differing = weights + parameter.numel(), codes + -(parameter.numel() // -nf4.BLOCK), differing + unlike
    return weights, codes, differing


def check_linear4bit():
    """bitsandbytes' own layer gives what the restored weight gives (64 inputs: a width its CPU kernel restores correctly)."""
    torch.manual_seed(0)
    weight = tiny_models.load("tiny-llama").model.layers[0].self_attn.q_proj.weight.data
    layer = bitsandbytes.nn.Linear4bit(64, 64, bias=False, compute_dtype=torch.float32, compress_statistics=True, quant_type="nf4")
    layer.weight = bitsandbytes.nn.Params4bit(weight.clone(), requires_grad=False, quant_type="nf4", compress_statistics=True)
    layer = layer.to("cpu")
    assert layer.weight.quant_state is not None
    x = torch.randn(5, 64, requires_grad=True)
    restored, _ = quantise_and_restore(weight, exact=False)
    assert torch.allclose(layer(x), x @ restored.T, atol=1e-5)


def main():
    check_linear4bit()
    data = tiny.batches(torch.Generator().manual_seed(400))
    schedule = [[data[step % 2]] for step in range(10)]
    cases = []
    for name in tiny_models.CONFIGURATIONS:
        adapter = f"{name}-lora"
        record = {"model": name, "adapter": adapter}
        for basis in ("exact", "cpu"):
            base = tiny_models.load(name)
            weights, codes, differing = quantise_model(base, exact=basis == "exact")
            restored = {key: training.summary(p) for key, p in base.named_parameters() if is_quantised(key)}
            model = peft.PeftModel.from_pretrained(base, goldenfile.MODELS / adapter, is_trainable=True).train()
            logits = tiny.logits_of(model, tiny.prompts(torch.Generator().manual_seed(300))[1:2])[0]
            run = training.train(model, schedule, 5e-3, 0.0, with_parameters=False)
            if basis == "exact":
                record.update({"quantised_weights": weights, "nested_codes": codes, "nested_codes_differing_from_cpu": differing})
                record["exact"] = {"restored_weights": restored, "last_position_logits_of_prompt_1": logits[-1], **run}
            else:
                record["cpu"] = {"losses": [step["loss"] for step in run["steps"]],
                                 "gradient_norms": [step["gradient_norm"] for step in run["steps"]],
                                 "restored_norms": {key: value["norm"] for key, value in restored.items()}}
            print(f"  {name} {basis}: {differing} of {codes} nested codes differ, loss "
                  f"{run['steps'][0]['loss']:.6f} -> {run['steps'][-1]['loss']:.6f}")
        cases.append(record)
    goldenfile.write("tiny-qlora", __file__, {
        "quantised": "q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj of every layer, flattened row-major",
        "bases": "exact: nested 8-bit codes as CUDA's arithmetic gives them; cpu: as the CPU library gives them (NF4.md)",
        "block_size": nf4.BLOCK, "nested_block_size": nf4.NESTED_BLOCK, "attention": "eager",
        "prompt_1": tiny.prompts(torch.Generator().manual_seed(300))[1],
        "batches": data, "batches_of_step": [[step % 2] for step in range(10)], "cases": cases,
    }, ("transformers", "peft", "bitsandbytes"))


if __name__ == "__main__":
    main()
