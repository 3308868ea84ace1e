"""Logits, full fine-tuning and LoRA of the tiny checkpoints.

    python Tests/Golden/tiny.py        writes tiny-*-logits.json and tiny-*-training.json

float32, eager attention, one thread. Full gradients of step 1 are summarised per tensor (norm, sum, first eight values).
"""

import json

import peft
import torch

import goldenfile
import tiny_models
import training

PROMPT_LENGTHS = [3, 11, 40]


def logits_of(model, prompts):
    with torch.no_grad():
        return [model(torch.tensor([ids])).logits[0] for ids in prompts]


def prompts(generator):
    return [torch.randint(0, 320, (n,), generator=generator).tolist() for n in PROMPT_LENGTHS]


def batches(generator):
    """Two batches, used in turn: four and three sequences of different lengths."""
    return [
        training.random_batch(generator, 320, [12, 7, 17, 10], [4, 2, 6, 3]),
        training.random_batch(generator, 320, [9, 21, 5], [3, 8, 1]),
    ]


def logits_file(name, adapters):
    ids = prompts(torch.Generator().manual_seed(300))
    content = {"model": name, "attention": "eager", "prompts": ids,
               "layout": "logits[prompt] has one row of vocabulary size per position",
               "logits": [rows.tolist() for rows in logits_of(tiny_models.load(name), ids)]}
    content["adapters"] = {}
    for adapter in adapters:
        model = peft.PeftModel.from_pretrained(tiny_models.load(name), goldenfile.MODELS / adapter)
        content["adapters"][adapter] = {"prompt": 1, "logits": logits_of(model, ids[1:2])[0].tolist()}
    goldenfile.write(f"{name}-logits", __file__, content, ("transformers", "peft"))


def training_file(name, adapters):
    data = batches(torch.Generator().manual_seed(400))
    single = [[data[step % 2]] for step in range(10)]
    accumulated = [[data[step % 2], data[(step + 1) % 2]] for step in range(10)]
    content = {
        "model": name,
        "attention": "eager",
        "labels": "as in transformers: labels[t] is the id at t, the model shifts; -100 is not counted",
        "loss": "sum of token cross-entropies / target tokens of the step, over all microbatches",
        "batches": data,
        "cases": {},
    }
    cases = content["cases"]
    cases["full"] = {"batches_of_step": [[step % 2] for step in range(10)],
                     **training.train(tiny_models.load(name), single, 1e-3, 0.1)}
    cases["full-accumulated"] = {"batches_of_step": [[step % 2, (step + 1) % 2] for step in range(10)],
                                 **training.train(tiny_models.load(name), accumulated, 1e-3, 0.1, with_parameters=False)}
    for adapter in adapters:
        model = peft.PeftModel.from_pretrained(tiny_models.load(name), goldenfile.MODELS / adapter, is_trainable=True)
        settings = json.loads((goldenfile.MODELS / adapter / "adapter_config.json").read_text())
        cases[adapter] = {"adapter": adapter, "rank": settings["r"], "alpha": settings["lora_alpha"],
                          "targets": settings["target_modules"], "batches_of_step": [[step % 2] for step in range(10)],
                          **training.train(model.train(), single, 5e-3, 0.0)}
    for case, record in cases.items():
        losses = [step["loss"] for step in record["steps"]]
        print(f"  {name} {case}: loss {losses[0]:.4f} -> {losses[-1]:.4f}, norm {float(record['steps'][0]['gradient_norm']):.3f}")
    goldenfile.write(f"{name}-training", __file__, content, ("transformers", "peft"))


def main():
    for name in tiny_models.CONFIGURATIONS:
        adapters = [a for a, (base, _) in tiny_models.ADAPTERS.items() if base == name]
        logits_file(name, adapters)
        training_file(name, adapters)


if __name__ == "__main__":
    main()
