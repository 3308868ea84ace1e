"""Generates pairs of support answers: one in Larkwell's house style, one that breaks it."""

from . import preference_phrases as phrases
from .grammar import Choices, expand, sentence_case
from .products import CITIES, FIRST_NAMES, LAST_NAMES, MONTHS, PRODUCTS, WEEKDAYS

SEED = 20261126
COUNT = 720
INSTRUCTION = "Rewrite the draft in the Larkwell house style."
FLAWS = [("gushing", 18), ("sorry", 14), ("blame", 18), ("stiff", 22), ("jargon", 12), ("padding", 16), ("vague", 20), ("buried", 14), ("curt", 34)]


def values(choices):
    """Draws the facts of one case; every slot is fixed, so that all texts of the case agree."""
    slug = choices.pick(list(PRODUCTS))
    product = PRODUCTS[slug]
    code, symptom, cause, fault_steps = choices.pick(product["faults"])
    goal, task_steps = choices.pick(product["tasks"])
    number, part, part_price, _ = choices.pick(product["parts"])
    setting, default, span = choices.pick(product["settings"])
    weekday = choices.below(7)
    return {
        "name": product["name"], "kind": product["kind"], "code": code, "symptom": symptom, "cause": cause, "goal": goal, "number": number,
        "part": part, "part_price": str(part_price), "setting": setting, "setting_title": setting.capitalize(), "default": default, "range": span,
        "price": str(product["price"]),
        "firmware": product["firmware"], "order": f"LW-{choices.between(200000, 989999)}", "city": choices.pick(CITIES), "weekday": WEEKDAYS[weekday],
        "weekday2": WEEKDAYS[(weekday + choices.between(1, 3)) % 7], "month": choices.pick(MONTHS), "days": str(choices.between(3, 14)), "days2": str(choices.between(2, 5)),
        "hour": str(choices.between(2, 6)), "day": str(choices.pick([14, 15, 16, 18, 24, 26])), "fault_steps": fault_steps, "task_steps": task_steps,
    }


def signed(agent):
    """Returns the signature that the house style asks for."""
    return f"- {agent}, Larkwell Care"


def flawed(flaws, content, choices):
    """Returns the content, (plain, stiff) fact and step and a vague step, with the given flaws and unsigned."""
    fact, step, vague = content
    stiff = "stiff" in flaws
    core = [fact[stiff], vague if "vague" in flaws else step[stiff]]
    named = [flaw for flaw in flaws if flaw in phrases.OPENERS]
    opening = [choices.pick(phrases.OPENERS[flaw]) for flaw in named if choices.chance(75) or len(flaws) == 1]
    if "padding" in flaws:
        core.insert(1, choices.pick(phrases.FILLERS))
    if "curt" in flaws:
        core = core[:1]
    elif "buried" in flaws:
        core.reverse()
        core.insert(1, choices.pick(phrases.ASIDES))
    closing = [choices.pick(phrases.CLOSERS[flaw]) for flaw in named if choices.chance(40)]
    sentences = opening + core + closing
    text = sentence_case(" ".join(sentence if sentence[-1] in ".!?" else sentence + "." for sentence in sentences))
    if "gushing" in flaws and choices.chance(60):
        text = text[:-1] + "!"
    return text


def pick_flaws(choices):
    """Draws one to three flaws of an answer."""
    count = choices.weighted([(1, 50), (2, 36), (3, 14)])
    flaws = []
    while len(flaws) < count:
        flaw = choices.weighted(FLAWS)
        if flaw not in flaws:
            flaws.append(flaw)
    return flaws


def pair(choices):
    """Returns one row: a prompt, the answer in house style, and the answer to avoid."""
    situation = choices.pick(phrases.SITUATIONS)
    slots = values(choices)
    steps = slots["task_steps"] if situation.get("kind") == "task" else slots["fault_steps"]
    slots.update(first_step=steps[0], last_step=steps[-1] if len(steps) > 1 else "look at the display again")
    customer, agent, last = choices.pick(FIRST_NAMES), choices.pick(FIRST_NAMES), choices.pick(LAST_NAMES)
    question = expand(choices.pick(situation["question"]), choices, slots)
    fact, step = (tuple(expand(text, choices, slots) for text in choices.pick(situation[key])) for key in ("facts", "steps"))
    content = fact, step, choices.pick(situation["vague"])
    draft = flawed([flaw for flaw in pick_flaws(choices) if flaw not in ("vague", "curt")] or ["stiff"], content, choices)
    hello = f"Hello {customer}."
    chosen = f"{hello} {sentence_case(fact[0] + ' ' + step[0])}\n{signed(agent)}"
    flaws = pick_flaws(choices)
    start = choices.weighted([(hello, 55), ("", 25), (f"Dear {customer},", 20)])
    rejected = f"{start} {flawed(flaws, content, choices)}".strip()
    kept = choices.chance(50)
    signature = signed(agent) if kept else expand(choices.pick(phrases.WRONG_SIGNATURES), choices, {"agent": agent, "last": last})
    rejected = f"{rejected}\n{signature}".strip()
    prompt = f"{INSTRUCTION}\n\nCustomer {customer}: {question}\nAgent: {agent}\nDraft: {draft}"
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected}


def rows(count=COUNT, seed=SEED):
    """Yields preference rows with different prompts."""
    seen = set()
    attempt = 0
    while len(seen) < count:
        row = pair(Choices("preferences", seed, attempt))
        attempt += 1
        if row["prompt"] in seen or row["chosen"] == row["rejected"]:
            continue
        seen.add(row["prompt"])
        yield row
