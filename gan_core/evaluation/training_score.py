"""Scores during training: `quick_score` (three metrics of 2,000 pictures) and `full_score` (all metrics of 5,000)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from gan_core.config import DataConfig
from gan_core.data import Dataset
from gan_core.evaluation import evaluate
from gan_core.evaluation.evaluate import Draw
from gan_core.evaluation.reference import MemorisationReference, Reference
from gan_core.system.errors import WorkshopError

QUICK_COUNT, FULL_COUNT = 2_000, evaluate.COUNT
"""Pictures of a score."""

COLUMNS = {"class_coverage": "coverage/classes", "pairwise": "diversity/features", "memorisation": "memory/nearer"}
"""Metrics that go into the step's row, and their columns."""


@dataclass(frozen=True)
class TrainingScore:
    """A Fréchet distance with its 95 % interval, how it was measured, and all that goes into the step's row."""

    value: float
    low: float
    high: float
    extractor: str
    count: int
    row: dict[str, float]


ScoreFunction = Callable[[Draw], TrainingScore]


def quick_score(dataset: Dataset, *, extractor: str | None = None, count: int = QUICK_COUNT) -> ScoreFunction:
    """Fréchet distance, class coverage and pairwise distance against the training pictures in `dataset`."""
    reference = Reference.from_dataset(dataset, extractor)
    return _score_function(reference, None, count, ("frechet", "class_coverage", "pairwise"))


def full_score(
    dataset: Dataset, config: DataConfig, *, extractor: str | None = None, count: int = FULL_COUNT
) -> ScoreFunction:
    """All metrics, memorisation of the training pictures of `config` as well."""
    reference = Reference.from_dataset(dataset, extractor)
    return _score_function(reference, MemorisationReference.from_config(config, reference.extractor), count)


def _score_function(
    reference: Reference, memorisation: MemorisationReference | None, count: int, only: Collection[str] | None = None
) -> ScoreFunction:
    """The references are built once; the function raises WorkshopError if there is no Fréchet distance."""

    def score(draw: Draw) -> TrainingScore:
        report = evaluate.evaluate(
            draw, reference, memorisation, subject="training", weights="raw", count=count, only=only
        )
        if "frechet" in report.skipped:
            raise WorkshopError(report.skipped["frechet"])
        frechet = report.scores["frechet"]
        row = {"frechet/distance": frechet.value, "frechet/low": frechet.low, "frechet/high": frechet.high}
        row |= {column: report.scores[name].value for name, column in COLUMNS.items() if name in report.scores}
        return TrainingScore(frechet.value, frechet.low, frechet.high, reference.extractor.name, count, row)

    return score
