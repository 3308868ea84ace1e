#!/usr/bin/env python3
"""Trains the tokenizer of the small default base and writes its files into data/base.

    pip install tokenizers==0.23.3
    scripts/train-tokenizer.py            write data/base
    scripts/train-tokenizer.py --lengths  print how many tokens the demo rows have

Made with Python 3.11 and tokenizers 0.23.3 in November 2026. The scheme is that of SmolLM2: digits one by
one, then byte-level BPE, with the three markers that ChatML needs. The texts are those that
`scripts/generate-demo-data` makes, for pretraining and for fine-tuning.
"""

import argparse
import json
import os
import pathlib
import sys

os.environ["TOKENIZERS_PARALLELISM"] = "false"
sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from demodata import handbook, preferences, pretraining, tickets  # noqa: E402

BASE = pathlib.Path(__file__).resolve().parent.parent / "data" / "base"
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
VOCABULARY = 1536
CONTEXT = 512
TEMPLATE = (
    r"{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    r"{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def texts():
    """Yields every text the tokenizer learns from."""
    yield from pretraining.documents()
    for row in pretraining.chats():
        for message in row["messages"]:
            yield from (message["role"], message["content"])
    yield from handbook.documents()
    for row in list(tickets.rows()) + list(preferences.rows()):
        yield from row.values()


def trained():
    """Returns the trained tokenizer."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=SPECIAL, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False)
    tokenizer.train_from_iterator(texts(), trainer)
    if tokenizer.get_vocab_size() != VOCABULARY:
        sys.exit(f"the tokenizer has {tokenizer.get_vocab_size()} tokens and should have {VOCABULARY}")
    return tokenizer


def configurations():
    """Returns the other files of the base by name: the shape of the model, its tokens and its defaults."""
    added = {str(index): {"content": token, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True} for index, token in enumerate(SPECIAL)}
    return {
        "config.json": {
            "architectures": ["LlamaForCausalLM"], "attention_bias": False, "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "head_dim": 32,
            "hidden_act": "silu", "hidden_size": 128, "initializer_range": 0.02, "intermediate_size": 352, "max_position_embeddings": CONTEXT, "mlp_bias": False,
            "model_type": "llama", "num_attention_heads": 4, "num_hidden_layers": 4, "num_key_value_heads": 2, "pad_token_id": 2, "rms_norm_eps": 1e-05,
            "rope_scaling": None, "rope_theta": 10000.0, "tie_word_embeddings": True, "torch_dtype": "bfloat16", "use_cache": True, "vocab_size": VOCABULARY,
        },
        "generation_config.json": {"bos_token_id": 1, "do_sample": False, "eos_token_id": 2, "max_length": CONTEXT, "pad_token_id": 2},
        "tokenizer_config.json": {
            "add_prefix_space": False, "added_tokens_decoder": added, "additional_special_tokens": SPECIAL[1:], "bos_token": SPECIAL[1], "chat_template": TEMPLATE,
            "clean_up_tokenization_spaces": False, "eos_token": SPECIAL[2], "model_max_length": CONTEXT, "pad_token": SPECIAL[2], "tokenizer_class": "GPT2Tokenizer", "unk_token": SPECIAL[0],
        },
    }


def lengths(tokenizer):
    """Prints mean, 95th percentile and maximum of the tokens per row, as chat turns."""
    def count(*turns):
        return len(tokenizer.encode("".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in turns)).ids)

    rows = list(tickets.rows())
    pairs = list(preferences.rows())
    for name, values in (
        ("tickets: prompt and completion", [count(("user", row["prompt"]), ("assistant", row["completion"])) for row in rows]),
        ("tickets: completion alone", [len(tokenizer.encode(row["completion"]).ids) for row in rows]),
        ("preferences: prompt and chosen", [count(("user", row["prompt"]), ("assistant", row["chosen"])) for row in pairs]),
        ("preferences: prompt and rejected", [count(("user", row["prompt"]), ("assistant", row["rejected"])) for row in pairs]),
        ("preferences: chosen alone", [len(tokenizer.encode(row["chosen"]).ids) for row in pairs]),
        ("preferences: rejected alone", [len(tokenizer.encode(row["rejected"]).ids) for row in pairs]),
        ("handbook: document", [len(tokenizer.encode(page).ids) for page in handbook.documents()]),
        ("pretraining: document", [len(tokenizer.encode(page).ids) for page in pretraining.documents()]),
    ):
        values.sort()
        print(f"{name}: {sum(values):,} in {len(values):,} rows, mean {sum(values) / len(values):.1f}, 95th percentile {values[-(-len(values) * 95 // 100) - 1]}, maximum {values[-1]}")


def main():
    """Writes the files of the base, or prints the lengths under the tokenizer that is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lengths", action="store_true", help="print tokens per row under data/base/tokenizer.json")
    if parser.parse_args().lengths:
        from tokenizers import Tokenizer

        lengths(Tokenizer.from_file(str(BASE / "tokenizer.json")))
        return
    BASE.mkdir(parents=True, exist_ok=True)
    trained().save(str(BASE / "tokenizer.json"), pretty=True)
    for name, value in configurations().items():
        (BASE / name).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
