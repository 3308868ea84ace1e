"""Generates the handbook of the invented company: manual pages, policies, notes and reports."""

from . import handbook_phrases as phrases
from .grammar import Choices, expand, sentence_case
from .products import CITIES, FIRST_NAMES, LAST_NAMES, MONTHS, PRODUCTS, WEEKDAYS

SEED = 20261128
SEPARATOR = "\n---\n"
CASES, FAQS, REPORTS, RELEASES = 240, 90, 84, 70


class Writer:
    """Draws sentences from banks and never writes the same sentence of four words or more twice."""

    def __init__(self, seed):
        self.seed = seed
        self.seen = set()

    def sentence(self, template, choices, slots):
        """Returns a new sentence made from the template, or nothing after ten tries."""
        for _ in range(10):
            text = sentence_case(expand(template, choices, slots))
            if text not in self.seen or len(text.split()) < 4:
                self.seen.add(text)
                return text
        return ""

    def paragraph(self, choices, slots, *banks):
        """Returns a paragraph with the given number of sentences from each (bank, count)."""
        sentences = []
        for bank, count in banks:
            made = [self.sentence(template, choices, slots) for template in choices.some(bank, count)]
            sentences += [text for text in made if text]
        return " ".join(sentences)


def facts(slug, choices):
    """Returns the slots of one product; the code, part, feature, setting and task are drawn once."""
    product = PRODUCTS[slug]
    code, symptom, cause, steps = choices.pick(product["faults"])
    other = choices.pick([fault for fault in product["faults"] if fault[0] != code])
    number, part, price, interval = choices.pick(product["parts"])
    feature, text = choices.pick(product["features"])
    setting, default, span = choices.pick(product["settings"])
    uses = choices.some(product["uses"], 2)
    slots = {
        "name": product["name"], "kind": product["kind"], "weight": product["weight"], "size": product["size"], "power": product["power"], "released": product["released"],
        "firmware": product["firmware"], "price": str(product["price"]), "colours": " and ".join(product["colours"]), "colour": product["colours"], "codes": ", ".join(fault[0] for fault in product["faults"]),
        "part_numbers": ", ".join(entry[0] for entry in product["parts"]), "use": uses[0], "use2": uses[1], "goal": choices.pick(product["tasks"])[0],
        "other_name": choices.pick([entry["name"] for entry in PRODUCTS.values() if entry is not product]), "other_code": other[0], "other_symptom": other[1],
        "few": ["two", "three", "four", "five", "six"], "number": lambda c: str(c.between(7, 95)), "year": ["2023", "2024", "2025", "2026"], "week": lambda c: str(c.between(1, 52)),
        "person": lambda c: f"{c.pick(FIRST_NAMES)} {c.pick(LAST_NAMES)}", "person2": choices.pick(FIRST_NAMES), "city": CITIES, "city2": choices.pick(CITIES), "weekday": WEEKDAYS, "month": MONTHS,
    }
    slots.update(fault_slots(code, symptom, cause, steps))
    slots.update(part_slots(number, part, price, interval))
    slots.update({"feature": feature, "feature_text": text, "setting": setting, "setting_title": setting.capitalize(), "default": default, "range": span})
    return slots


def fault_slots(code, symptom, cause, steps):
    """Returns the slots of one error code."""
    capital = [step[0].upper() + step[1:] for step in steps]
    return {"code": code, "symptom": symptom, "cause": cause, "step": steps, "step_cap": capital}


def part_slots(number, part, price, interval):
    """Returns the slots of one spare part."""
    when = "when it breaks" if interval == "as needed" else f"every {interval}"
    return {"part": part, "the_part": f"the {part}", "the_part_cap": f"The {part}", "part_number": number, "part_price": str(price), "maker_city": Choices("maker", number).pick(CITIES), "interval": when, "interval_cap": when.capitalize()}


def ordered_steps(writer, steps, banks, choices, slots):
    """Returns the steps in order as sentences, opened by the first bank and ended by the last."""
    sentences = []
    for index, step in enumerate(steps):
        bank = banks[0] if index == 0 else banks[-1] if index == len(steps) - 1 else banks[1]
        sentences.append(writer.sentence(choices.pick(bank), choices, {**slots, "step": step, "step_cap": step[0].upper() + step[1:]}))
    return " ".join(sentence for sentence in sentences if sentence)


