"""Weights in 4 bits, for models that would be too large to come with the package.

Matrices of the encoder's layers are kept in 4 bits with a half-precision scale for every `BLOCK` weights of a row, the word table
in 8 bits with a scale a row, all else in half precision: 4.5 bits a weight. They are unpacked once, when the model is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
BLOCK = 32
PATTERN = "packed*.safetensors"
FILE_SIZE = 48_000_000  # bytes at most: hosts of code take no more than 50 MB a file without complaint
FOUR, EIGHT, SCALE = ".four_bits", ".eight_bits", ".scale"
_LAYERS = re.compile(r"encoder\.layer\.\d+\..*\.weight")
_WORDS = re.compile(r"word_embeddings\.weight")


def is_packed(folder: Path) -> bool:
    """Whether a model folder holds packed weights."""
    return any(folder.glob(PATTERN))


def is_part(name: str) -> bool:
    """Whether a file of this name holds packed weights."""
    return fnmatch(name, PATTERN)


def four_bits(weight: Array, moments: Array | None = None) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """A matrix in 4 bits.

    With the moments of what the matrix is multiplied with, the error of rounding a column is made up for in the columns that
    are still to be rounded (GPTQ: Frantar et al. 2023).

    Args:
        weight: shape (rows, columns), columns a multiple of `BLOCK`.
        moments: x xᵀ summed over vectors x that are multiplied with it, shape (columns, columns).

    Returns:
        The numbers, two to a byte, shape (rows, columns / BLOCK, BLOCK / 2), and the scales, shape (rows, columns / BLOCK).
    """
    left = weight.astype(np.float32, copy=True)
    upper = None if moments is None else _made_up(moments)
    numbers, scales = np.empty(left.shape, np.uint8), np.empty((len(left), left.shape[1] // BLOCK), np.float16)
    for start in range(0, left.shape[1], BLOCK):
        end = start + BLOCK
        scale = span(left[:, start:end])
        scales[:, start // BLOCK] = scale
        scale = np.where(scale == 0, 1, scale).astype(np.float16).astype(np.float32)
        if upper is None:
            numbers[:, start:end] = _steps(left[:, start:end], scale[:, None]) + 8
            continue
        errors = np.empty((len(left), BLOCK), np.float32)
        for at in range(start, end):
            steps = _steps(left[:, at], scale)
            numbers[:, at] = steps + 8
            errors[:, at - start] = (left[:, at] - steps * scale) / upper[at, at]
            left[:, at:end] -= np.outer(errors[:, at - start], upper[at, at:end])
        left[:, end:] -= errors @ upper[start:end, end:]
    pairs = numbers.reshape(len(left), -1, BLOCK)
    return np.asarray(pairs[..., ::2] | pairs[..., 1::2] << 4, dtype=np.uint8), scales


def span(block: Array) -> Array:
    """The scale of each row of a block, shape (rows,).

    Of several spans the one with the least squared error is taken, and its scale is then the least-squares one for the rounded
    numbers: clipping the largest weight often costs less than coarse steps. The largest one's sign decides which end has
    the extra step.
    """
    peak = np.take_along_axis(block, np.abs(block).argmax(axis=1)[:, None], axis=1)
    scale, error = np.zeros_like(peak), np.full(peak.shape, np.inf, np.float32)
    for share in (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7):
        steps = _steps(block, np.where(peak == 0, 1, peak * share / -8))
        fitted = (block * steps).sum(1, keepdims=True) / np.maximum((steps * steps).sum(1, keepdims=True), 1e-8)
        missed = ((block - steps * fitted) ** 2).sum(1, keepdims=True)
        scale, error = np.where(missed < error, fitted, scale), np.minimum(missed, error)
    return np.asarray(scale[:, 0])


def _steps(values: Array, scale: Array) -> Array:
    return np.asarray(np.clip(np.round(values / scale), -8, 7))


def _made_up(moments: Array) -> Array:
    """How an error in one column is made up for in those after it: the upper Cholesky factor of the inverse of the moments."""
    whole = moments.astype(np.float64)
    whole[np.diag_indices_from(whole)] += 0.01 * np.mean(np.diag(whole)) + 1e-8
    return np.asarray(np.linalg.cholesky(np.linalg.inv(whole)).T, dtype=np.float32)


def pack(weights: Mapping[str, Array], moments: Mapping[str, Array] | None = None) -> dict[str, NDArray[Any]]:
    """Packed tensors of a transformers model's weights, by their names with an ending of `FOUR`, `EIGHT` and `SCALE`.

    Args:
        weights: by transformers name.
        moments: of what matrices are multiplied with, by the name of the matrix; see `four_bits`.
    """
    out: dict[str, NDArray[Any]] = {}
    for name, value in weights.items():
        if value.ndim == 2 and _LAYERS.search(name) and value.shape[1] % BLOCK == 0:
            out[name + FOUR], out[name + SCALE] = four_bits(value, (moments or {}).get(name))
        elif _WORDS.search(name):
            scale = np.maximum(np.abs(value).max(axis=1, keepdims=True), 1e-6) / 127
            out[name + EIGHT], out[name + SCALE] = np.round(value / scale).astype(np.int8), scale.astype(np.float16)
        else:
            out[name] = value.astype(np.float16)
    return out


def unpack(tensors: Mapping[str, NDArray[Any]]) -> dict[str, Array]:
    """The weights that `pack` packed, in single precision, by their transformers names."""
    out: dict[str, Array] = {}
    for name, value in tensors.items():
        if name.endswith(FOUR):
            scale = tensors[name.removesuffix(FOUR) + SCALE].astype(np.float32)
            blocks = np.empty((*value.shape[:2], BLOCK), np.float32)
            blocks[..., ::2], blocks[..., 1::2] = value & 15, value >> 4
            blocks -= 8
            blocks *= scale[..., None]
            out[name.removesuffix(FOUR)] = blocks.reshape(len(value), -1)
        elif name.endswith(EIGHT):
            out[name.removesuffix(EIGHT)] = value * tensors[name.removesuffix(EIGHT) + SCALE].astype(np.float32)
        elif not name.endswith(SCALE):
            out[name] = value.astype(np.float32)
    return out


def write(weights: Mapping[str, Array], folder: Path, moments: Mapping[str, Array] | None = None) -> list[str]:
    """Write the weights of a model as `packed1.safetensors`, `packed2.safetensors`, …; gives these names. See `pack`."""
    from safetensors.numpy import save_file

    names = []
    for number, part in enumerate(_parts(pack(weights, moments)), start=1):
        names.append(f"packed{number}.safetensors")
        save_file(part, folder / names[-1], metadata={"format": "stance"})
    return names


def _parts(tensors: Mapping[str, NDArray[Any]]) -> Iterator[dict[str, NDArray[Any]]]:
    part: dict[str, NDArray[Any]] = {}
    for name, value in tensors.items():
        if part and sum(held.nbytes for held in part.values()) + value.nbytes > FILE_SIZE:
            yield part
            part = {}
        part[name] = value
    yield part


def read(folder: Path) -> dict[str, Array]:
    """The weights in a folder that `write` wrote, in single precision, by their transformers names.

    Raises:
        OSError, safetensors.SafetensorError: a file cannot be read or is damaged.
    """
    from safetensors.numpy import load_file

    tensors: dict[str, NDArray[Any]] = {}
    for path in sorted(folder.glob(PATTERN)):
        tensors |= load_file(path)
    return unpack(tensors)
