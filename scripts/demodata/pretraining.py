"""Builds the texts that the small default base is trained on before any fine-tuning.

Raw documents come first: part of a second draw of the handbook, tickets without their answers, letters in
good and bad style, JSON records of other kinds and simple English. A smaller file of short chats teaches
the turn markers. No document, ticket or preference pair of the demo sets is among them, so that fine-tuning
and continued pretraining on those still have something to teach.
"""

import json

from . import handbook, tickets
from .examples import lines
from .grammar import Choices, expand, sentence_case
from .preferences import rows as preference_rows
from .products import CITIES, FIRST_NAMES, LAST_NAMES, MONTHS, PRODUCTS, WEEKDAYS

SEED = 20261129
PAGES, TICKETS, LETTERS, RECORDS, STORIES, CHATS = 480, 1800, 500, 2400, 5000, 4000

WORDS = {
    "animal": "dog cat horse bird fox goose cow hare bee mouse sheep owl".split(), "food": "bread soup rice apples cheese cake beans honey eggs butter noodles pears".split(),
    "place": "kitchen garden station library market school office harbour bakery museum park workshop".split(), "thing": "book table bag letter window bottle bicycle coat basket key ladder clock".split(),
    "colour": "red blue green white black yellow grey brown".split(), "small_number": "two three four five six seven eight nine ten twelve".split(),
    "size": "small large heavy light long short round old new narrow".split(), "mood": "happy tired calm proud quiet worried hungry curious".split(),
    "weather": ["rain", "snow", "fog", "wind", "sun", "frost"], "job": "teacher nurse baker driver painter farmer doctor writer gardener student".split(),
    "time": ["in the morning", "at noon", "in the evening", "at night", "before breakfast", "after lunch", "on the way home"],
    "person": FIRST_NAMES, "person2": FIRST_NAMES, "city": CITIES, "weekday": WEEKDAYS, "month": MONTHS,
}

STORY = [
    "{person} [is|was|became] a {job} in {city}.", "[Every|Each] {weekday} {person} [walks|drives|goes] to the {place} [with a {thing}|to buy {food}|{time}].", "The {animal} [sleeps|waits|plays] [under|behind|next to] the {thing} {time}.",
    "[There are|We found|They counted] {small_number} {colour} [birds|stones|boxes|flowers] in the {place}.", "{person} [gave|lent|sold] {person2} a {size} {thing}, [and|but] {person2} [wanted|needed] a {colour} one.", "[In {month}|Last {month}] there was a lot of {weather} in {city}.",
    "[When|Because|If] there is {weather}, the {place} is [closed|empty|full of people].", "\"[Where is|Have you seen|Who took] my {thing}?\" asked {person}.", "\"It is in the {place},\" [said|answered] {person2}, \"[next to|under|behind] the {colour} {thing}.\"",
    "{person} [felt|was] {mood} because the {food} [was gone|tasted good|was still warm].", "[First|Then|Later] {person} [washed|cut|carried|packed] the {food} and [put|placed] it on the table.", "A {animal} is [bigger|smaller|faster|slower] than a {animal}.",
    "The {size} {thing} [costs|weighs|holds] [more|less] than the {colour} one.", "[It takes|You need] {small_number} [minutes|hours|days] to [walk|drive|get] from the {place} to the {place}.", "[Please|Do not forget to] [close|open|clean|lock] the {place} {time}.",
    "{person} and {person2} [met|worked|talked] in the {place} {time}.", "[Nobody|Everybody|Somebody] in {city} knows the {job} who [sells|makes|brings] {food}.", "The train to {city} leaves at {small_number} and [arrives|is there] {time}.", "[I think|We hope|They say] that the {animal} [likes|never eats|is afraid of] {food}.",
    "If you want {food}, [ask|call|write to] {person}, who lives near the {place}.", "It was {weekday}, [and|so] the {place} in {city} was [open|closed|loud|quiet].", "[What|How much] {food} do we need for {small_number} [guests|children|days]?", "[Yes|No], the {thing} is not {colour}; it is {colour}.",
    "After the {weather} the {place} looked {size} and {colour}.", "{person} [reads|writes|sends] a letter to a {job} in {city}.", "[Without|With] a {thing} the {job} [can|cannot] [work|travel|help].", "The {job} [smiled|laughed|waited], [took|opened|closed] the {thing} and [left|sat down|began to read].",
]


def story(choices):
    """Returns a few simple sentences about the same two people."""
    slots = {**WORDS, "person": choices.pick(FIRST_NAMES), "person2": choices.pick(FIRST_NAMES), "city": choices.pick(CITIES)}
    return sentence_case(" ".join(expand(template, choices, slots) for template in choices.some(STORY, choices.between(4, 9))))


