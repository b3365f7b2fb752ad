"""The tournament: every discriminator classifies the pictures of every generator, and unseen real ones."""

import hashlib
import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gan_core import data
from gan_core.data import Dataset
from gan_core.models import checkpoint
from gan_core.system import files
from gan_core.system.errors import WorkshopError, check_range

VERSION = 1
"""Part of `result_key`; raise it with every change that alters the numbers."""

BATCH = 250
"""Pictures between two reports of progress."""


@dataclass(frozen=True)
class Player:
    """One pair of networks: its name, and their file."""

    name: str
    path: Path


class TournamentResult(BaseModel):
    """How often each D was right. Rows are discriminators, columns generators, both in the order of `names`.

    D_i classifies `real[i]` of `real_count` real test pictures as real, and `fake[i][j]` of `count` pictures of G_j as
    generated. `thresholds[i]` is the score above which D_i says real, 0 for logits. A critic's (`critics[i]`) scores
    have no zero, so its threshold is halfway between its mean scores of the real pictures and of its own generator's,
    as during training. `steps[i]` is the training step of both networks.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    names: list[str]
    steps: list[int]
    critics: list[bool]
    thresholds: list[float] = Field(validation_alias="borders", serialization_alias="borders")
    count: int
    real_count: int = Field(validation_alias="tests", serialization_alias="tests")
    seed: int
    real: list[int]
    fake: list[list[int]]


def check_players(players: Sequence[Player]) -> None:
    """Raise WorkshopError for fewer than two, or if they were trained on different pictures."""
    if len(players) < 2:
        raise WorkshopError("A tournament needs two or more runs with kept weights.")
    trained_on = [checkpoint.read_metadata(player.path)[0].data for player in players]
    kinds = [(config.dataset, config.size, config.classes) for config in trained_on]
    for player, kind in zip(players, kinds, strict=True):
        if kind != kinds[0]:
            raise WorkshopError(
                f"{player.name} learned from other pictures than {players[0].name}; "
                "a tournament needs runs of the same data set, classes and size."
            )


def play(
    players: Sequence[Player], *, count: int = 1000, seed: int = 0
) -> Generator[tuple[int, int], None, TournamentResult]:
    """Play it, yielding how many of all pictures to draw and to classify are done; returns the result.

    All generators draw `count` pictures from the same noise (`seed`), conditional ones all classes in turn. Real
    pictures are the test split's, at most `count`, each class by its share. All are classified as 8-bit pictures, by D
    in evaluation mode. Raises WorkshopError.
    """
    check_players(players)
    check_range("count", count, 1, 100_000)
    real = _test_pictures(players[0], count)
    done, total = 0, len(players) * (count + len(real) + len(players) * count)
    pictures: list[tuple[np.ndarray, np.ndarray]] = [(real.images.transpose(0, 2, 3, 1), real.labels)]
    for player in players:
        pictures.append(checkpoint.load(player.path).sample(count, seed))
        done += count
        yield done, total
    steps, critics, thresholds, on_real, on_fake = [], [], [], [], []
    for number, player in enumerate(players, 1):
        discriminator = checkpoint.load_discriminator(player.path)
        scores: list[np.ndarray] = []
        for images, labels in pictures:
            parts = []
            for start in range(0, len(images), BATCH):
                piece = slice(start, start + BATCH)
                parts.append(discriminator.scores(np.ascontiguousarray(images[piece]), labels[piece]))
                done += len(parts[-1])
                yield done, total
            scores.append(np.concatenate(parts))
        middle = (float(scores[0].mean()) + float(scores[number].mean())) / 2
        steps.append(discriminator.step)
        critics.append(discriminator.is_critic)
        thresholds.append(middle if discriminator.is_critic else 0.0)
        on_real.append(int((scores[0] > thresholds[-1]).sum()))
        on_fake.append([int((fake <= thresholds[-1]).sum()) for fake in scores[1:]])
    return TournamentResult(
        names=[player.name for player in players],
        steps=steps,
        critics=critics,
        thresholds=thresholds,
        count=count,
        real_count=len(real),
        seed=seed,
        real=on_real,
        fake=on_fake,
    )


def result_key(players: Sequence[Player], *, count: int = 1000, seed: int = 0) -> str:
    """A hash of all that decides the result: the files' contents, their order, names, `count` and `seed`."""
    digest = hashlib.sha256(json.dumps([VERSION, count, seed, [player.name for player in players]]).encode())
    for player in players:
        with player.path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:32]


def load_result(folder: Path, key: str) -> TournamentResult | None:
    """The result saved in `folder` under this `result_key`; None if it is missing or damaged: then play again."""
    try:
        return TournamentResult.model_validate_json((folder / f"{key}.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def save_result(folder: Path, key: str, result: TournamentResult) -> None:
    """Save `result` in `folder` under its `result_key`."""
    folder.mkdir(parents=True, exist_ok=True)
    files.write_atomic(folder / f"{key}.json", result.model_dump_json(by_alias=True).encode())


def _test_pictures(player: Player, count: int) -> Dataset:
    config = checkpoint.read_metadata(player.path)[0].data
    chosen = {"split": "test", "classes": config.classes, "size": config.size}
    dataset = data.load(config.dataset, **chosen)
    return dataset if len(dataset) <= count else data.load(config.dataset, **chosen, limit=count)
