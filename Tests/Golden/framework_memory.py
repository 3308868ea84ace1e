"""Peak bytes of one training step of real transformers + peft models, counted by memory_tracer.py: the truth for the simulator.

    python Tests/Golden/framework_memory.py current|current-losses|classic|classic-losses|classic-published [MODEL ...]     writes Tests/Fixtures/FrameworkMemory/*.json

Versions, November 2026: torch 2.13.0+cpu; `current`: transformers 5.24.0, peft 0.21.2, trl 1.16.0, accelerate 1.15.0, bitsandbytes 0.50.2;
`classic`: transformers 4.48.1, peft 0.13.2, trl 0.13.0, accelerate 1.2.1 (a second venv).
The step is the Trainer's: forward under autocast wrapped by accelerate's output conversion, loss, backward, clipping to 1.0, AdamW, gradients dropped.
Every row is its second step, so moments exist; `first_step` is the step that creates them. No padding mask; routing is balanced.
"""

import contextlib
import gc
import inspect
import json
import pathlib
import sys
import types
import warnings


import memory_tracer  # first: it must load before torch does
from memory_tracer import Tracer

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

memory_tracer.install()
warnings.filterwarnings("ignore")

import accelerate
import bitsandbytes as bnb
import losses
import peft
import transformers
from accelerate.utils.operations import convert_outputs_to_fp32
from bitsandbytes.functional import QuantState

transformers.logging.set_verbosity_error()
if hasattr(transformers, "masking_utils"):
    # No document boundaries inside a row: what the function finds in real position ids that do not restart.
    transformers.masking_utils.find_packed_sequence_indices = lambda position_ids: None
from transformers.models.falcon import modeling_falcon

def split_heads(self, fused):
    """Multi-query Falcon: the same index ops, with indices made as fake tensors."""
    fused = fused.view(fused.shape[0], fused.shape[1], self.num_heads + 2, self.head_dim)
    last = lambda offset: torch.empty((1,), dtype=torch.int64, device="cuda")
    return fused[..., :-2, :], fused[..., last(2), :], fused[..., last(1), :]

modeling_falcon.FalconAttention._split_heads = split_heads
CLASSIC = transformers.__version__.startswith("4.")
memory_tracer.SCALES_ONCE = CLASSIC
FOLDER = pathlib.Path(__file__).parents[1] / "Fixtures" / "FrameworkMemory"

