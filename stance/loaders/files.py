"""Open a file wherever it lies and however it is packed; damage comes out as an `InputError`, memory stays bounded."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from stance.errors import InputError, StanceError
from stance.loaders.sources import is_address, suffixes

MAX_BYTES = 64 * 2**20  # of one article's file, and of one row of a table
_CHUNK = 2048  # of packed bytes: even the densest zstd data stay below some megabytes unpacked


@contextmanager
def opened(name: str) -> Iterator[IO[bytes]]:
    """A local path or an address as a stream of its unpacked bytes.

    Raises:
        InputError: it cannot be read, now or while the block reads on (a broken download, a truncated archive).
    """
    try:
        with _raw(name) as raw:
            yield _unpacked(raw, suffixes(name)[1], name)
    except StanceError:
        raise
    except IsADirectoryError as error:
        raise InputError(name, "is a folder, not a file") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(name, f"damaged or truncated archive ({error}); fetch or pack it again") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(name, f"cannot be read ({reason}); check that it exists and its permissions") from error
    except Exception as error:
        if not is_address(name):
            raise
        raise InputError(name, f"cannot be fetched ({_line(error)}); check the address and the network") from error


def read_whole(name: str) -> bytes:
    """All bytes of one article's file.

    Raises:
        InputError: it cannot be read, or is larger than an article can be.
    """
    with opened(name) as file:
        return limited(file, name)


def limited(file: IO[bytes], source: str) -> bytes:
    """All that is left in a stream, up to the size that an article can have.

    Raises:
        InputError: there is more.
    """
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(
            source, f"larger than {MAX_BYTES // 2**20} MB, too large for one article; split it or make it a table"
        )
    return data


def _raw(name: str) -> Any:
    if is_address(name):
        from stance.loaders.remote import open_address

        return open_address(name)
    return open(name, "rb")  # noqa: PTH123 - a name may be `./-`, which must stay a path


def _unpacked(raw: Any, packing: str, name: str) -> Any:
    if packing == ".gz":
        return gzip.GzipFile(fileobj=raw)
    if packing == ".zst":
        return io.BufferedReader(_Zstandard(raw, name), 2**17)
    return raw


def sampled(file: IO[bytes], size: int) -> tuple[bytes, IO[bytes]]:
    """The first bytes of a stream, up to `size`, and the whole stream again."""
    head = file.read(size)
    return head, io.BufferedReader(_Again(head, file), 2**17)


class _Again(io.RawIOBase):
    """What was read already, then the rest."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head, self._rest = memoryview(head), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head[: len(buffer)] if self._head else self._rest.read(len(buffer))
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        return len(data)


class _Zstandard(io.RawIOBase):
    """Zstandard frames as a stream; unlike the library's own reader it tells a truncated file from a whole one."""

    def __init__(self, raw: IO[bytes], name: str) -> None:
        try:
            import zstandard
        except ImportError:
            raise InputError(name, "needs the package zstandard; pip install 'stance-analyser[zstd]'") from None
        self._raw, self._name = raw, name
        self._library = zstandard
        self._frame: Any = None
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            packed = self._raw.read(_CHUNK)
            if not packed:
                if self._frame is not None:
                    raise EOFError("the file ends inside a frame")
                return 0
            self._ready = memoryview(self._unpack(packed))
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def _unpack(self, packed: bytes) -> bytes:
        parts = []
        try:
            while packed:
                if self._frame is None:
                    self._frame = self._library.ZstdDecompressor(max_window_size=2**27).decompressobj()
                parts.append(self._frame.decompress(packed))
                packed = b""
                if self._frame.eof:
                    packed, self._frame = self._frame.unused_data, None
        except self._library.ZstdError as error:
            raise InputError(self._name, f"damaged archive ({error}); fetch or pack it again") from error
        return b"".join(parts)


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}"
