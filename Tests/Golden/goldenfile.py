"""Write a golden file: compact JSON, 9 significant digits, versions and command inside.

Nine significant digits identify a float32 exactly, also when it is read as a double first.
"""

import datetime
import importlib.metadata
import json
import math
import pathlib
import platform

import numpy
import torch

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Fixtures"
GOLDEN = FIXTURES / "golden"
MODELS = FIXTURES / "models"
LARGEST_FILE = 1_000_000

torch.set_num_threads(1)


def versions(*packages):
    """Versions of Python, of torch and of the named packages."""
    found = {"python": platform.python_version()}
    for package in ("torch", "numpy") + packages:
        found[package] = importlib.metadata.version(package)
    return found


def number(value):
    """A number as JSON; infinities and NaN are refused, because no golden may hold them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, numpy.integer)):
        return str(int(value))
    value = float(value)
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be a golden value")
    return format(value, ".9g")


def encode(value, depth=0):
    """JSON text with one line per key near the top and flat lists below."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().tolist() if value.dtype != torch.bfloat16 else value.float().tolist()
    if isinstance(value, numpy.ndarray):
        value = value.tolist()
    if value is None:
        return "null"
    if isinstance(value, (bool, int, float, numpy.number)):
        return number(value)
    if isinstance(value, (str, pathlib.Path)):
        return json.dumps(str(value))
    if isinstance(value, dict):
        pairs = [json.dumps(str(key)) + ":" + encode(item, depth + 1) for key, item in value.items()]
        if depth < 3:
            pad = "\n" + " " * (depth + 1)
            return "{" + pad + ("," + pad).join(pairs) + "\n" + " " * depth + "}"
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        separator = ",\n" + " " * depth if value and isinstance(value[0], dict) else ","
        return "[" + separator.join(encode(item, depth + 1) for item in value) + "]"
    raise TypeError(f"cannot write {type(value)} into a golden file")


def write(name, script, content, packages=()):
    """Write Tests/Fixtures/golden/<name>.json with its origin in front."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    origin = {
        "script": f"Tests/Golden/{pathlib.Path(script).name}",
        "date": datetime.date.today().isoformat(),
        "versions": versions(*packages),
    }
    text = encode({"origin": origin, **content}) + "\n"
    json.loads(text)
    if len(text) > LARGEST_FILE:
        raise ValueError(f"{name}.json would be {len(text)} bytes, more than {LARGEST_FILE}")
    path = GOLDEN / f"{name}.json"
    path.write_text(text)
    print(f"{path.relative_to(FIXTURES.parent.parent)}: {len(text)} bytes")