MODELS = {
    "mistral-7b": ("mistral", 32, dict(vocab_size=32000, hidden_size=4096, intermediate_size=14336, num_attention_heads=32, num_key_value_heads=8, sliding_window=None)),
    "llama-2-7b": ("llama", 32, dict(vocab_size=32000, hidden_size=4096, intermediate_size=11008, num_attention_heads=32, num_key_value_heads=32)),
    "llama-3-8b": ("llama", 32, dict(vocab_size=128256, hidden_size=4096, intermediate_size=14336, num_attention_heads=32, num_key_value_heads=8)),
    "qwen2.5-7b": ("qwen2", 28, dict(vocab_size=152064, hidden_size=3584, intermediate_size=18944, num_attention_heads=28, num_key_value_heads=4)),
    "mixtral-8x7b": ("mixtral", 32, dict(vocab_size=32000, hidden_size=4096, intermediate_size=14336, num_attention_heads=32, num_key_value_heads=8,
                                         num_local_experts=8, num_experts_per_tok=2, sliding_window=None)),
    "gemma-2-9b": ("gemma2", 42, dict(vocab_size=256000, hidden_size=3584, intermediate_size=14336, num_attention_heads=16, num_key_value_heads=8, head_dim=256,
                                      sliding_window=4096, query_pre_attn_scalar=256)),
    "phi-3-mini": ("phi3", 32, dict(vocab_size=32064, hidden_size=3072, intermediate_size=8192, num_attention_heads=32, num_key_value_heads=32, sliding_window=None, pad_token_id=32000)),
    "phi-2": ("phi", 32, dict(vocab_size=51200, hidden_size=2560, intermediate_size=10240, num_attention_heads=32, num_key_value_heads=32, partial_rotary_factor=0.4)),
    "santacoder": ("gpt_bigcode", 24, dict(vocab_size=49280, n_embd=2048, n_inner=8192, n_head=16, multi_query=True, n_positions=2048)),
    "pythia-2.8b": ("gpt_neox", 32, dict(vocab_size=50304, hidden_size=2560, intermediate_size=10240, num_attention_heads=32, rotary_pct=0.25, max_position_embeddings=8192)),
    "falcon-7b": ("falcon", 32, dict(vocab_size=65024, hidden_size=4544, num_attention_heads=71, multi_query=True, parallel_attn=True, bias=False, new_decoder_architecture=False, alibi=False)),
    "olmo-2-7b": ("olmo2", 32, dict(vocab_size=100352, hidden_size=4096, intermediate_size=11008, num_attention_heads=32, num_key_value_heads=32)),
    "qwen3-8b": ("qwen3", 36, dict(vocab_size=151936, hidden_size=4096, intermediate_size=12288, num_attention_heads=32, num_key_value_heads=8, head_dim=128)),
    "qwen3-30b-a3b": ("qwen3_moe", 48, dict(vocab_size=151936, hidden_size=2048, intermediate_size=6144, moe_intermediate_size=768, num_attention_heads=32, num_key_value_heads=4,
                                            head_dim=128, num_experts=128, num_experts_per_tok=8)),
    "gpt-oss-20b": ("gpt_oss", 24, dict(vocab_size=201088, hidden_size=2880, intermediate_size=2880, num_attention_heads=64, num_key_value_heads=8, head_dim=64,
                                        num_local_experts=32, num_experts_per_tok=4, sliding_window=128)),
    "deepseek-v2-lite": ("deepseek_v2", 27, dict(vocab_size=102400, hidden_size=2048, intermediate_size=10944, moe_intermediate_size=1408, num_attention_heads=16, num_key_value_heads=16,
                                                 kv_lora_rank=512, q_lora_rank=None, qk_rope_head_dim=64, qk_nope_head_dim=128, v_head_dim=128, n_routed_experts=64,
                                                 n_shared_experts=2, num_experts_per_tok=6, first_k_dense_replace=1)),
    "granite-3.0-3b-a800m": ("granitemoe", 32, dict(vocab_size=49155, hidden_size=1536, intermediate_size=512, num_attention_heads=24, num_key_value_heads=8,
                                                    num_local_experts=40, num_experts_per_tok=8, tie_word_embeddings=True)),
}
LAYER_KEY = {"gpt_bigcode": "n_layer"}
POSITIONS = dict(max_position_embeddings=8192)
HEADS_KEPT = ("lm_head", "embed_out")
EAGER = {"gemma2", "gpt_oss"}
QUERY_VALUE = {"gpt_bigcode": ["c_attn"], "gpt_neox": ["query_key_value"], "falcon": ["query_key_value"], "phi3": ["qkv_proj"],
               "deepseek_v2": ["q_proj", "kv_b_proj"], "granitemoe": ["q_proj", "v_proj"]}


def build(name, layers, weights):
    """The model as from_pretrained leaves it on the GPU, with `weights` bf16 or fp32."""
    kind, _, numbers = MODELS[name]
    numbers = dict(numbers)
    if "n_embd" not in numbers and "max_position_embeddings" not in numbers:
        numbers |= POSITIONS
    config = transformers.AutoConfig.for_model(kind, **numbers, **{LAYER_KEY.get(kind, "num_hidden_layers"): layers})
    named = {"torch_dtype" if CLASSIC else "dtype": {"bf16": torch.bfloat16, "fp32": torch.float32}[weights]}
    with torch.device("cuda"):
        model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager" if kind in EAGER else "sdpa", **named)
    model.config.use_cache = False
    return model, config


