"""Counts live GPU storage while real eager PyTorch code runs on fake CUDA tensors: no GPU, no data, every allocation.

Fake tensors (torch._subclasses.FakeTensorMode) carry shapes, dtypes, strides and storages, but no numbers. The CPU build of torch has
all the CUDA autocast and autograd rules; it lacks only a device guard and hooks, which fake_cuda.cpp supplies (compiled with g++ on first use).
A storage counts from the op that returns it until the last reference goes, rounded up to 512 bytes, as `torch.cuda.memory_allocated` counts it.

Not counted: the CUDA context, cuBLAS workspaces (8,519,680 bytes per thread that multiplies, 33,554,432 on sm_90; forward and backward are two threads),
and temporaries inside kernels, except those added by `workspace`.
"""

import collections
import ctypes
import importlib.util
import math
import pathlib
import subprocess
import tempfile
import weakref


def load_fake_cuda():
    """Registers a CUDA device guard and hooks before torch first asks for them."""
    package = pathlib.Path(importlib.util.find_spec("torch").origin).parent
    source = pathlib.Path(__file__).with_name("fake_cuda.cpp")
    library = pathlib.Path(tempfile.gettempdir()) / f"fake_cuda_{source.stat().st_mtime_ns}.so"
    if not library.exists():
        partial = library.with_suffix(f".{id(package)}")
        subprocess.run(["g++", "-std=c++20", "-O1", "-shared", "-fPIC", f"-I{package}/include", str(source), f"-L{package}/lib",
                        "-ltorch_cpu", "-lc10", "-o", str(partial)], check=True)
        partial.rename(library)
    for name in ("libc10.so", "libtorch_cpu.so"):
        ctypes.CDLL(str(package / "lib" / name), ctypes.RTLD_GLOBAL)
    ctypes.CDLL(str(library))


load_fake_cuda()

import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

aten = torch.ops.aten
SCALES_ONCE = False
LIBRARY = torch.library.Library("aten", "IMPL")


def rounded(bytes_):
    return (bytes_ + 511) // 512 * 512


Block = collections.namedtuple("Block", "id bytes op shape dtype phase module depth born")


class Tracer(TorchDispatchMode):
    """Running total of live CUDA storages, with a log from which any moment can be rebuilt."""

    def __init__(self):
        super().__init__()
        self.live, self.blocks, self.died = {}, {}, {}
        self.total = 0
        self.peaks = {}
        self.phase = "load"
        self.stack = []
        self.clock = 0
        self.serial = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = func._overloadpacket.__name__
        if name == "gemm_4bit":
            with self:
                return dequantise_and_multiply(*args, **kwargs)
        if name == "add" and not self.stack and self.phase.startswith("backward") and accumulates_in_place(*args[:2]):
            func = aten.add_.Tensor
        result = func(*args, **kwargs)
        self.clock += 1
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                self.see(leaf, name)
        extra = workspace(name, args)
        if extra:
            self.note(self.total + extra, name)
        return result

    def see(self, tensor, op):
        if tensor.device.type != "cuda":
            return
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self.live:
            return
        size = rounded(storage.nbytes())
        self.serial += 1
        block = Block(self.serial, size, op, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), self.phase,
                      self.stack[-1] if self.stack else "", len(self.stack), self.clock)
        self.live[key] = block
        self.blocks[block.id] = block
        self.total += size
        weakref.finalize(storage, self.gone, key, block.id)
        self.note(self.total, op)

    def gone(self, key, identifier):
        block = self.live.get(key)
        if block is not None and block.id == identifier:
            del self.live[key]
            self.total -= block.bytes
            self.died[identifier] = (self.clock, self.phase, len(self.stack))

    def note(self, total, op):
        best = self.peaks.get(self.phase)
        if best is None or total > best[0]:
            self.peaks[self.phase] = (total, self.clock, op, self.stack[-1] if self.stack else current_node(), total - self.total)

    def enter(self, phase):
        self.phase = phase
        self.note(self.total, "start")

    def at(self, clock):
        """Blocks live when op number `clock` had returned its results."""
        forever = (math.inf, "", 0)
        return [b for b in self.blocks.values() if b.born <= clock and self.died.get(b.id, forever)[0] >= clock]

    def identifier(self, tensor):
        block = self.live.get(tensor.untyped_storage()._cdata)
        return block.id if block else None

    def watch(self, model):
        """Names the module at work; forward hooks hold no tensors."""
        names = {id(m): n for n, m in model.named_modules()}
        def push(module, inputs):
            self.stack.append(names.get(id(module)) or type(module).__name__)
        def pop(module, inputs, outputs):
            self.stack.pop()
        torch.nn.modules.module.register_module_forward_pre_hook(push)
        torch.nn.modules.module.register_module_forward_hook(pop, always_call=True)


def accumulates_in_place(first, second):
    """Whether the autograd engine, summing gradients of one tensor, would write into the first: it alone holds it and its storage.

    The engine never does so for tensor subclasses such as fake ones. Counts seen here are larger by the references of this call: three to the
    tensor, one to the storage. A result of `view` keeps its base alive, so it is never reused.
    """
    return (isinstance(second, torch.Tensor) and not torch.is_grad_enabled() and first.shape == second.shape and first.dtype == second.dtype
            and first._use_count() == 4 and torch._C._storage_Use_Count(first.untyped_storage()._cdata) == 2
            and torch.ops.aten.is_non_overlapping_and_dense(first))


def current_node():
    node = torch._C._current_autograd_node()
    return node.name() if node is not None else ""


