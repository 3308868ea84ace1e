"""Generates support tickets and the JSON record each should be turned into."""

import json
import re

from . import ticket_phrases as phrases
from .grammar import Choices, expand, sentence_case
from .products import CITIES, FIRST_NAMES, LAST_NAMES, MONTHS, PRODUCTS, WEEKDAYS

SEED = 20261125
COUNT = 2600
INSTRUCTION = "Turn this support ticket into JSON."
CATEGORIES = [("defect", 26), ("delivery", 20), ("return", 15), ("billing", 14), ("how_to", 11), ("account", 8), ("feedback", 6)]
PRODUCT_WEIGHTS = [("otter", 24), ("kestrel", 18), ("wren", 16), ("moss", 14), ("heron", 11), ("badger", 9), ("plover", 8)]
STYLES = [("friendly", 30), ("formal", 24), ("terse", 18), ("simple", 15), ("angry", 13)]
NAMES_PRODUCT = {"defect": 97, "how_to": 97, "return": 92, "delivery": 78, "feedback": 82, "billing": 68, "account": 40}
HAS_ORDER = {"delivery": 84, "return": 80, "billing": 76, "defect": 66, "how_to": 22, "account": 22, "feedback": 14}
TYPO_PERCENT = {"friendly": 3, "formal": 0, "terse": 3, "angry": 4, "simple": 6}
WORDS = (25, 120)


def order_spelling(number, choices):
    """Returns one of the ways in which customers write the six digits of an order number."""
    return choices.pick([
        f"LW-{number}", f"LW-{number}", f"LW-{number}", f"LW{number}", f"lw-{number}", f"lw{number}", f"LW {number}",
        f"LW {number[:3]} {number[3:]}", f"#{number}", f"{number}", f"LW-{number[:3]}-{number[3:]}", f"LW/{number}", f"L.W. {number}",
        f"{number[:3]} {number[3:]}", f"LW_{number}",
    ])


def thing(slug, choices):
    """Returns a way to name the product, or a parcel-like word when the ticket names none."""
    if slug is None:
        return choices.pick(["item", "purchase", "device", "article", "present"])
    product = PRODUCTS[slug]
    noun = choices.pick(product["nouns"])
    return choices.weighted([
        (product["name"], 34), (f"{product['name']} {noun}", 26), (f"Larkwell {product['name']}", 14), (noun, 18), (f"Larkwell {noun}", 8),
    ])


def the_thing(slug, choices):
    """Returns the product with an article or a possessive in front."""
    name = thing(slug, choices)
    own = ["my", "the", "our", "my new"] if slug else ["my", "the", "our"]
    return f"{choices.pick(own)} {name}"


def with_typos(text, percent, choices):
    """Misspells some lowercase words of five letters or more; names and numbers stay as they are."""
    protected = {noun for product in PRODUCTS.values() for names in product["nouns"] for noun in names.split()}

    def misspell(match):
        word = match.group(0)
        if word in protected or not choices.chance(percent):
            return word
        at = choices.between(1, len(word) - 3)
        kind = choices.below(3)
        if kind == 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2:]
        if kind == 1:
            return word[:at] + word[at + 1:]
        return word[:at] + word[at] + word[at:]

    return re.sub(r"(?<![\w./#-])[a-z]{5,}(?![\w/-])", misspell, text)


