"""Apache Arrow's columns, as labels are read with them."""

from typing import Any

import numpy as np
import pyarrow
import pyarrow.compute

compute: Any = pyarrow.compute
"""Its functions are made when it is imported, so no checker of types knows them."""


def texts(values: Any) -> pyarrow.Array:
    """One array of texts, from any."""
    array = pyarrow.array(values, pyarrow.string()) if not isinstance(values, pyarrow.ChunkedArray) else values
    return array.combine_chunks() if isinstance(array, pyarrow.ChunkedArray) else array


def trimmed(values: Any) -> pyarrow.Array:
    """Texts without spaces around them."""
    return compute.utf8_trim_whitespace(texts(values))


def numpy_of(values: Any) -> np.ndarray:
    """An array or a chunked array in NumPy."""
    return values.to_numpy(zero_copy_only=False) if isinstance(values, pyarrow.Array) else values.to_numpy()