def workspace(name, args):
    """Bytes that CUDA kernels allocate and free within an op: attention backward (aten/src/ATen/native/transformers/cuda) and softmax of strided input."""
    if name in ("_log_softmax", "_softmax") and not args[0].is_contiguous():
        return rounded(args[0].element_size() * args[0].numel())
    if name == "_scaled_dot_product_flash_attention_backward":
        query, key = args[1], args[2]
        batch, heads, length, width = query.shape
        padded = (length + 127) // 128 * 128
        wide = (width + 31) // 32 * 32
        total = rounded(4 * batch * heads * padded) + rounded(4 * batch * heads * padded * wide)
        for tensor in (args[0], args[4]):
            if not tensor.transpose(1, 2).is_contiguous():
                total += rounded(tensor.element_size() * tensor.numel())
        if key.shape[1] != heads:
            total += 2 * rounded(query.element_size() * batch * key.shape[2] * heads * width)
        return total
    if name == "_scaled_dot_product_efficient_attention_backward":
        query = args[1]
        batch, heads, length, width = query.shape
        return rounded(4 * batch * heads * ((length + 31) // 32 * 32)) + rounded(4 * query.numel())
    return 0


def dequantise_and_multiply(A, B, shapeB, absmax, blocksize, quant_type, bias=None, absmax_8bit=None, absmax_code=None, absmax_offset=None):
    """What bitsandbytes 0.50's CUDA gemm_4bit does for more than 1,536 rows: restore the scales, restore the weight, multiply.

    Its locals keep the scales alive during the product, before and after the offset; the release of 2024 that `classic` stands for kept one copy.
    """
    if absmax_8bit is not None:
        scales = torch.empty_like(absmax_8bit, dtype=torch.float32)
        shifted = scales.add_(absmax_offset) if SCALES_ONCE else scales + absmax_offset
    weight = torch.empty(shapeB, dtype=A.dtype, device=A.device)
    return F.linear(A, weight, bias)


def attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    """F.scaled_dot_product_attention as the CUDA build dispatches it.

    Flash without a mask, memory-efficient with one; neither broadcasts heads, so multi-query attention that was not expanded falls to plain matrix products.
    """
    if torch.is_autocast_enabled("cuda"):
        dtype = torch.get_autocast_dtype("cuda")
        query, key, value = query.to(dtype), key.to(dtype), value.to(dtype)
        if attn_mask is not None and attn_mask.is_floating_point():
            attn_mask = attn_mask.to(dtype)
    if key.shape[1] != query.shape[1] and not enable_gqa:
        with torch.autocast("cuda", enabled=False):
            return aten._scaled_dot_product_attention_math(query, key, value, attn_mask, dropout_p, is_causal, None, scale=scale)[0]
    if enable_gqa and attn_mask is not None:
        repeats = query.shape[1] // key.shape[1]
        key, value = key.repeat_interleave(repeats, 1), value.repeat_interleave(repeats, 1)
    if attn_mask is None and query.dtype != torch.float32 and query.shape[-1] == value.shape[-1] <= 256:
        width = query.shape[-1]
        pad = -width % 8
        if pad:
            query, key, value = (F.pad(t, (0, pad)) for t in (query, key, value))
        scale = scale if scale is not None else 1 / math.sqrt(width)
        result = aten._scaled_dot_product_flash_attention(query, key, value, dropout_p, is_causal, False, scale=scale)[0]
        return result[..., :width] if pad else result
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        attn_mask = torch.zeros_like(attn_mask, dtype=query.dtype).masked_fill_(attn_mask.logical_not(), -math.inf)
    if attn_mask is not None:
        attn_mask = attn_mask.expand(query.shape[0], query.shape[1], query.shape[2], key.shape[2])
    needs_gradient = torch.is_grad_enabled() and (query.requires_grad or key.requires_grad or value.requires_grad)
    return aten._scaled_dot_product_efficient_attention(query, key, value, attn_mask, needs_gradient, dropout_p, is_causal, scale=scale)[0]


def fixed_where(tokens_per_expert):
    """torch.where(mask) with as many results as balanced routing gives: the number cannot be read from fake data."""
    original = torch.where
    def where(condition, *rest, **named):
        if rest or named:
            return original(condition, *rest, **named)
        indices = torch.empty((tokens_per_expert, condition.dim()), dtype=torch.int64, device=condition.device)
        return tuple(indices[:, i] for i in range(condition.dim()))
    return where


def install():
    """Lets CPU-only torch take the paths of a CUDA build."""
    torch.cuda.amp.common.amp_definitely_not_available = lambda: False
    torch.cuda.get_device_capability = lambda *_: (8, 0)
    torch.cuda.is_bf16_supported = lambda *_, **__: True
    F.scaled_dot_product_attention = attention
    torch.nn.Module._apply = apply_to_parameters
    # The one op of these models with a fused CUDA kernel and a composite fall-back, which a build without CUDA would take.
    LIBRARY.impl("silu_backward", lambda gradient, input: torch.empty_like(input), "CUDA")


def apply_to_parameters(module, function, recurse=True):
    """Module._apply without swapping tensors, which fake ones cannot."""
    for child in module.children():
        apply_to_parameters(child, function)
    for name, parameter in module._parameters.items():
        if parameter is not None:
            with torch.no_grad():
                result = function(parameter)
            if result is not parameter:
                module._parameters[name] = torch.nn.Parameter(result, requires_grad=parameter.requires_grad)
    for name, buffer in module._buffers.items():
        if buffer is not None:
            module._buffers[name] = function(buffer)
    return module
