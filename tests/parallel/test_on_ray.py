"""A run on a Ray cluster of two workers on this machine, one of which is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stance import api
from stance.errors import StanceError
from stance.parallel import on_ray
from stance.pipeline import Settings

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.slow
ARTICLE = (
    "Town {n} votes\n\n“The bridge is safe, and plan {n} will keep it so,” said Ada Brink, the engineer of Lorn.\n"
)
SETTINGS = Settings(extractor="rules", frames=(), targets=("the bridge",))


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("articles")
    for n in range(120):
        (folder / f"a{n:03}.txt").write_text(ARTICLE.format(n=n), encoding="utf-8")
    return folder


@pytest.mark.usefixtures("cluster")
def test_one_worker_killed_and_still_the_same_bytes(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools: list[Any] = []

    class Watched(on_ray.Actors):
        def __init__(self, settings: Settings) -> None:
            super().__init__(settings)
            pools.append(self)

    def progress(done: int, _: str) -> None:
        if done == 5:
            (pool,) = pools
            ray.kill(next(iter(pool._alive.values())))

    monkeypatch.setattr(on_ray, "Actors", Watched)
    api.execute([str(articles)], SETTINGS, out=tmp_path / "ray", engine="ray", progress=progress)
    assert pools[0]._started == 3
    api.execute([str(articles)], SETTINGS, out=tmp_path / "one", jobs=1)
    for path in sorted((tmp_path / "one").iterdir()):
        if path.name != "run.json":
            assert (tmp_path / "ray" / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.usefixtures("cluster")
def test_what_a_worker_cannot_load_is_one_clear_error() -> None:
    pool = on_ray.Actors(Settings(speakers_file="no-such-roster.yaml"))
    pool.start()
    with pytest.raises(StanceError, match="no-such-roster"):
        pool.wait()
    pool.stop()