def record(choices):
    """Returns a JSON value of a kind that is not a ticket."""
    word = lambda kind: choices.pick(WORDS[kind])  # noqa: E731
    kind = choices.below(6)
    if kind == 0:
        return {"name": f"{word('person')} {choices.pick(LAST_NAMES)}", "age": choices.between(18, 90), "city": word("city"), "job": word("job"), "member": choices.chance(50)}
    if kind == 1:
        return {"recipe": f"{word('food')} with {word('food')}", "minutes": choices.between(5, 90), "parts": [word("food") for _ in range(choices.between(2, 4))], "warm": choices.chance(70)}
    if kind == 2:
        return {"date": f"{word('month')} {choices.between(1, 28)}", "place": word("city"), "weather": word("weather"), "degrees": choices.between(-12, 34), "wind": choices.pick([None, "north", "south", "east", "west"])}
    if kind == 3:
        product = PRODUCTS[choices.pick(list(PRODUCTS))]
        number, part, price, _ = choices.pick(product["parts"])
        return {"part": number, "title": part, "fits": product["name"], "price": price, "stock": choices.between(0, 400), "shelf": choices.pick([None, "A1", "B4", "C7", "D2"])}
    if kind == 4:
        return {"event": choices.pick(["meeting", "delivery", "visit", "training"]), "day": word("weekday"), "hour": choices.between(7, 19), "guests": [word("person") for _ in range(choices.between(1, 4))], "online": choices.chance(40)}
    return {"thing": word("thing"), "colour": word("colour"), "size": word("size"), "where": {"place": word("place"), "city": word("city")}, "lost": choices.chance(30)}


def compact(value):
    """Returns the value as compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def chat(choices):
    """Returns a question and its answer; none of the tasks is one of the demo tasks."""
    kind = choices.below(7)
    slug = choices.pick(list(PRODUCTS))
    product = PRODUCTS[slug]
    if kind == 0:
        code, symptom, cause, steps = choices.pick(product["faults"])
        ask = expand(f"[What does {code} mean on the {product['name']}?|My {product['kind']} shows {code}.|Explain {code}.]", choices)
        return ask, sentence_case(f"{code} means that {symptom}. The usual reason is that {cause}. To solve it, {steps[0]}.")
    if kind == 1:
        goal, steps = choices.pick(product["tasks"])
        ask = expand(f"[How do I {goal} on the {product['name']}?|List the steps to {goal}.|Tell me how to {goal}.]", choices)
        return ask, "\n".join(f"{index}. {step[0].upper() + step[1:]}." for index, step in enumerate(steps, 1))
    if kind == 2:
        value = record(choices)
        key = choices.pick(list(value))
        return f"Read this record and give me the value of \"{key}\".\n\n{compact(value)}", compact(value[key]).strip('"')
    if kind == 3:
        person, city, job, age = choices.pick(FIRST_NAMES), choices.pick(CITIES), choices.pick(WORDS["job"]), choices.between(18, 90)
        text = expand(f"[{person} is a {job} from {city} and {age} years old.|In {city} lives {person}, {age}, who works as a {job}.|My neighbour {person} moved here from {city}. At {age} {person} still is a {job}.]", choices)
        return f"Write this as JSON with name, age, city and job.\n\n{text}", compact({"name": person, "age": age, "city": city, "job": job})
    if kind == 4:
        thing, colour, place = (choices.pick(WORDS[name]) for name in ("thing", "colour", "place"))
        lost = choices.chance(50)
        text = expand(f"[Somebody lost a {colour} {thing} in the {place}.|I cannot find my {thing}. It is {colour} and was in the {place}.]" if lost else f"[We found a {colour} {thing} in the {place}.|A {thing} lies in the {place}. It is {colour}.]", choices)
        return f"Turn this note into JSON.\n\n{text}", compact({"thing": thing, "colour": colour, "place": place, "lost": lost})
    if kind == 5:
        text = story(choices).split(". ")[0].rstrip(".") + "."
        return expand("[Repeat this sentence.|Say this again.|Copy the sentence below.]", choices) + f"\n\n{text}", text
    number, part, price, interval = choices.pick(product["parts"])
    ask = expand(f"[What does the {part} for the {product['name']} cost?|I need a {part} for my {product['kind']}.|Which part is {number}?]", choices)
    return ask, f"The {part} of the {product['name']} is part {number} and costs {price} dollars."


def documents(seed=SEED):
    """Yields the raw documents in a fixed, mixed order."""
    known = set(handbook.documents()) | {text for text, _ in tickets.tickets()}
    pages = [page for page in list(handbook.documents(seed))[:PAGES] if page not in known]
    pages += [text for text, _ in tickets.tickets(TICKETS, seed) if text not in known]
    for row in preference_rows(LETTERS, seed):
        pages += [row["chosen"], row["rejected"]]
    for index in range(RECORDS // 6):
        choices = Choices("record", seed, index)
        pages.append("\n".join(compact(record(choices)) if index % 3 else json.dumps(record(choices), ensure_ascii=False) for _ in range(6)))
    pages += [story(Choices("story", seed, index)) for index in range(STORIES)]
    return Choices("pretraining", seed, "order").shuffled(pages)


def chats(seed=SEED):
    """Yields chats of one question and one answer as `messages` rows."""
    for index in range(CHATS):
        question, answer = chat(Choices("chat", seed, index))
        yield {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


def files():
    """Returns the content of each pretraining file by its name."""
    return {"pretraining.txt": handbook.SEPARATOR.join(documents()) + "\n", "pretraining-chat.jsonl": lines(chats())}
