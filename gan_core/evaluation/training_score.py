"""The two ways to score a run while it trains: `light` and `full`. Each is built once, then looks at drawn pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from gan_core.config import DataConfig
from gan_core.data import Dataset
from gan_core.evaluation import evaluate
from gan_core.evaluation.evaluate import Draw
from gan_core.evaluation.quick_score import Light
from gan_core.evaluation.reference import Memory, Reference

FULL = evaluate.COUNT
"""Pictures of a full score."""


@dataclass(frozen=True)
class Seen:
    """A Fréchet distance with its interval, other numbers for the step's row, and how it was measured."""

    value: float
    low: float
    high: float
    row: dict[str, float]
    how: dict[str, Any]


Look = Callable[[Draw], Seen]


def light(dataset: Dataset) -> Look:
    """Fréchet distance, class coverage and pairwise distance against the training pictures in `dataset`."""
    scorer = Light(dataset)
    how = {"extractor": scorer.extractor.name, "count": scorer.count}

    def look(draw: Draw) -> Seen:
        found = scorer.score(draw)
        row = {"diversity/features": found.pairwise.value}
        row |= {} if found.coverage is None else {"coverage/classes": found.coverage.value}
        return Seen(found.frechet.value, found.frechet.low, found.frechet.high, row, how)

    return look


def full(dataset: Dataset, config: DataConfig, weights: Literal["ema", "raw"]) -> Look:
    """All metrics; their Fréchet distance, coverage, diversity and memorisation go into the row."""
    against = Reference.of(dataset)
    memory = Memory.of(config, against.extractor)
    names = {
        "class_coverage": "coverage/classes",
        "pairwise": "diversity/features",
        "memorisation": "memory/nearer",
    }
    how = {"extractor": against.extractor.name, "count": FULL}

    def look(draw: Draw) -> Seen:
        report = evaluate.evaluate(draw, against, memory, subject="training", weights=weights, count=FULL)
        row = {name: report.scores[key].value for key, name in names.items() if key in report.scores}
        frechet = report.scores["frechet"]
        return Seen(frechet.value, frechet.low, frechet.high, row, how)

    return look
