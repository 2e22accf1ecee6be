"""Workers as actors of a Ray cluster (`pip install stance-analyser[ray]`), for several machines or GPUs.

The cluster is the one that `RAY_ADDRESS` names or that is running here; otherwise Ray starts one on this machine. Files
that the settings name (targets, codebooks, rosters, models) must be there on every machine.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

from stance.errors import RunError, StanceError, UsageError
from stance.parallel.processes import Refused, on_one_thread
from stance.parallel.schedule import Died, Event, Item, Ready, Result
from stance.pipeline import Settings


def connect() -> Any:
    """Ray, connected to a cluster.

    Raises:
        UsageError: it is not installed.
        RunError: the cluster does not answer.
    """
    try:
        import ray
    except ImportError:
        raise UsageError("--engine ray: Ray is not installed; pip install 'stance-analyser[ray]'") from None
    if not ray.is_initialized():
        try:
            ray.init(log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
        except ValueError:  # a cluster that is running already takes no settings of ours
            ray.init(log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError) as error:
            where = os.environ.get("RAY_ADDRESS", "here")
            raise RunError(f"no Ray cluster can be reached ({where}: {error}); check `ray status`") from error
    return ray


def room(settings: Settings) -> int:
    """How many workers the cluster has room for: one a CPU, or one a GPU where the model runs on GPUs."""
    kind = "GPU" if settings.device.startswith("cuda") else "CPU"
    return max(1, int(connect().cluster_resources().get(kind, 1)))


class Actor:
    """One worker; lives in a process of its own somewhere in the cluster."""

    def __init__(self, settings: Settings) -> None:
        from stance import pipeline

        on_one_thread()
        self._refused: Refused | None = None
        try:
            self._toolkit = pipeline.prepare(settings, threads=1)
        except StanceError as error:
            self._refused = Refused(error)

    def ready(self) -> Ready | Refused:
        """Whether everything could be loaded."""
        return self._refused or Ready()

    def do(self, items: list[Item]) -> list[Result] | Refused:
        """Analyse a block."""
        from stance import pipeline

        try:
            return pipeline.analyze_block(items, self._toolkit)
        except StanceError as error:
            return Refused(error)


class Actors:
    """See `stance.parallel.schedule.Workers`."""

    def __init__(self, settings: Settings) -> None:
        self._ray = connect()
        self._settings = settings
        self._alive: dict[int, Any] = {}
        self._pending: dict[Any, int] = {}
        self._started = 0
        gpus = 1 if settings.device.startswith("cuda") else 0
        if gpus and not self._ray.cluster_resources().get("GPU"):
            raise UsageError(f"--device {settings.device}: the Ray cluster has no GPU; use --device cpu")
        # Ray gives each actor as many threads (OMP_NUM_THREADS) as CPUs.
        self._class = self._ray.remote(num_cpus=1, num_gpus=gpus, max_restarts=0)(Actor)

    def start(self) -> int:
        """Start one more actor."""
        self._started += 1
        actor = self._alive[self._started] = self._class.remote(self._settings)
        self._pending[actor.ready.remote()] = self._started
        return self._started

    def send(self, worker: int, items: Sequence[Item]) -> None:
        """Send a task."""
        self._pending[self._alive[worker].do.remote(list(items))] = worker

    def wait(self) -> list[tuple[int, Event]]:
        """Wait for results and deaths."""
        finished, _ = self._ray.wait(list(self._pending), num_returns=1)
        said: list[tuple[int, Event]] = []
        for reference in finished:
            worker = self._pending.pop(reference)
            try:
                message = self._ray.get(reference)
            except (self._ray.exceptions.RayActorError, self._ray.exceptions.WorkerCrashedError) as error:
                self._alive.pop(worker)
                message = Died(str(error).splitlines()[0])
            if isinstance(message, Refused):
                raise message.error()
            said.append((worker, message))
        return said

    def stop(self) -> None:
        """End the actors; the cluster stays."""
        for actor in self._alive.values():
            self._ray.kill(actor)
        self._alive.clear()
        self._pending.clear()
