"""The right to write a run folder: one process has it, and it ends with that process, however it ends.

The lock is a file beside the folder. It also holds the key of the run that is under way, so that a later run knows
whether it may resume.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from stance.errors import RunError

_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


def lock_of(root: Path) -> Path:
    """The lock of a run folder."""
    return root.with_name(root.name + ".lock")


class Lock:
    """The lock of the run folder `root`, taken at once.

    Raises:
        RunError: another process holds it.
    """

    def __init__(self, root: Path) -> None:
        self.path = lock_of(root)
        root.parent.mkdir(parents=True, exist_ok=True)
        while True:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                if not _try(self._file):
                    raise RunError(
                        f"{root}: another run is writing to this folder; wait for it or choose another folder"
                    )
                # Whoever held it may have removed the file between our opening and our locking it.
                if os.path.samestat(os.fstat(self._file), os.stat(self.path)):  # noqa: PTH116 - beside fstat
                    return
            except FileNotFoundError:
                pass
            except BaseException:
                os.close(self._file)
                raise
            os.close(self._file)

    @property
    def key(self) -> str:
        """What the last holder that did not finish has left; empty where there is none."""
        os.lseek(self._file, 0, os.SEEK_SET)
        return os.read(self._file, 4096).decode("ascii", "replace")

    @key.setter
    def key(self, value: str) -> None:
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, value.encode("ascii"))

    def release(self, *, keep: bool = False) -> None:
        """Give the right up. With `keep` the file and its key stay, for the run to be resumed."""
        if not keep and os.name == "posix":
            self.path.unlink(missing_ok=True)
        os.close(self._file)
        if not keep and os.name != "posix":  # Windows removes no open file
            self.path.unlink(missing_ok=True)


def _try(file: int) -> bool:
    """Lock an open file; true also where the system or the file system knows no locks: there nothing is guarded."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        return True
    except OSError as error:
        return error.errno not in _TAKEN
    return True
