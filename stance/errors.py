"""Errors that a user can act on: each message says what is wrong, where, and the remedy, in one line."""

from __future__ import annotations


class StanceError(Exception):
    """Base of all errors raised on purpose. The command line prints the message, after `details`, and exits with 2."""

    details: tuple[str, ...] = ()  # lines about single rows, where the message is about many


class UsageError(StanceError):
    """A wrong option, argument or combination of them."""


class ConfigError(StanceError):
    """A configuration file that cannot be read or does not validate (file, line, field)."""


class ModelError(StanceError):
    """A model that is missing, incomplete, of the wrong kind, or whose weights fail their hash."""


class InputError(StanceError):
    """One input that cannot be read. In a run over several inputs it costs that input alone.

    Args:
        source: the path, row or name of the input.
        reason: what is wrong with it and what to do.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class RunError(StanceError):
    """A run folder that is missing, incomplete, locked, or made by an incompatible version."""
