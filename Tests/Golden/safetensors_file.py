"""A small safetensors file written by the reference library, one tensor of each readable type.

Made 2026-11 with safetensors 0.8.0 and numpy 2.4.6 (bfloat16 bytes are given as they are):
    pip install safetensors==0.8.0 numpy==2.4.6
    python3 Tests/Golden/safetensors_file.py Tests/Fixtures/ModelFiles/reference.safetensors
"""

import sys

import numpy as np
from safetensors import TensorSpec, serialize_file

values = np.array([[0.0, 1.0, -2.5], [3.140625, 65504.0, -0.0009765625]], dtype="<f4")
brain = (values.view("<u4") >> 16).astype("<u2")
arrays = {
    "single": ("float32", values),
    "half": ("float16", values.astype("<f2")),
    "brain": ("bfloat16", brain.reshape(3, 2)),
    "count": ("int64", np.array(7, dtype="<i8")),
}
serialize_file(
    {
        name: TensorSpec(
            dtype=dtype, shape=list(array.shape), data_ptr=array.ctypes.data,
            data_len=array.nbytes,
        )
        for name, (dtype, array) in arrays.items()
    },
    sys.argv[1],
    metadata={"format": "pt"},
)
