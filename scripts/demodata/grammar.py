"""A seeded source of choices and a small template language.

The random numbers are SplitMix64 (Steele, Lea and Flood 2014), written out here so that the
files do not depend on the Python version that makes them.
"""

import hashlib
import re

_MASK = (1 << 64) - 1
_BRACKET = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"\b([Aa])\(n\) (?=(\w))")
_SENTENCE = re.compile(r"(^|[.?!]\s+|\n)([a-z])")


class Choices:
    """A deterministic stream of choices, named by the values it is made from."""

    def __init__(self, *key):
        text = "/".join(str(part) for part in key).encode()
        self.state = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")

    def bits(self):
        """Returns the next 64 bits."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & _MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def below(self, bound):
        """Returns an integer from 0 up to and without bound."""
        return (self.bits() * bound) >> 64

    def between(self, low, high):
        """Returns an integer from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent):
        """Returns true in the given percentage of calls."""
        return self.below(100) < percent

    def pick(self, items):
        """Returns one of the items, each equally likely."""
        return items[self.below(len(items))]

    def weighted(self, pairs):
        """Returns one of the (item, weight) pairs' items in proportion to its weight."""
        rest = self.below(sum(weight for _, weight in pairs))
        for item, weight in pairs:
            if rest < weight:
                return item
            rest -= weight
        raise AssertionError("weights do not add up")

    def shuffled(self, items):
        """Returns the items in a random order."""
        items = list(items)
        for index in range(len(items) - 1, 0, -1):
            other = self.below(index + 1)
            items[index], items[other] = items[other], items[index]
        return items

    def some(self, items, count):
        """Returns at most count different items in a random order."""
        return self.shuffled(items)[:count]


def expand(template, choices, slots=None):
    """Expands `[a|b]` to one alternative and `{name}` to a slot, until neither is left.

    A slot is a string, a list to pick from, or a function of the choices; what it yields is
    expanded too. `a(n)` becomes the article that the next letter asks for.
    """
    slots = slots or {}

    def fill(match):
        value = slots[match.group(1)]
        if callable(value):
            value = value(choices)
        if isinstance(value, (list, tuple)):
            value = choices.pick(value)
        return str(value)

    text = template
    while True:
        before = text
        text = _BRACKET.sub(lambda match: choices.pick(match.group(1).split("|")), text)
        if "[" not in text:
            text = _SLOT.sub(fill, text)
        if text == before:
            break
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" ([,.?!;:])", r"\1", text)
    return _ARTICLE.sub(lambda m: m.group(1) + ("n " if m.group(2).lower() in "aeiou" else " "), text).strip()


def sentence_case(text):
    """Returns the text with a capital letter at the start of every sentence."""
    return _SENTENCE.sub(lambda match: match.group(1) + match.group(2).upper(), text)
