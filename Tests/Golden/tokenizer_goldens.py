"""Goldens for the tokenizer tests: small vocabularies, test strings, and the ids they must give.

Run from the package root (2026-11; tokenizers 0.23.3, transformers 5.24.0, gguf 0.19.0):

    python -m venv venv && venv/bin/pip install 'transformers==5.24.0' tokenizers==0.23.3 gguf==0.19.0
    venv/bin/python Tests/Golden/tokenizer_goldens.py [SmolLM2-135M-Instruct.Q4_1.gguf]

Writes Tests/Fixtures/tokenizers/: one tokenizer.json per pre-tokenizer, trained here on Python's own
documentation with the published pattern; strings.json; and one golden per tokenizer with the ids of
the first 400 strings, an FNV-1a 64 hash of the ids of every string, and what the ids decode to where
that is not the string. Given the GGUF file, also the golden of SmolLM2's own vocabulary.
"""

import json
import pathlib
import random
import sys
import unicodedata
from pydoc_data import topics

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers as pre
from tokenizers import processors, trainers

OUTPUT = pathlib.Path(__file__).parent.parent / "Fixtures" / "tokenizers"
FULL = 400
COUNT = 5200

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")


def random_string(random_source):
    r = random_source
    scripts = [
        (0x61, 0x7A), (0x41, 0x5A), (0xC0, 0x24F), (0x370, 0x3FF), (0x400, 0x52F), (0x530, 0x58F),
        (0x590, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F), (0x980, 0x9FF), (0xB80, 0xBFF),
        (0xE00, 0xE7F), (0x1100, 0x11FF), (0x1E00, 0x1FFF), (0x2C00, 0x2DFF), (0x3040, 0x30FF),
        (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0x10400, 0x1044F), (0x1D400, 0x1D7FF),
        (0x20000, 0x2A6DF), (0x2100, 0x218F), (0x2460, 0x24FF), (0xFF00, 0xFFEF),
    ]
    emoji = ["👍", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇫🇷", "❤️", "☕", "🧑🏿‍🚀", "1️⃣", "😀"]
    spaces = [" ", "  ", "   ", "\t", "\n", "\r\n", "\r", "\n\n", " \n", "\n ", "\u00a0", "\u3000",
              "\u2009", "\u2028", "\u0085", "\v", "\f", " \t ", "        ", "\n\n\n", "\u200b",
              "\u180e", "\ufeff", "\x1c", "\x1f"]
    contractions = ["'s", "'S", "'t", "'T", "'re", "'RE", "'Re", "'ve", "'VE", "'m", "'M", "'ll",
                    "'LL", "'lL", "'d", "'D", "'ſ", "’s", "'x", "''s", "'", "'r", "'l"]
    words = ["hello", "Hello", "WORLD", "naïve", "straße", "don", "we", "It", "the", "of", "über",
             "cafe\u0301", "café", "Ångström", "Å", "Å", "ﬁ", "하", "\u1112\u1161", "한국어", "日本語",
             "привет", "مرحبا", "नमस्ते", "สวัสดี", "שלום", "Ελλάδα", "Việt", "ế", "e\u0302\u0301"]
    code = ["def f(x):\n    return x + 1\n", "for (int i = 0; i < n; ++i) {\n\ta[i] = 0;\n}",
            "{\"key\": [1, 2.5, null]}", "<div class=\"a\">&amp;</div>", "x_1 += y[2]->z;",
            "https://example.org/a?b=c&d=1", "// comment\r\n", "#include <stdio.h>\n", "$HOME/.x",
            "SELECT * FROM t WHERE a<>'b';", "λ x → x²", "a==b!=c", "...", "---", "\\n\\t", "```"]
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|eot_id|>",
               "<|im_start|>user\n", "<|im_end", "<|", "|>", "<tool_call>", "<|im_start|><|im_end|>",
               "<repo_name>", "<mask>"]

    def piece():
        kind = r.randrange(16)
        if kind <= 2:
            low, high = r.choice(scripts)
            return "".join(chr(r.randint(low, high)) for _ in range(r.randint(1, 8)))
        if kind <= 4:
            return r.choice(words)
        if kind <= 6:
            return r.choice(spaces) * r.choice([1, 1, 1, 2, 3])
        if kind == 7:
            return r.choice(contractions)
        if kind == 8:
            return str(r.randrange(10 ** r.randint(1, 9)))
        if kind == 9:
            return r.choice(["½", "²", "①", "Ⅻ", "٣", "३", "〇", "1٣2", "3.14", "1,000,000", "0x1F"])
        if kind == 10:
            return r.choice(emoji)
        if kind == 11:
            return r.choice(code)
        if kind == 12:
            return r.choice(special)
        if kind == 13:
            return "".join(chr(r.choice([0x300, 0x301, 0x327, 0x323, 0x308, 0x93E, 0x20DD, 0xFE0F]))
                           for _ in range(r.randint(1, 3)))
        if kind == 14:
            return "".join(r.choice("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") for _ in range(r.randint(1, 6)))
        while True:
            value = r.randrange(0x110000)
            if not 0xD800 <= value < 0xE000:
                return chr(value)

    return "".join(piece() + (" " if r.random() < 0.3 else "") for _ in range(r.randint(1, 9)))


