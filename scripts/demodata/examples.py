"""Small example files, one for each data format that tuneplan reads."""

import json

from . import preferences, tickets
from .products import PRODUCTS

SEED = 20261127
COUNT = 50
SYSTEM = "You sort the support tickets of Larkwell. Answer with one line of JSON."


def lines(rows):
    """Returns the rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def sentences(count=COUNT):
    """Returns short facts about the products, for the raw-text examples."""
    facts = []
    for product in PRODUCTS.values():
        facts.append(f"The {product['name']} is Larkwell's {product['kind']}. It weighs {product['weight']}, uses {product['power']} and costs {product['price']} dollars.")
        facts += [f"{code} on the {product['name']} means that {symptom}. The usual reason: {cause}." for code, symptom, cause, _ in product["faults"]]
        facts += [f"To {goal} on the {product['name']}: {'; '.join(steps)}." for goal, steps in product["tasks"]]
    return facts[:count]


def files():
    """Returns the content of every example file by its name."""
    pairs = [(text, tickets.record_text(record)) for text, record in tickets.tickets(COUNT, SEED)]
    choices = list(preferences.rows(COUNT, SEED))
    messages = [
        {"messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}, {"role": "assistant", "content": answer}]} for text, answer in pairs
    ]
    alpaca = [{"instruction": tickets.INSTRUCTION, "input": text, "output": answer} for text, answer in pairs]
    prompt_completion = [{"prompt": f"{tickets.INSTRUCTION}\n\n{text}", "completion": answer} for text, answer in pairs]
    preference_messages = [
        {"prompt": [{"role": "user", "content": row["prompt"]}], "chosen": [{"role": "assistant", "content": row["chosen"]}],
         "rejected": [{"role": "assistant", "content": row["rejected"]}]} for row in choices
    ]
    return {
        "messages.jsonl": lines(messages), "alpaca.jsonl": lines(alpaca), "prompt-completion.jsonl": lines(prompt_completion),
        "preference.jsonl": lines(choices), "preference-messages.jsonl": lines(preference_messages),
        "raw.txt": "\n---\n".join(sentences()) + "\n", "raw.jsonl": lines({"text": text} for text in sentences()),
    }
