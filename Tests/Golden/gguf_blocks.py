"""Random blocks of every quantised format and their values by the reference implementation.

Made 2026-11 with gguf 0.19.0 and numpy 2.4.6:
    pip install gguf==0.19.0 numpy==2.4.6
    python3 Tests/Golden/gguf_blocks.py Tests/Fixtures/ModelFiles/Blocks

NAME.blocks holds the encoded bytes, NAME.values the little-endian single-precision results.
"""

import sys
from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from gguf.quants import dequantize

# Byte offsets of the half-precision numbers in a block; the rest is arbitrary bits.
HALVES = {
    Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0],
    Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208],
}

target = Path(sys.argv[1])
random = np.random.default_rng(20261101)
for kind, offsets in HALVES.items():
    length, size = GGML_QUANT_SIZES[kind]
    count = 512 // length
    blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
    for offset in offsets:
        # From subnormal to large, both signs.
        scale = random.standard_normal(count) * 10.0 ** random.uniform(-7, 3, count)
        blocks[:, offset : offset + 2] = scale.astype(np.float16)[:, None].view(np.uint8)
    values = dequantize(blocks, kind).astype("<f4")
    (target / f"{kind.name}.blocks").write_bytes(blocks.tobytes())
    (target / f"{kind.name}.values").write_bytes(values.tobytes())

halves = np.arange(65536, dtype=np.uint16)[::7]
(target / "F16.blocks").write_bytes(halves.tobytes())
(target / "F16.values").write_bytes(halves.view(np.float16).astype("<f4").tobytes())
