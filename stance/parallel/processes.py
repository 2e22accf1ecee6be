"""Workers as processes of this machine, each with its own models and one thread.

They are spawned, not forked: a fork of a process that has loaded ONNX Runtime or spaCy inherits locks without the threads
that hold them. Each is spoken to through a pipe of its own, so the death of one is seen at once and hurts no other.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Sequence
from multiprocessing import connection
from typing import TYPE_CHECKING, Any

from stance import errors
from stance.parallel.schedule import Died, Event, Item, Ready
from stance.pipeline import Settings

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess


class Processes:
    """See `stance.parallel.schedule.Workers`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._alive: dict[int, tuple[SpawnProcess, Connection]] = {}
        self._started = 0

    def start(self) -> int:
        """Start one more process."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, self._settings), daemon=True)
        try:
            process.start()
        except OSError as error:
            raise errors.RunError(f"no more worker processes can be started ({error}); use fewer --jobs") from error
        theirs.close()  # so that the end of the process is the end of the pipe
        self._started += 1
        self._alive[self._started] = process, ours
        return self._started

    def send(self, worker: int, items: Sequence[Item]) -> None:
        """Send a task; that a process is gone is seen by `wait`."""
        try:
            self._alive[worker][1].send(list(items))
        except OSError:
            return

    def wait(self) -> list[tuple[int, Event]]:
        """Wait for messages and deaths."""
        numbers: dict[Any, int] = {pipe: worker for worker, (_, pipe) in self._alive.items()}
        said: list[tuple[int, Event]] = []
        for pipe in connection.wait(list(numbers)):
            worker = numbers[pipe]
            try:
                message = self._alive[worker][1].recv()
            except (EOFError, OSError):
                message = self._buried(worker)
            if isinstance(message, Refused):
                raise message.error()
            said.append((worker, message))
        return said

    def _buried(self, worker: int) -> Died:
        process, pipe = self._alive.pop(worker)
        pipe.close()
        process.join(10)
        return Died(_end(process.exitcode))

    def stop(self) -> None:
        """End the processes: with their pipe, and those that are at work by a signal."""
        for process, pipe in self._alive.values():
            pipe.close()
            process.terminate()
        for process, _ in self._alive.values():
            process.join(10)
        self._alive.clear()


def _end(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit status {code}"
    name = next((known.name for known in signal.Signals if known == -code), f"signal {-code}")
    return f"killed by {name}" + ("; out of memory?" if name == "SIGKILL" else "")


class Refused:
    """A worker cannot be made ready; carries the error as words, since not every exception can be pickled."""

    def __init__(self, error: errors.StanceError) -> None:
        self.kind, self.words = type(error).__name__, str(error)

    def error(self) -> errors.StanceError:
        """The error, in the process that asked."""
        kind = getattr(errors, self.kind, errors.StanceError)
        return errors.StanceError(self.words) if kind is errors.InputError else kind(self.words)


def on_one_thread() -> None:
    """Keep libraries that are loaded from now on from starting threads of their own; `--jobs` says how many there are."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


def serve(pipe: Connection, settings: Settings) -> None:
    """What a worker process does: load, then answer tasks until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asked; it ends this one
    on_one_thread()
    from stance import pipeline

    try:
        try:
            toolkit = pipeline.prepare(settings, threads=1)
            pipe.send(Ready())
            while True:
                pipe.send(pipeline.analyze_block(pipe.recv(), toolkit))
        except errors.StanceError as error:
            pipe.send(Refused(error))
    except (EOFError, OSError):  # whoever asked is gone
        return
