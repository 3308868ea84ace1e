"""Goldens for the chat template tests: conversations rendered by transformers.

Run from the package root (2026-11; transformers 5.24.0, jinja2 3.1.6):

    python -m venv venv && venv/bin/pip install 'transformers==5.24.0' jinja2==3.1.6
    venv/bin/python Tests/Golden/chat_templates.py

Reads Tests/Fixtures/tokenizers/templates/*.jinja and writes chat-templates.golden.json beside them:
for each template and conversation the text with and without generation prompt, or null where the
template raises an error; and for conversations that end with an answer, what follows the prompt that
asks for it, which is what the model must generate.
"""

import json
import pathlib

from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures" / "tokenizers" / "templates"
MARKERS = {
    "gemma": ("<bos>", "<eos>"), "llama": ("<|begin_of_text|>", "<|eot_id|>"),
    "mistral": ("<s>", "</s>"), "": ("<|endoftext|>", "<|im_end|>"),
}


def conversations():
    s = lambda t: {"role": "system", "content": t}
    u = lambda t: {"role": "user", "content": t}
    a = lambda t: {"role": "assistant", "content": t}
    whole = [u("Hi"), a("Hello!"), u("  What is 2 + 2?\n"), a(" 4 \n"), u("Hi"), a("Hello again")]
    odd = [u("naïve e\u0301 \U0001F468\u200D\U0001F469\u200D\U0001F467 日本"), a("\u0301ok\r\n"),
           u("\u00a0\x1cspaces\u3000\x1f\n"), a("\u2003x\u0085")]
    thinking = [u("Q1"), a("<think>\nwhy\n</think>\n\nBecause."), u("Q2"),
                a("<think>\n\nlong\nreason\n\n</think>\n\n\nAnswer </think> twice")]
    result = []
    for turns in (whole, odd, thinking):
        for count in range(1, len(turns) + 1):
            result.append(turns[:count])
            result.append([s("You are terse.")] + turns[:count])
    result += [
        [s("")] + whole[:2], [s("  padded \n")] + whole[:2], [u(""), a("")], [s("alone")],
        [a("starts with an answer")], [u("a"), u("b"), a("c")], [u("a"), a("b"), a("c")],
        [u("a"), s("late"), a("b")], [s("one"), s("two"), u("a"), a("b")],
        [u("<tool_response>x</tool_response>"), a("b")],
        [u("q"), a("<think>r</think>one"), u("<tool_response>x</tool_response>"), a("two")],
        [u("q"), a("<think>r</think>one"), a("two")],
        [u("x"), a("\n\nlines\n")], [u("x"), a("</think>only an end")],
    ]
    return result


def main():
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()))
    every = conversations()
    templates = {}
    for path in sorted(FOLDER.glob("*.jinja")):
        name = path.stem
        bos, eos = next(v for k, v in MARKERS.items() if name.startswith(k))
        tokenizer.bos_token, tokenizer.eos_token = bos, eos
        text = path.read_text(encoding="utf-8")

        def render(messages, prompt):
            try:
                return tokenizer.apply_chat_template(
                    messages, chat_template=text, tokenize=False, add_generation_prompt=prompt,
                    date_string="26 Jul 2024")
            except Exception:
                return None

        cases = []
        for messages in every:
            rendered = render(messages, False)
            completion = None
            if rendered is not None and messages[-1]["role"] == "assistant":
                before = render(messages[:-1], True) if len(messages) > 1 else None
                if before is not None and rendered.startswith(before):
                    completion = rendered[len(before):]
            cases.append([rendered, render(messages, True), completion])
        templates[name] = {"bos": bos, "eos": eos, "cases": cases}
    document = {"conversations": every, "templates": templates}
    (FOLDER / "chat-templates.golden.json").write_text(
        json.dumps(document, ensure_ascii=True, indent=0), encoding="utf-8")


if __name__ == "__main__":
    main()