def manual_pages(writer):
    """Yields the overview, task, fault, part, feature and setting pages of every product."""
    for slug, product in PRODUCTS.items():
        name, kind = product["name"], product["kind"]
        choices = Choices("handbook", writer.seed, slug)
        slots = facts(slug, choices)
        specs = " ".join(sentence_case(expand(template, choices, slots)) for template in phrases.SPECS)
        yield f"{name}: the {kind}", [writer.paragraph(choices, slots, (phrases.OVERVIEW, 7)), specs, writer.paragraph(choices, facts(slug, choices), (phrases.OVERVIEW, 6))]
        for goal, steps in product["tasks"]:
            slots = {**facts(slug, choices), "goal": goal}
            banks = (phrases.TASK_STEPS, phrases.TASK_NEXT, phrases.TASK_LAST)
            yield f"{name}: how to {goal}", [writer.paragraph(choices, slots, (phrases.TASK_OPEN, 3)), ordered_steps(writer, steps, banks, choices, slots), writer.paragraph(choices, slots, (phrases.TASK_TIPS, 6))]
        for fault in product["faults"]:
            slots = {**facts(slug, choices), **fault_slots(*fault)}
            others = [entry for entry in product["faults"] if entry is not fault]
            slots["other_code"], slots["other_symptom"] = choices.pick(others)[:2]
            banks = (phrases.FAULT_STEPS, phrases.FAULT_MORE, phrases.FAULT_MORE)
            yield f"{name}: code {fault[0]}", [writer.paragraph(choices, slots, (phrases.FAULT_OPEN, 4)), ordered_steps(writer, fault[3], banks, choices, slots), writer.paragraph(choices, slots, (phrases.FAULT_NOTES, 8))]
        for part in product["parts"]:
            slots = {**facts(slug, choices), **part_slots(*part)}
            yield f"{name}: {part[1]}, {part[0]}", [writer.paragraph(choices, slots, (phrases.PART, 5)), writer.paragraph(choices, slots, (phrases.PART, 5))]
        for feature, text in product["features"]:
            slots = {**facts(slug, choices), "feature": feature, "feature_text": text}
            yield f"{name}: {feature}", [writer.paragraph(choices, slots, (phrases.FEATURE, 8))]
        for setting, default, span in product["settings"]:
            slots = {**facts(slug, choices), "setting": setting, "setting_title": setting.capitalize(), "default": default, "range": span}
            yield f"{name}: {setting}", [writer.paragraph(choices, slots, (phrases.SETTING, 8))]


def policies(writer):
    """Yields the policies, each stated once and then discussed in notes of different months."""
    for title, rules in phrases.POLICIES.items():
        choices = Choices("handbook", writer.seed, title)
        slots = facts(choices.pick(list(PRODUCTS)), choices)
        stated = [writer.sentence(rule, choices, slots) for rule in rules]
        yield f"Policy: {title}", [" ".join(rule for rule in stated[:5] if rule), " ".join(rule for rule in stated[5:] if rule)]
        for month in choices.some(MONTHS, 5):
            notes = [writer.paragraph(choices, facts(choices.pick(list(PRODUCTS)), choices), (phrases.POLICY_COMMENTS, 4)) for _ in range(2)]
            yield f"{title}, notes of {month}", notes


def records(writer):
    """Yields release notes, questions and answers, cases, depot bulletins and weekly reports."""
    slugs = list(PRODUCTS)

    def several(kind, choices, bank, times, count):
        """Returns paragraphs about different products."""
        return [writer.paragraph(choices, facts(slug, choices), (bank, count)) for slug in choices.some(slugs, times)]

    for index in range(RELEASES):
        choices = Choices("handbook", writer.seed, "release", index)
        version = f"{3 + index // 20}.{index % 20}"
        yield f"Larkwell app {version}", several("release", choices, phrases.RELEASE, 3, 4)
    for index in range(FAQS):
        choices = Choices("handbook", writer.seed, "question", index)
        slug = slugs[index % len(slugs)]
        answers = []
        for question, answer in choices.some(phrases.FAQ, 7):
            slots = facts(slug, choices)
            asked = writer.sentence(question, choices, slots)
            if asked:
                answers.append(f"Q: {asked}\nA: {sentence_case(expand(answer, choices, slots))}")
        yield f"Questions about the {PRODUCTS[slug]['name']}, part {index // len(slugs) + 1}", answers
    for index in range(CASES):
        choices = Choices("handbook", writer.seed, "case", index)
        slots = facts(choices.pick(slugs), choices)
        slots.update(person=f"{choices.pick(FIRST_NAMES)} {choices.pick(LAST_NAMES)}", city=choices.pick(CITIES))
        yield f"Case {index + 1}: {slots['name']}, {slots['code']}", [
            writer.paragraph(choices, slots, (phrases.CASE_OPEN, 1), (phrases.CASE_MIDDLE, 4)), writer.paragraph(choices, slots, (phrases.CASE_MIDDLE, 3), (phrases.CASE_END, 3))]
    for city in CITIES:
        choices = Choices("handbook", writer.seed, "depot", city)
        pages = [writer.paragraph(choices, {**facts(slug, choices), "city": city}, (phrases.BULLETIN, 6)) for slug in choices.some(slugs, 2)]
        yield f"Depot {city}", pages
    for index in range(REPORTS):
        choices = Choices("handbook", writer.seed, "report", index)
        yield f"Support report {index + 1}", several("report", choices, phrases.REPORT, 2, 6)


def documents(seed=SEED):
    """Yields the documents of the handbook in a fixed, mixed order."""
    writer = Writer(seed)
    pages = list(manual_pages(writer)) + list(policies(writer)) + list(records(writer))
    for title, paragraphs in Choices("handbook", seed, "order").shuffled(pages):
        yield title + "\n\n" + "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def text(seed=SEED):
    """Returns the whole handbook, its documents divided by a line that holds only three hyphens."""
    return SEPARATOR.join(documents(seed)) + "\n"
