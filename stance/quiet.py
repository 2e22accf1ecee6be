"""Without a network the hub's client tells of each of its retries; what is wrong is then said once, by us."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hub() -> Iterator[None]:
    """Keep the hub's client from writing to stderr."""
    logger = logging.getLogger("huggingface_hub")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