def quantise(model):
    """Turns every linear layer but the head into bitsandbytes' Linear4bit: NF4 in blocks of 64, scales in 8 bits in blocks of 256."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            linear = type(child) is torch.nn.Linear or type(child).__name__ == "FalconLinear"
            if not linear or name in HEADS_KEPT or name in ("gate", "router"):
                continue
            weight = child.weight
            blocks = -(-weight.numel() // 64)
            groups = -(-blocks // 256)
            layer = bnb.nn.Linear4bit.__new__(bnb.nn.Linear4bit)
            torch.nn.Module.__init__(layer)
            layer.in_features, layer.out_features = child.in_features, child.out_features
            layer.compute_dtype, layer.compute_type_is_set, layer.quant_storage, layer.support_avx512bf16_for_cpu = torch.bfloat16, True, torch.uint8, False
            make = lambda shape, dtype: torch.empty(shape, dtype=dtype, device="cuda")
            nested = QuantState(absmax=make((groups,), torch.float32), code=make((256,), torch.float32), blocksize=256, dtype=torch.float32)
            state = QuantState(absmax=make((blocks,), torch.uint8), shape=weight.shape, code=make((16,), torch.float32), blocksize=64, quant_type="nf4",
                               dtype=torch.bfloat16, offset=make((), torch.float32), state2=nested)
            packed = torch.nn.Parameter(make((-(-weight.numel() // 2), 1), torch.uint8), requires_grad=False)
            packed.quant_state, packed.quant_type, packed.compress_statistics, packed.bnb_quantized = state, "nf4", True, True
            layer.weight, layer.quant_state, layer.bias = packed, state, child.bias
            setattr(parent, name, layer)
    model.is_loaded_in_4bit = True
    model.is_quantized = True


def prepare(name, row):
    model, config = build(name, row["layers"], "fp32" if row["weights"] == "fp32" else "bf16")
    checkpointing = {"none": None, "reentrant": True, "non_reentrant": False}[row["checkpointing"]]
    if row["strategy"] == "qlora":
        quantise(model)
    gc.collect()
    kwargs = {} if checkpointing is None else {"gradient_checkpointing_kwargs": {"use_reentrant": checkpointing, "preserve_rng_state": False}}
    if row["strategy"] == "qlora" and (CLASSIC or row["preparation"] == "peft"):
        model = peft.prepare_model_for_kbit_training(model, use_gradient_checkpointing=checkpointing is not None, **kwargs)
    elif checkpointing is not None:
        model.gradient_checkpointing_enable(**kwargs)
    if row["strategy"] != "full":
        kind = MODELS[name][0]
        target = QUERY_VALUE.get(kind, ["q_proj", "v_proj"]) if row["targets"] == "query-value" else row["targets"]
        with torch.device("cuda"):
            model = peft.get_peft_model(model, peft.LoraConfig(r=16, lora_alpha=32, lora_dropout=row["dropout"], target_modules=target, task_type="CAUSAL_LM"))
            for parameter in model.parameters():
                if parameter.device.type != "cuda":
                    raise ValueError("a parameter was left outside the GPU")
        if row["preparation"] == "trl":
            cast_as_trl(model, row["strategy"])
    model.train()
    return model, config


def cast_as_trl(model, strategy):
    """What SFTTrainer and DPOTrainer do after wrapping the model.

    TRL 0.13 with a 4-bit base: norms in fp32, head and embedding back in bf16. TRL 1.16: no k-bit preparation; adapters in bf16 with 4-bit bases.
    """
    if CLASSIC and strategy == "qlora":
        for name, module in model.named_modules():
            if "norm" in name or isinstance(module, torch.nn.LayerNorm):
                module.to(torch.float32)
            elif any(part in name for part in ("lm_head", "embed_tokens", "wte", "wpe")) and getattr(module, "weight", None) is not None:
                module.to(torch.bfloat16)
    elif not CLASSIC and strategy == "qlora":
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.to(torch.bfloat16)


def mixed(model):
    """Accelerator.prepare_model under bf16 mixed precision."""
    forward = model.forward.__func__
    model.forward = types.MethodType(torch.autocast(device_type="cuda", dtype=torch.bfloat16)(forward), model)
    model.forward = types.MethodType(convert_outputs_to_fp32(model.forward.__func__), model)


def compute_loss(model, inputs, items):
    """Trainer.compute_loss: the outputs die when it returns."""
    outputs = model(**inputs, num_items_in_batch=items) if items is not None else model(**inputs)
    return outputs["loss"]


def step(tracer, model, optimizer, batch, length, accepts_items, number, loss_function=compute_loss):
    tracer.enter(f"forward {number}")
    tokens = torch.zeros((batch, length), dtype=torch.int64, device="cuda")
    inputs = {"input_ids": tokens, "labels": tokens.clone()}
    items = torch.zeros((), dtype=torch.int64, device="cuda") if accepts_items else None
    loss = loss_function(model, inputs, items)
    del inputs
    tracer.enter(f"backward {number}")
    loss.backward()
    loss = loss.detach()
    gradients = {tracer.identifier(p.grad) for p in model.parameters() if p.grad is not None}
    tracer.enter(f"optimizer {number}")
    torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
    optimizer.step()
    states = {tracer.identifier(v) for s in optimizer.state.values() for v in s.values() if torch.is_tensor(v) and v.device.type == "cuda"}
    model.zero_grad()
    return gradients, states


def kinds(tracer, clock, parameters, gradients, states, vocabulary, shapes):
    """Bytes at `clock` by kind. Saved means: made by the forward pass (or by recomputing a layer) and still there when its caller is done."""
    result = dict.fromkeys(("parameter", "gradient", "optimizer", "saved", "logits", "weight_copy", "temporary"), 0)
    blocks = []
    for block in tracer.at(clock):
        died = tracer.died.get(block.id)
        if block.id in parameters:
            kind = "parameter"
        elif block.id in gradients:
            kind = "gradient"
        elif block.id in states:
            kind = "optimizer"
        elif block.shape and block.shape[-1] == vocabulary:
            kind = "logits"
        elif block.op in ("_to_copy", "empty", "dequantize_4bit") and block.shape in shapes and len(block.shape) == 2:
            kind = "weight_copy"
        elif died is None or died[1] != block.phase or (block.depth and block.phase.startswith("backward") and died[2] < block.depth):
            kind = "saved"
        else:
            kind = "temporary"
        result[kind] += block.bytes
        blocks.append((kind, block))
    return result, blocks


LOSSES = {"trainer": compute_loss, "chunked": losses.chunked_supervised, "dpo": losses.dpo_classic if CLASSIC else losses.dpo_current}


def trace(name, row, detail=False):
    """One row, measured. With `detail`, also the blocks at the overall peak."""
    row = dict(row)
    batch, length = row["batch"], row["length"]
    tracer = Tracer()
    gc.collect()
    with FakeTensorMode(allow_non_fake_inputs=True), tracer, contextlib.ExitStack() as stack:
        model, config = prepare(name, row)
        experts = getattr(config, "num_local_experts", None)
        if experts and CLASSIC:
            original = torch.where
            torch.where = memory_tracer.fixed_where(batch * length * config.num_experts_per_tok // experts)
            stack.callback(setattr, torch, "where", original)
        base = model.get_base_model() if row["strategy"] != "full" else model
        accepts_items = any(p.kind == p.VAR_KEYWORD for p in inspect.signature(base.forward).parameters.values())
        if row["loss"] != "trainer" and not CLASSIC:
            losses.patch_chunked_head(base, ("log_probs", "entropy", "is_top1") if row["loss"] == "chunked" else ("log_probs",))
        if row["autocast"]:
            mixed(model)
        tracer.watch(model)
        named = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(named, lr=1e-4, **{row["optimizer"].removeprefix("adamw_"): True})
        gc.collect()
        parameters = {b.id for b in tracer.live.values()}
        shapes = {tuple(p.shape) for p in model.parameters()} | {tuple(reversed(p.shape)) for p in model.parameters() if p.dim() == 2}
        shapes |= {tuple(m.weight.quant_state.shape) for m in model.modules() if isinstance(m, bnb.nn.Linear4bit)}
        row["after_load"] = tracer.total
        gc.disable()
        marks = []
        try:
            for number in (1, 2):
                marks.append(step(tracer, model, optimizer, batch, length, accepts_items, number, LOSSES[row["loss"]]))
        finally:
            gc.enable()
            torch.nn.modules.module._global_forward_pre_hooks.clear()
            torch.nn.modules.module._global_forward_hooks.clear()
            torch.nn.modules.module._global_forward_hooks_always_called.clear()
        row["trainable_parameters"] = sum(p.numel() for p in named)
        row["between_steps"] = tracer.total
        def peaks(number):
            return {f"peak_{key}": tracer.peaks[f"{phase} {number}"][0] for key, phase in (("forward", "forward"), ("backward", "backward"), ("step", "optimizer"))}
        row |= peaks(2)
        row["first_step"] = peaks(1)
        best = max((tracer.peaks[f"{phase} 2"] + (phase,) for phase in ("forward", "backward", "optimizer")), key=lambda p: p[0])
        row["peak"] = best[0]
        row["peak_phase"], row["peak_op"], row["peak_place"] = best[5], best[2], best[3]
        gradients, states = marks[1]
        def at(entry):
            table, blocks = kinds(tracer, entry[1], parameters, gradients, states, config.vocab_size, shapes)
            table["temporary"] += entry[4]
            return table, blocks
        table, blocks = at(best)
        row["live_at_peak"] = table
        if sum(table.values()) != row["peak"]:
            raise ValueError(f"{sum(table.values())} bytes live at the peak of {row['peak']}")
        result = row
        if detail:
            everything = {p: (tracer.peaks[f"{p} 2"], at(tracer.peaks[f"{p} 2"])) for p in ("forward", "backward", "optimizer")}
            result = (row, everything, tracer)
        del optimizer, model, named, marks
    gc.collect()
    return result


def row(layers, strategy="full", weights="bf16", targets=None, dropout=0.0, checkpointing="none", batch=4, length=1024, optimizer="adamw_fused", autocast=True, loss="trainer", preparation="peft"):
    return dict(layers=layers, strategy=strategy, weights=weights, targets=targets, dropout=dropout, checkpointing=checkpointing, batch=batch, length=length,
                optimizer=optimizer, autocast=autocast, loss=loss, preparation=preparation)


LORA = dict(strategy="lora", targets="all-linear")
QLORA = dict(strategy="qlora", weights="nf4", targets="all-linear")
SHAPES = ((4, 1024), (1, 512), (2, 4096))
MOE = {"mixtral-8x7b", "qwen3-30b-a3b", "gpt-oss-20b", "deepseek-v2-lite", "granite-3.0-3b-a800m"}
GROUPS = {"current": ["mistral-7b", "llama-3-8b"] + [m for m in MODELS if m not in ("mistral-7b", "llama-3-8b")],
          "classic": ["mistral-7b", "llama-3-8b", "mixtral-8x7b", "santacoder"],
          "classic-published": ["mistral-7b", "santacoder"]}


def rows(name):
    """The configurations traced for a model: every one for two reference models, fewer for the others."""
    reference = name in ("mistral-7b", "llama-3-8b")
    strategies = [dict(), LORA] + ([] if name in MOE and not CLASSIC else [QLORA])
    for layers in (2, 3):
        for strategy in strategies:
            for checkpointing in ("none", "reentrant"):
                yield row(layers, **strategy, checkpointing=checkpointing)
    for strategy in strategies:
        yield row(2, **strategy, batch=2, length=2048 if name == "santacoder" else 4096)
    yield row(2, **(LORA | {"targets": "query-value"}))
    if not reference:
        return
    for layers in (2, 3):
        for shape in SHAPES[1:]:
            for strategy in strategies:
                for checkpointing in ("none", "reentrant"):
                    if (layers, checkpointing, shape) != (2, "none", (2, 4096)):
                        yield row(layers, **strategy, checkpointing=checkpointing, batch=shape[0], length=shape[1])
        for strategy in strategies:
            yield row(layers, **strategy, checkpointing="non_reentrant")
        for strategy in strategies[1:]:
            for checkpointing in ("none", "reentrant"):
                yield row(layers, **strategy, checkpointing=checkpointing, dropout=0.1)
        for checkpointing in ("none", "reentrant"):
            yield row(layers, **(LORA | {"targets": "query-value"}), checkpointing=checkpointing, dropout=0.1)
            yield row(layers, weights="fp32", checkpointing=checkpointing)
            yield row(layers, autocast=False, checkpointing=checkpointing)
        yield row(layers, optimizer="adamw_foreach")
        yield row(layers, weights="fp32", optimizer="adamw_foreach")


def loss_rows():
    """TRL's losses on the first reference model, and its preparation of 4-bit bases."""
    for layers in (2, 3):
        for loss in ("dpo",) if CLASSIC else ("chunked", "dpo"):
            for strategy in ([dict()] if loss == "chunked" else []) + [LORA, QLORA]:
                for checkpointing in ("none", "reentrant"):
                    yield row(layers, **strategy, checkpointing=checkpointing, loss=loss, preparation="trl")
        for checkpointing in ("none", "reentrant"):
            yield row(layers, **QLORA, checkpointing=checkpointing, preparation="trl")


