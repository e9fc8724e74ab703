"""Arrow's arrays of Python's and NumPy's values, and back, without pandas.

``pa.array``, ``pa.scalar`` and ``to_numpy`` import pandas where it is installed: 50 MB and half a second that
an import of a million rows has no use for. These go by the buffers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


def texts(values: Iterable[str | None]) -> pa.Array:
    """Arrow's text of Python's."""
    import numpy as np
    import pyarrow as pa

    held = list(values)
    encoded = [b"" if text is None else text.encode("utf-8", "replace") for text in held]
    offsets = np.zeros(len(held) + 1, np.int32)
    np.cumsum([len(data) for data in encoded], out=offsets[1:])
    known = None
    if any(text is None for text in held):
        known = _bits(np.fromiter((text is not None for text in held), bool, len(held)))
    return pa.StringArray.from_buffers(len(held), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded)), known)


def word(value: str | None) -> pa.Scalar:
    """One text as Arrow's functions take it beside a column."""
    return texts([value])[0]


def integers(values: np.ndarray, valid: np.ndarray | None = None) -> pa.Array:
    """Arrow's 64-bit integers of NumPy's. Not by `pa.array`: that imports pandas, which costs 50 MB and a second."""
    import pyarrow as pa

    known = None if valid is None else _bits(valid)
    kind = pa.uint64() if values.dtype.kind == "u" else pa.int64()
    return pa.Array.from_buffers(kind, len(values), [known, pa.py_buffer(values)])


def flags(truth: np.ndarray) -> pa.Array:
    """Arrow booleans of NumPy booleans, likewise."""
    import pyarrow as pa

    return pa.Array.from_buffers(pa.bool_(), len(truth), [None, _bits(truth)])


def _bits(truth: np.ndarray) -> pa.Buffer:
    import numpy as np
    import pyarrow as pa

    return pa.py_buffer(np.packbits(truth, bitorder="little"))


def numbers(array: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """NumPy's integers of Arrow's, without copying. Not by `to_numpy`: that imports pandas too."""
    import numpy as np
    import pyarrow as pa

    whole = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    kind = np.dtype(f"{'u' if pa.types.is_unsigned_integer(whole.type) else 'i'}{whole.type.bit_width // 8}")
    return np.frombuffer(whole.buffers()[1], kind)[whole.offset : whole.offset + len(whole)]


def truth(array: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """NumPy's booleans of Arrow's; there must be no nulls."""
    import numpy as np
    import pyarrow as pa

    whole = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    if not len(whole):
        return np.empty(0, bool)
    bits = np.frombuffer(whole.buffers()[1], np.uint8)
    return np.unpackbits(bits, bitorder="little")[whole.offset : whole.offset + len(whole)].astype(bool)
