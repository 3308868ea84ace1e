#!/usr/bin/env python3
"""Time and peak memory of a training step in PyTorch eager mode: the figures `bench` is compared with.

    python scripts/bench-reference.py MODEL [--strategy lora full] [--batch 4] [--length 256] [--steps 8] [--threads 2]

MODEL is a GGUF file or a Hugging Face directory. transformers model, float32, AdamW as torch.optim has it (foreach where it chooses
so), PEFT adapters of rank 16 on every linear layer but the output projection. Tokens are random but fixed; every token is a target. Each
strategy runs in a process of its own. Prints JSON. Memory is the kernel's VmHWM; the mark is reset after loading, because reading a GGUF
file needs more than training from it; `loaded_bytes` is the resident size at that moment. `median_processor_seconds` is the step's time on all
threads together: on a busy machine, a step that took much longer than that divided by the threads was waiting for others.

Needs torch, transformers, peft, and gguf for GGUF files. Figures committed with this repository: 2026-11.
"""

import argparse
import ctypes
import gc
import importlib.metadata
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

STRATEGIES = ("lora", "full")


def status_bytes(key):
    """A size of /proc/self/status, in bytes."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"/proc/self/status has no {key}; this script needs Linux")


def reset_peak():
    """Returns freed pages and restarts VmHWM; whether the kernel allowed it."""
    gc.collect()
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        pathlib.Path("/proc/self/clear_refs").write_text("5")
        return True
    except OSError:
        return False


def load(path, attention):
    import torch
    import transformers

    options = {"dtype": torch.float32, "attn_implementation": attention, "local_files_only": True}
    if path.suffix != ".gguf":
        return transformers.AutoModelForCausalLM.from_pretrained(path, **options)
    read = transformers.AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, **options)
    del read.config.quantization_config
    config = type(read.config).from_dict(read.config.to_dict())
    config._attn_implementation = attention
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(read.state_dict())
    return model


def measure(strategy, options):
    """One strategy in this process."""
    import torch
    import peft

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = load(options.model, options.attention).train()
    if strategy == "lora":
        configuration = peft.LoraConfig(r=options.rank, lora_alpha=2 * options.rank, lora_dropout=0.0, target_modules="all-linear",
                                        task_type="CAUSAL_LM")
        model = peft.get_peft_model(model, configuration).train()
    model.config.use_cache = False
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=1e-4, weight_decay=0.0)
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(0, model.config.vocab_size, (options.batch, options.length), generator=generator)
    peak_was_reset = reset_peak()
    loaded = status_bytes("VmRSS")
    seconds, processor_seconds, losses = [], [], []
    for _ in range(options.warmup + options.steps):
        start, used = time.perf_counter(), time.process_time()
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trainable, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        seconds.append(time.perf_counter() - start)
        processor_seconds.append(time.process_time() - used)
        losses.append(loss.item())
    timed = seconds[options.warmup:]
    median = statistics.median(timed)
    return {
        "strategy": strategy,
        "trainable_parameters": sum(p.numel() for p in trainable),
        "median_step_seconds": round(median, 4),
        "fastest_step_seconds": round(min(timed), 4),
        "slowest_step_seconds": round(max(timed), 4),
        "median_processor_seconds": round(statistics.median(processor_seconds[options.warmup:]), 4),
        "tokens_per_second": round(options.batch * options.length / median, 1),
        "peak_bytes": status_bytes("VmHWM"),
        "peak_was_reset_after_loading": peak_was_reset,
        "loaded_bytes": loaded,
        "losses": [round(value, 4) for value in losses],
    }


def matrix_library():
    """The lines of torch's build configuration that name its matrix product libraries, and its thread count."""
    import torch

    wanted = ("MKL", "OpenBLAS", "CPU capability", "BLAS_INFO")
    found = [line.strip(" -") for line in torch.__config__.show().splitlines() if any(word in line for word in wanted)]
    return [line if len(line) < 120 else next(part for part in line.split(", ") if "BLAS_INFO" in part) for line in found]


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--strategy", nargs="+", choices=STRATEGIES, default=list(STRATEGIES))
    parser.add_argument("--batch", type=int, default=4, help="sequences a step")
    parser.add_argument("--length", type=int, default=256, help="tokens a sequence")
    parser.add_argument("--steps", type=int, default=8, help="steps measured")
    parser.add_argument("--warmup", type=int, default=2, help="steps before that")
    parser.add_argument("--rank", type=int, default=16, help="rank of the adapters")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--attention", choices=("sdpa", "eager"), default="sdpa")
    parser.add_argument("--inside", choices=STRATEGIES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.model.exists():
        parser.error(f"{options.model} does not exist; give a .gguf file or a Hugging Face directory")
    if options.inside:
        print(json.dumps(measure(options.inside, options)))
        return
    rows = []
    for strategy in options.strategy:
        before = os.getloadavg()[0]
        command = [sys.executable, __file__, *sys.argv[1:], "--inside", strategy]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "TRANSFORMERS_VERBOSITY": "error"})
        if done.returncode:
            raise SystemExit(done.returncode)
        rows.append({**json.loads(done.stdout.splitlines()[-1]), "load_average_before": round(before, 2)})
    print(json.dumps({
        "model": options.model.name, "batch": options.batch, "length": options.length, "steps": options.steps, "warmup": options.warmup,
        "rank": options.rank, "threads": options.threads, "attention": options.attention, "dtype": "float32",
        "processor": processor(), "logical_processors": os.cpu_count(), "matrix_library": matrix_library(),
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "transformers", "peft")},
        "results": rows,
    }, indent=2))


if __name__ == "__main__":
    main()
