"""NF4 and double quantisation of fixed tensors, by bitsandbytes' CPU backend.

    python Tests/Golden/nf4.py        writes Tests/Fixtures/golden/nf4.json

Beside the codes of the CPU backend, each case holds the codes an exact evaluation of the CUDA kernels'
arithmetic gives (functions `cuda_*` below, numpy float32); Tests/Golden/NF4.md says where and why the two differ.
"""

import bitsandbytes.functional as bnb
import numpy
import torch

import goldenfile

BLOCK = 64
NESTED_BLOCK = 256
NF4 = bnb.get_4bit_type("nf4", device="cpu")
DYNAMIC = bnb.create_dynamic_map()
F = numpy.float32

# Thresholds of dQuantizeNF4 in bitsandbytes csrc/kernels.cu, ascending.
CUDA_THRESHOLDS = [
    -0.8480964004993439, -0.6106329262256622, -0.4599952697753906, -0.33967943489551544, -0.23460740596055984,
    -0.13791173323988914, -0.045525018125772476, 0.03979014977812767, 0.1202552504837513, 0.2035212516784668,
    0.2920137718319893, 0.3893125355243683, 0.5016634166240692, 0.6427869200706482, 0.8614784181118011,
]


def cuda_nf4(values):
    """Unpacked NF4 codes as the CUDA kernel's arithmetic gives them."""
    thresholds = numpy.array(CUDA_THRESHOLDS, dtype=F)
    codes, scales = [], []
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        scale = numpy.abs(block).max()
        scales.append(scale)
        if scale == 0:  # 0 x infinity is NaN, which is above no threshold
            codes += [0] * len(block)
            continue
        codes += [int((x > thresholds).sum()) for x in block * (F(1) / scale)]
    return codes, scales


def cuda_dynamic_codes(x):
    """The 8-bit codes dQuantize<0> chooses for values scaled to [-1, 1]."""
    code = DYNAMIC.numpy()
    pivot = numpy.full(len(x), 127)
    upper, lower = numpy.full(len(x), 255), numpy.zeros(len(x), dtype=int)
    for step in (64, 32, 16, 8, 4, 2, 1):
        above = x > code[pivot]
        lower = numpy.where(above, pivot, lower)
        upper = numpy.where(above, upper, pivot)
        pivot = pivot + numpy.where(above, step, -step)
    up = numpy.where(x > (code[upper] + code[pivot]) * F(0.5), upper, pivot)
    down = numpy.where(x < (code[lower] + code[pivot]) * F(0.5), lower, pivot)
    return numpy.where(x > code[pivot], up, down)


def cuda_nested(centred):
    """8-bit codes and scales of centred absmax values, block size 256."""
    codes, scales = [], []
    for start in range(0, len(centred), NESTED_BLOCK):
        block = centred[start : start + NESTED_BLOCK]
        scale = numpy.abs(block).max()
        scales.append(scale)
        # 0 x infinity is NaN, which is above no entry: code 0.
        codes += cuda_dynamic_codes(block * (F(1) / scale)).tolist() if scale > 0 else [0] * len(block)
    return codes, scales


def cpu_dynamic_codes(centred):
    """What the CPU library's 65,536-bin table gives; must equal the library (asserted)."""
    code = DYNAMIC.numpy()
    middles = F(0.5) * (code[:-1] + code[1:])
    bins = F(-1) + (F(2) * numpy.arange(65536).astype(F)) / F(65535)
    table = numpy.searchsorted(middles, bins, side="left")
    result = []
    for start in range(0, len(centred), NESTED_BLOCK):
        block = centred[start : start + NESTED_BLOCK]
        scale = numpy.abs(block).max()
        if scale == 0:
            result += [0] * len(block)
            continue
        scaled = numpy.clip(block * (F(1) / scale), F(-1), F(1))
        result += table[((scaled + F(1)) * F(0.5) * F(65535) + F(0.5)).astype(numpy.uint16)].tolist()
    return result


def unpack(packed, count):
    return [code for byte in packed for code in (byte >> 4, byte & 15)][:count]