def labels(choices):
    """Draws what a ticket is about: the record that its text will state, and the reasons behind it."""
    category = choices.weighted(CATEGORIES)
    slug = choices.weighted(PRODUCT_WEIGHTS) if choices.chance(NAMES_PRODUCT[category]) else None
    danger = {"defect": 20, "account": 34, "billing": 15}.get(category, 0)
    urgent = choices.chance(danger) and (slug is not None or category != "defect")
    deadline = not urgent and category != "feedback" and choices.chance(15)
    repeated = category != "feedback" and choices.chance(13)
    no_hurry = not (urgent or deadline or repeated) and choices.chance({"feedback": 40, "how_to": 30}.get(category, 14))
    person = choices.chance(13)
    mood = {"feedback": (15, 45), "how_to": (12, 28), "defect": (40, 13), "account": (30, 12)}.get(category, (34, 14))
    roll = choices.below(100)
    if urgent or repeated:
        mood = (mood[0] + mood[1] // 2, 0)
    sentiment = "negative" if roll < mood[0] else "positive" if roll < sum(mood) else "neutral"
    priority = "urgent" if urgent else "high" if deadline or repeated else "low" if no_hurry else "normal"
    number = f"{choices.between(200000, 989999)}" if choices.chance(HAS_ORDER[category]) else None
    record = {
        "category": category, "priority": priority, "product": slug, "sentiment": sentiment,
        "order_id": f"LW-{number}" if number else None, "needs_human": urgent or repeated or person,
    }
    reasons = {"urgent": urgent, "deadline": deadline, "repeated": repeated, "no_hurry": no_hurry, "person": person, "number": number}
    return record, reasons


def slots(record, reasons, choices):
    """Returns the slot values that the phrase banks of one ticket refer to."""
    slug = record["product"]
    product = PRODUCTS.get(slug)
    number = reasons["number"]
    others = [name for name in PRODUCTS if name != slug]
    price = product["price"] if product else choices.between(40, 400)
    old = f"{choices.between(150000, int(number) - 1)}" if number else ""
    return {
        "thing": lambda c: thing(slug, c), "the_thing": lambda c: the_thing(slug, c),
        "other_thing": lambda c: "our " + thing(c.pick(others), c),
        "symptom": product["symptoms"] if product else phrases.GENERIC_SYMPTOMS,
        "hazard": product["hazards"] if product else [], "goal": [goal for goal, _ in product["tasks"]] if product else ["register a product", "read the lights", "find the serial number"],
        "colour": product["colours"] if product else ["white", "black"],
        "amount": str(price), "amount2": str(price - choices.between(5, 30)), "small": lambda c: str(c.between(3, 29)),
        "days": lambda c: str(c.between(3, 14)), "few": ["two", "three", "four", "2", "3"], "order": order_spelling(number, choices) if number else "",
        "old_order": order_spelling(old, choices) if number else "", "weekday": WEEKDAYS, "month": MONTHS, "city": CITIES,
        "first": choices.pick(FIRST_NAMES), "last": choices.pick(LAST_NAMES), "serial": lambda c: f"{c.pick('ABCDEFGH')}{c.between(10, 99)}-{c.between(1000, 9999)}-{c.pick('KLMNPR')}",
        "tracking": lambda c: f"{c.pick(['TR', 'PX', 'ZE'])}{c.between(10000000, 99999999)}", "invoice": lambda c: f"INV-{c.between(10000, 99999)}",
        "username": lambda c: f"{c.pick(FIRST_NAMES).lower()}{c.between(10, 99)}", "version": lambda c: f"{c.between(3, 6)}.{c.between(0, 12)}",
        "case": lambda c: f"C-{c.between(1000, 9999)}", "phone": lambda c: f"0{c.between(100, 999)} {c.between(10000, 99999)}",
    }


def body(record, reasons, style, choices):
    """Returns the sentences of a ticket, without its greeting and its end."""
    category = record["category"]
    if reasons["urgent"]:
        issue = choices.pick(phrases.HAZARD_LEAD if category == "defect" else phrases.INTRUSION[category])
    else:
        issue = choices.pick({"defect": phrases.DEFECT, "how_to": phrases.HOW_TO}.get(category) or phrases.ISSUES[category])
    rest = choices.some(phrases.DETAILS[category], choices.weighted([(1, 35), (2, 45), (3, 20)]))
    if record["sentiment"] != "neutral":
        rest += choices.some(phrases.EMOTION[record["sentiment"]], 2 if choices.chance(20) else 1)
    for reason, bank in (("deadline", phrases.DEADLINE), ("repeated", phrases.REPEATED), ("no_hurry", phrases.NO_HURRY), ("person", phrases.PERSON)):
        if reasons[reason]:
            rest.append(choices.pick(bank))
    if choices.chance(12):
        rest.append(choices.pick(phrases.OTHER))
    order = []
    if reasons["number"]:
        order = [choices.pick(phrases.ORDER)]
        if choices.chance(9):
            rest.append(choices.pick(phrases.OLD_ORDER))
    elif choices.chance(20):
        rest.append(choices.pick(phrases.NO_ORDER))
    rest = choices.shuffled(rest)
    where = choices.below(3)
    if where == 0:
        return order + [issue] + rest
    if where == 1:
        return [issue] + order + rest
    return [issue] + rest + order


def ticket(record, reasons, choices):
    """Returns the text of one ticket that states everything in the record."""
    style = choices.weighted(STYLES)
    values = slots(record, reasons, choices)
    if record["product"] is None:
        values["the_thing"] = lambda c: the_thing(None, c)
    sentences = []
    for template in body(record, reasons, style, choices):
        sentence = expand(template, choices, values)
        if re.match(r"(how|where|what|can|could|would|is it|is there|do|must)\b", sentence) and "?" not in sentence:
            sentence += "?"
        sentences.append(sentence + ("" if sentence[-1] in "?!" else "."))
    text = " ".join(sentences)
    named = record["product"] and re.search(r"\b(%s|%s)\b" % (PRODUCTS[record["product"]]["name"], "|".join(PRODUCTS[record["product"]]["nouns"])), text)
    if record["product"] and not named:
        text = f"{expand('[It is about|I mean] {the_thing}.', choices, values)} {text}"
    text = sentence_case(text)
    text = re.sub(r"\bi\b", "I", text)
    text = with_typos(text, TYPO_PERCENT[style], choices)
    if style == "simple" and choices.chance(60):
        text = re.sub(r"(?<=[.?] )[A-Z](?=[a-z])|^[A-Z](?=[a-z])", lambda m: m.group(0).lower(), text)
        text = re.sub(r"\bI\b", "i", text)
    if style == "terse" and choices.chance(40):
        text = re.sub(r"\b(I am|We are) ", "", text)
    if style == "angry" and choices.chance(45):
        parts = text.split(". ")
        at = choices.below(len(parts))
        if not re.search(r"\d", parts[at]):
            parts[at] = parts[at].upper()
        text = ". ".join(parts)
    if style in ("angry", "friendly") and choices.chance(35):
        text = re.sub(r"\.$", "!", text)
    greeting, closing, signature = (expand(choices.pick(bank[style]), choices, values) for bank in (phrases.GREETING, phrases.CLOSING, phrases.SIGNATURE))
    top = greeting + ("\n" if "\n" in greeting or style == "formal" else " ") if greeting else ""
    if choices.chance(30):
        subject = expand(choices.pick(phrases.SUBJECTS[record["category"]]), choices, values)
        top = f"Subject: {subject[0].upper() + subject[1:]}\n{top}"
    return top + text + (" " + closing if closing else "") + ("\n" + signature if signature else "")


def record_text(record):
    """Returns the record as one compact line of JSON with its keys in the documented order."""
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False)


def tickets(count=COUNT, seed=SEED):
    """Yields (ticket text, record) pairs with different texts."""
    seen = set()
    made = 0
    attempt = 0
    while made < count:
        choices = Choices("tickets", seed, attempt)
        attempt += 1
        record, reasons = labels(choices)
        text = ticket(record, reasons, choices)
        if not WORDS[0] <= len(text.split()) <= WORDS[1] or text in seen:
            continue
        seen.add(text)
        made += 1
        yield text, record


def rows(count=COUNT, seed=SEED):
    """Yields prompt and completion rows."""
    for text, record in tickets(count, seed):
        yield {"prompt": f"{INSTRUCTION}\n\n{text}", "completion": record_text(record)}
