"""Addresses that fsspec opens (`s3://`, `gs://`, `https://`, ...): only those that a user names, never one found in a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stance.errors import InputError, UsageError

REMEDY = "pip install 'stance-analyser[remote]'"


def find(address: str, wanted: Callable[[str], bool]) -> list[str]:
    """The files under an address: itself, the readable files of a folder, or what a pattern matches.

    Raises:
        UsageError: an unknown scheme, a missing package, an empty folder, a pattern without match.
    """
    if address.startswith(("http://", "https://")):
        return [address]
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(address)
        if any(sign in path for sign in "*?["):
            names = [name for name in system.glob(path) if not system.isdir(name)]
        elif system.isdir(path):
            names = [name for name in system.find(path) if wanted(name)]
        else:
            return [address]
    except (ImportError, ValueError) as error:
        raise UsageError(f"{address}: no reader for this address ({error}); {REMEDY}") from error
    except Exception as error:  # every service has errors of its own
        raise UsageError(f"{address}: cannot be listed ({type(error).__name__}: {error}); check the address") from error
    if not names:
        raise UsageError(f"{address}: no readable file there; check the address")
    return [system.unstrip_protocol(name) for name in sorted(names)]


def open_address(address: str) -> Any:
    """A context manager that opens an address for reading bytes.

    Raises:
        InputError: no reader for its scheme is installed.
    """
    try:
        import fsspec

        return fsspec.open(address, "rb")
    except (ImportError, ValueError) as error:
        raise InputError(address, f"no reader for this address ({error}); {REMEDY}") from error
