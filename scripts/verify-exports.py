#!/usr/bin/env python3
"""Check that peft and transformers read what tuneplan saved, and compute the same logits from it.

    python scripts/verify-exports.py SAVED LOGITS.json [--base MODEL] [--tolerance 1e-3]

SAVED is an adapter directory (adapter_config.json; then --base is needed: a Hugging Face directory or a GGUF file) or a full checkpoint
directory (config.json). LOGITS.json is what tuneplan computed with the same weights:

    {"prompts": [{"ids": [504, 3575], "logits": [0.1, …]}]}

where `logits` has one value per vocabulary entry (last position) or one such row per position. Exit status: 0 they agree, 1 the
largest absolute difference exceeds the tolerance or is not a number, 2 a file is missing or has the wrong form.
"""

import argparse
import importlib.metadata
import json
import math
import pathlib
import sys


def refuse(message):
    print(message, file=sys.stderr)
    raise SystemExit(2)


def load_base(path):
    import torch
    import transformers

    options = {"dtype": torch.float32, "attn_implementation": "eager", "local_files_only": True}
    if path.suffix != ".gguf":
        return transformers.AutoModelForCausalLM.from_pretrained(path, **options)
    read = transformers.AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, **options)
    del read.config.quantization_config  # the weights are float32 now; peft would look for a quantised layer type
    return read


def load(saved, base):
    """The saved weights in float32, with every tensor accounted for."""
    import peft
    import safetensors
    import transformers

    if (saved / "adapter_config.json").exists():
        if base is None:
            refuse(f"{saved} is an adapter; name the model it belongs to with --base")
        model = peft.PeftModel.from_pretrained(load_base(base), saved)
        with safetensors.safe_open(saved / "adapter_model.safetensors", "pt") as file:
            stored = set(file.keys())
        expected = set(peft.get_peft_model_state_dict(model))
        if stored != expected:
            refuse(f"{saved}: adapter tensors missing {sorted(expected - stored)[:3]}, unknown {sorted(stored - expected)[:3]}")
        return model
    if not (saved / "config.json").exists():
        refuse(f"{saved} has neither adapter_config.json nor config.json")
    import torch

    model, report = transformers.AutoModelForCausalLM.from_pretrained(
        saved, dtype=torch.float32, attn_implementation="eager", local_files_only=True, output_loading_info=True)
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report.get(kind):
            refuse(f"{saved}: {kind.replace('_', ' ')}: {sorted(map(str, report[kind]))[:3]}")
    return model


def prompts(path):
    try:
        found = json.loads(path.read_text())["prompts"]
        return [(list(map(int, prompt["ids"])), prompt["logits"]) for prompt in found]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        refuse(f"{path}: expected {{\"prompts\": [{{\"ids\": […], \"logits\": […]}}]}} ({problem!r})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("saved", type=pathlib.Path)
    parser.add_argument("logits", type=pathlib.Path)
    parser.add_argument("--base", type=pathlib.Path)
    parser.add_argument("--tolerance", type=float, default=1e-3)
    options = parser.parse_args()
    cases = prompts(options.logits)
    if not cases:
        refuse(f"{options.logits}: no prompts")
    import torch

    model = load(options.saved, options.base).eval()
    worst = 0.0
    for index, (ids, logits) in enumerate(cases):
        given = torch.tensor(logits, dtype=torch.float64)
        with torch.no_grad():
            own = model(torch.tensor([ids])).logits[0].double()
        own = own[-1] if given.dim() == 1 else own
        if own.shape != given.shape:
            refuse(f"prompt {index}: {list(given.shape)} logits given, the model has {list(own.shape)}")
        difference = (own - given).abs().max().item()
        same = (own.argmax(-1) == given.argmax(-1)).double().mean().item()
        print(f"prompt {index}: {len(ids)} tokens, largest difference {difference:.3g} "
              f"(logits up to {own.abs().max().item():.3g}), same best token at {100 * same:.0f}% of positions")
        worst = difference if not (difference <= worst or math.isnan(worst)) else worst
    agree = worst <= options.tolerance
    names = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("torch", "transformers", "peft"))
    print(f"{'agree' if agree else 'DIFFER'}: largest difference {worst:.3g}, tolerance {options.tolerance:.3g} ({names})")
    raise SystemExit(0 if agree else 1)


if __name__ == "__main__":
    main()