def case(name, note, tensor, whole=True):
    tensor = tensor.to(torch.float32)
    # Flattened: with AVX-512, bitsandbytes 0.50.2 restores rows whose width is no multiple of the block size
    # with the wrong scales (see NF4.md); one row has no such border.
    shape, tensor = list(tensor.shape), tensor.reshape(-1)
    count = tensor.numel()
    packed, plain = bnb.quantize_4bit(tensor, blocksize=BLOCK, quant_type="nf4", compress_statistics=False)
    nested_packed, nested = bnb.quantize_4bit(tensor, blocksize=BLOCK, quant_type="nf4", compress_statistics=True)
    assert torch.equal(packed, nested_packed)
    packed = packed.reshape(-1).tolist()
    offset = nested.offset
    absmax = plain.absmax
    centred = (absmax - offset).numpy()
    restored = bnb.dequantize_blockwise(nested.absmax, nested.state2) + offset
    dequantised = bnb.dequantize_4bit(torch.tensor(packed, dtype=torch.uint8).reshape(-1, 1), plain)
    dequantised_nested = bnb.dequantize_4bit(nested_packed, nested)

    # The description in NF4.md, checked against the library.
    codes = unpack(packed, count)
    assert cpu_dynamic_codes(centred) == nested.absmax.tolist(), name
    scale = absmax.repeat_interleave(BLOCK)[:count]
    assert torch.equal(NF4[codes] * scale, dequantised.reshape(-1)), name
    nested_scale = restored.repeat_interleave(BLOCK)[:count]
    assert torch.equal(NF4[codes] * nested_scale, dequantised_nested.reshape(-1)), name
    cuda_codes, cuda_scales = cuda_nf4(tensor.reshape(-1).numpy())
    exact_codes, exact_scales = cuda_nested(centred)
    assert numpy.array_equal(numpy.array(exact_scales, dtype=F), nested.state2.absmax.numpy())
    exact_restored = DYNAMIC[exact_codes] * nested.state2.absmax.repeat_interleave(NESTED_BLOCK)[: len(exact_codes)] + offset
    exact_dequantised = NF4[codes] * exact_restored.repeat_interleave(BLOCK)[:count]
    keep = slice(None) if whole else slice(0, 256)
    differing = [i for i, (a, b) in enumerate(zip(codes, cuda_codes)) if a != b]
    nested_differing = [i for i, (a, b) in enumerate(zip(nested.absmax.tolist(), exact_codes)) if a != b]
    print(f"{name}: {count} values, {len(absmax)} blocks; codes that differ from CUDA arithmetic: "
          f"{len(differing)}, nested: {len(nested_differing)}")
    return {
        "name": name,
        "note": note,
        "shape": shape,
        "input": tensor.reshape(-1),
        "packed": packed,
        "absmax": absmax,
        "codes_differing_from_cuda": differing,
        "dequantised_count": len(dequantised.reshape(-1)[keep]),
        "dequantised": dequantised.reshape(-1)[keep],
        "nested": {
            "offset": offset,
            "absmax": nested.state2.absmax,
            "cpu_codes": nested.absmax,
            "cpu_restored_absmax": restored,
            "cpu_dequantised": dequantised_nested.reshape(-1)[keep],
            "exact_codes": exact_codes,
            "exact_restored_absmax": exact_restored,
            "exact_dequantised": exact_dequantised[keep],
        },
    }


def midpoints():
    """Every code, every threshold and its float neighbours, in blocks whose absmax is exactly 1."""
    values = NF4.numpy().tolist()
    for threshold in numpy.array(CUDA_THRESHOLDS, dtype=F):
        values += [float(numpy.nextafter(threshold, F(-2))), float(threshold), float(numpy.nextafter(threshold, F(2)))]
    values = values + [1.0] + [0.0, -0.0]
    return torch.tensor(values, dtype=torch.float64).to(torch.float32)


def means():
    """`torch.mean` of long runs, whose last bit shows the order of the additions."""
    counts = [1, 3, 7, 8, 31, 100, 588, *range(1000, 40000, 1997), 100003]
    runs = [torch.tensor(1 + 0.5 * numpy.sin(0.7 * numpy.arange(n)), dtype=torch.float64).float() for n in counts]
    return {"values": "1 + 0.5 * sin(0.7 * i), double, then float32", "counts": counts, "means": [run.mean() for run in runs]}


def main():
    generator = torch.Generator().manual_seed(20261125)
    normal = lambda *shape: torch.randn(*shape, generator=generator)
    bounds = (NF4[:-1] + NF4[1:]) / 2
    assert torch.equal(bounds, torch.tensor(CUDA_THRESHOLDS, dtype=torch.float64).to(torch.float32))
    zeros = normal(4, 64)
    zeros[1] = 0
    extremes = normal(8, 64) * torch.tensor([1e-30, 1e-12, 1e-3, 1.0, 3e2, 1e4, 1e12, 1e30])[:, None]
    outlier = normal(2, 64) * 0.02
    outlier[0, 5], outlier[1, 63] = -3.5, 11.0
    many = torch.round(normal(300, 64) * (0.5 + torch.rand(300, 1, generator=generator)) * 1e4) / 1e4
    cases = [
        case("normal", "48 whole blocks; rows of 48 cross block borders", normal(64, 48)),
        case("zero-block", "block 1 is all zero: absmax 0, codes 7", zeros),
        case("extremes", "one scale a block, from 1e-30 to 1e30", extremes),
        case("outliers", "one value far beyond the others", outlier),
        case("partial", "97 values: one whole block and 33 values; the last low nibble is padding", normal(97)),
        case("odd-matrix", "7 x 13: odd rows, 91 values", normal(7, 13)),
        case("single", "one value", normal(1)),
        case("thresholds", "codes, thresholds and their neighbours; ties go to the lower code", midpoints()),
        case("many", "300 blocks, so the nested scales are 256 + 44; dequantised: first 256 values", many, whole=False),
    ]
    goldenfile.write("nf4", __file__, {
        "block_size": BLOCK,
        "nested_block_size": NESTED_BLOCK,
        "packing": "value 2i in the high nibble of byte i, value 2i+1 in the low nibble",
        "nf4_codes": NF4,
        "nf4_thresholds": bounds,
        "dynamic_map": DYNAMIC,
        "means": means(),
        "cases": cases,
    }, ("bitsandbytes",))


if __name__ == "__main__":
    main()