def published_rows(name):
    """Runs of fms-acceleration's refs/a100_80gb.csv with all their layers: santacoder 4 and 8; Mistral full 4, LoRA 4 and 8, QLoRA 4 and 8.

    Arguments: scripts/benchmarks/scenarios.yaml, defaults.yaml and accelerate.yaml of fms-acceleration 876e2ed (no `bf16` for full tuning and LoRA). They used
    flash_attention_2, these rows SDPA. With two cuBLAS workspaces added, all are within 3 MB of the measured bytes but santacoder 8, where 13,400,712,192
    stand against 15,193,274,880 measured: something of its loss or of flash_attention_2 is missing there.
    """
    layers = MODELS[name][1]
    common = dict(checkpointing="reentrant", optimizer="adamw_foreach")
    attention = dict(targets=["q_proj", "k_proj", "v_proj", "o_proj"], length=4096, dropout=0.1)
    if name == "santacoder":
        for batch in (4, 8):
            yield row(layers, batch=batch, length=2048, autocast=False, **common)
    else:
        yield row(layers, batch=4, length=4096, autocast=False, **common)
        for batch in (4, 8):
            yield row(layers, strategy="lora", batch=batch, autocast=False, **attention, **common)
        for batch in (4, 8):
            yield row(layers, strategy="qlora", weights="nf4", batch=batch, preparation="trl", **attention, **common)


def main(group, names):
    gc.freeze()
    if group.startswith("classic") != CLASSIC:
        raise SystemExit(f"transformers {transformers.__version__} does not belong to the group {group}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    versions = {m.__name__: m.__version__ for m in (torch, transformers, peft, accelerate, bnb)}
    source = {"losses": lambda _: loss_rows(), "published": published_rows}.get(group.partition("-")[2], rows)
    for name in names or GROUPS.get(group, ["mistral-7b"]):
        kind, layers, numbers = MODELS[name]
        measured = []
        for configuration in source(name):
            try:
                measured.append(trace(name, configuration))
            except Exception as error:
                print(name, configuration, type(error).__name__, str(error)[:200], file=sys.stderr, flush=True)
        lines = ",\n".join("    " + json.dumps(r) for r in measured)
        head = json.dumps({"versions": versions, "model": name, "kind": kind, "model_layers": layers, "config": numbers})[1:-1]
        (FOLDER / f"{name}-{group}.json").write_text("{" + head + ',\n  "rows": [\n' + lines + "\n  ]\n}\n")
        print(name, len(measured), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
