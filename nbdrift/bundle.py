"""The numbers of an output: a bundle under the MIME type `BUNDLE`, beside what the reader sees.

    name         what the output is called, unique within its notebook
    structure    everything that must be equal: labels, styles, shapes
    computed     {key: array} that training does not touch: equal up to rounding
    first_steps  {key: array} from the first minibatches of a training run: relative 1e-4
    trained      {key: array} from the end of a training run: equal up to the measured re-run noise
"""
import base64
import zlib

import numpy as np

BUNDLE = "application/vnd.nbdrift+json"
SMALL = 256                      # arrays up to this size are written as lists, larger ones packed


def pack(array):
    """A JSON value for numbers of any shape: lists if small, else 16-bit fixed point, compressed (error < 1e-5 of the range)."""
    array = np.asarray(array)
    if array.size <= SMALL:
        return np.vectorize(lambda x: float(f"{x:.9g}"), otypes=[float])(array).tolist() if array.dtype.kind == "f" else array.tolist()
    finite = array[np.isfinite(array)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    steps = np.where(np.isfinite(array), np.round((array - low) / ((high - low) or 1) * 65534), 65535).astype("<u2")
    return {"shape": list(array.shape), "low": low, "high": high,
            "packed": base64.b64encode(zlib.compress(steps.tobytes(), 9)).decode()}


def unpack(value):
    """The array (float64) that `pack` wrote; not-a-number where it was not finite."""
    if not isinstance(value, dict):
        return np.asarray(value, dtype=float)
    steps = np.frombuffer(zlib.decompress(base64.b64decode(value["packed"])), "<u2").astype(float).reshape(value["shape"])
    return np.where(steps == 65535, np.nan, value["low"] + steps / 65534 * (value["high"] - value["low"]))
