"""Held-out rows and orders of DataSplitTests, from the algorithms as documented.

Python 3 without packages; 2026-11.
"""

MASK = (1 << 64) - 1


def mixed(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def hash_of(text, seed):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return mixed(value ^ mixed((seed + 0x9E3779B97F4A7C15) & MASK))


for seed in (1, 2):
    ordered = sorted(range(40), key=lambda row: hash_of(f"prompt {row}", seed))
    print(seed, sorted(row + 1 for row in ordered[:4]))


def permutation(count, seed):
    state = seed
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        bound = last + 1
        while True:
            state = (state + 0x9E3779B97F4A7C15) & MASK
            value = mixed(state)
            if value < (1 << 64) // bound * bound:
                break
        other = value % bound
        order[last], order[other] = order[other], order[last]
    return order


print(permutation(10, 3))