def assigned_long_ago(text):
    """Whether this Python's Unicode (14) has every character, so that newer ones agree on it."""
    return all(unicodedata.category(c) != "Cn" for c in text)


def strings():
    r = random.Random(2026)
    result = ["", " ", "\n", "a", "\u0000", "I'M sure they'LL say we'Ve won't", "x" * 300, " " * 70,
              "\r\n" * 40, "ab" * 150, "The quick brown fox jumps over the lazy dog. " * 4]
    seen = set(result)
    while len(result) < COUNT:
        text = random_string(r)
        if text not in seen and assigned_long_ago(text):
            seen.add(text)
            result.append(text)
    return result


def fnv(ids):
    value = 0xCBF29CE484222325
    for number in ids:
        for byte in number.to_bytes(4, "little"):
            value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def train(name, pre_tokenizer, vocabulary_size, special, added=(), normalizer=None, bos=None,
          ignore_merges=False):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size, special_tokens=special, show_progress=False,
        initial_alphabet=pre.ByteLevel.alphabet())
    r = random.Random(name)
    corpus = [topics.topics[key] for key in sorted(topics.topics)][:60]
    corpus += [random_string(r) for _ in range(3000)]
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.add_tokens([AddedToken(t, normalized=False, special=False) for t in added])
    if bos:
        tokenizer.post_processor = processors.Sequence([
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single=f"{bos} $A", pair=f"{bos} $A {bos}:1 $B:1",
                special_tokens=[(bos, tokenizer.token_to_id(bos))])])
    return tokenizer


def golden(name, tokenizer, texts):
    every = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    tokenizer.encode_special_tokens = True
    as_text = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    tokenizer.encode_special_tokens = False
    decoded = {}
    r = random.Random(7)
    for index, ids in enumerate(every[:FULL]):
        # Cutting a sequence anywhere also cuts characters, which decode to U+FFFD.
        part = ids[r.randint(0, min(2, len(ids))):r.randint(0, len(ids)) or None]
        decoded[index] = [part, tokenizer.decode(part, skip_special_tokens=False),
                          tokenizer.decode(part, skip_special_tokens=True)]
    document = {
        "ids": every[:FULL],
        "withSpecialTokens": [tokenizer.encode(text).ids for text in texts[:40]],
        "decoded": list(decoded.values()),
        "hashes": "".join(fnv(ids) for ids in every),
        "hashesWithoutParsing": "".join(fnv(ids) for ids in as_text),
    }
    (OUTPUT / f"{name}.golden.json").write_text(
        json.dumps(document, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def smollm2(path):
    import gguf

    fields = gguf.GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    types = fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(line.split(" ")) for line in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre.Sequence(
        [pre.Digits(individual_digits=True), pre.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(
        [AddedToken(t, normalized=False, special=True) for t, k in zip(tokens, types) if k == 3])
    return tokenizer


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    texts = strings()
    (OUTPUT / "strings.json").write_text(
        json.dumps(texts, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    chat = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    split = lambda pattern: pre.Sequence([
        pre.Split(Regex(pattern), behavior="isolated"),
        pre.ByteLevel(add_prefix_space=False, use_regex=False)])
    small = {
        "gpt2": train("gpt2", pre.ByteLevel(add_prefix_space=False), 1500, ["<|endoftext|>"]),
        "gpt2-prefix-space": train(
            "gpt2-prefix-space", pre.ByteLevel(add_prefix_space=True), 800, ["<|endoftext|>"]),
        "smollm": train("smollm", pre.Sequence([
            pre.Digits(individual_digits=True), pre.ByteLevel(add_prefix_space=False)]),
            1500, chat + ["<repo_name>"]),
        "llama3": train("llama3", split(LLAMA3), 1800, ["<|begin_of_text|>", "<|eot_id|>"],
                        bos="<|begin_of_text|>", ignore_merges=True),
        "qwen2": train("qwen2", split(QWEN2), 1800, chat, added=["<tool_call>", "café"],
                       normalizer=normalizers.NFC()),
    }
    small["gpt2"].add_special_tokens(
        [AddedToken("<mask>", lstrip=True, rstrip=False, normalized=True)])
    small["smollm"].add_tokens(
        [AddedToken("<tool_call>", lstrip=False, rstrip=True, normalized=True)])
    for name, tokenizer in small.items():
        path = OUTPUT / f"{name}.tokenizer.json"
        text = tokenizer.to_str(pretty=False)
        path.write_text(text, encoding="utf-8")
        golden(name, Tokenizer.from_file(str(path)), texts)
    if len(sys.argv) > 1:
        golden("smollm2", smollm2(sys.argv[1]), texts)


if __name__ == "__main__":
    main()
