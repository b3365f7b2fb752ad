"""Scores as records: what was measured, by which protocol, with which uncertainty; and which compare."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gan_core import runs
from gan_core.runs import Run
from gan_core.system import files
from gan_core.system.errors import WorkshopError


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ScoringProtocol(_Record):
    """How scores were measured. Only those with equal extractor, count and reference can be compared."""

    extractor: str
    extractor_digest: str
    count: int
    """Generated pictures."""
    reference: str
    """Data set and split of the real pictures, e.g. `fashion-mnist, training pictures`."""
    reference_count: int
    reference_digest: str
    """A hash of the real pictures."""
    split: str = "train"
    """The split of the data set that the real pictures come from, train or test."""
    classes: tuple[str, ...]
    weights: Literal["ema", "raw", "real"]
    """EMA or raw weights of the generator; `real`: real pictures were scored in place of generated ones."""
    by_choice: bool = False
    """Whether raw weights were scored on request, although the model has EMA weights."""
    seed: int

    def sentence(self) -> str:
        """The protocol in one sentence, for below a table."""
        weights = {"ema": "EMA weights", "raw": "raw weights", "real": "real pictures"}[self.weights]
        return (
            f"{self.count:,} pictures ({weights}, seed {self.seed}) against {self.reference_count:,} of "
            f"{self.reference}; extractor {self.extractor}."
        )


class Score(_Record):
    """The value of one metric with its 95 % interval; `read` says how to read it."""

    id: str
    title: str
    value: float
    low: float
    high: float
    better: Literal["lower", "higher", "none"]
    read: str
    interval: str
    """How the interval was estimated."""
    details: dict[str, Any] = Field(default_factory=dict)

    def text(self, digits: int = 3) -> str:
        """Value and interval, as `12.3 (11.9 to 12.7)`."""
        return f"{_short(self.value, digits)} ({_short(self.low, digits)} to {_short(self.high, digits)})"


class ScoreReport(_Record):
    """All scores of one model, or of real pictures, by one protocol.

    `skipped`: metrics without a value, with the reason. `floor`: the scores of as many unseen real pictures, if they
    were requested; no model can be expected to do better.
    """

    subject: str
    """The name of the run or file, or what the pictures are."""
    step: int | None = None
    protocol: ScoringProtocol
    scores: dict[str, Score]
    skipped: dict[str, str] = Field(default_factory=dict)
    floor: dict[str, Score] = Field(default_factory=dict)
    seconds: float = 0.0

    def to_json(self) -> str:
        return self.model_dump_json(indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> "ScoreReport":
        """The inverse; raises WorkshopError for other content."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise WorkshopError(f"These are no scores: {error.errors()[0]['msg']}.") from None


class ClassShare(_Record):
    """How well the class `name` is drawn: the share of its `count` generated pictures that a classifier takes for it.

    `real_right` is that share of the `real_count` real ones, for the classifier errs on those as well; 0 to 1 each.
    """

    name: str
    count: int
    right: float
    real_count: int
    real_right: float


def incomparable_reason(one: ScoringProtocol, two: ScoringProtocol) -> str | None:
    """Why scores by these protocols must not be compared, in a sentence; None if they may be."""
    pairs = {
        "extractors": (one.extractor, two.extractor),
        "versions of the extractor": (one.extractor_digest, two.extractor_digest),
        "numbers of generated pictures": (f"{one.count:,}", f"{two.count:,}"),
        "references": (one.reference, two.reference),
        "numbers of real pictures": (f"{one.reference_count:,}", f"{two.reference_count:,}"),
        "real pictures": (one.reference_digest, two.reference_digest),
    }
    for what, (first, second) in pairs.items():
        if first != second:
            return f"These scores cannot be compared: they rest on different {what} ({first} and {second})."
    if one.weights != two.weights and (one.by_choice or two.by_choice):  # raw weights are fair for a model without EMA
        return "These scores cannot be compared: one is of raw weights of a model that draws with their average (EMA)."
    return None


def differ(one: Score, two: Score) -> bool:
    """Whether the scores of two independent models differ by more than chance, at 95 %.

    The half widths of the intervals that face each other add in quadrature.
    """
    upper, lower = (one, two) if one.value >= two.value else (two, one)
    return upper.value - lower.value > math.hypot(upper.value - upper.low, lower.high - lower.value)


def frechet_title(protocol: ScoringProtocol) -> str:
    """The name of its Fréchet distance: FID only with Inception and 50,000 or 10,000 pictures."""
    if protocol.extractor == "inception-v3" and protocol.count in (10_000, 50_000):
        return f"FID ({protocol.count // 1000}k)"
    return f"Fréchet distance ({protocol.extractor})"


def save(report: ScoreReport, folder: Path) -> Path:
    """Write `report` to `folder` as `STEP-WEIGHTS-EXTRACTOR-COUNT-sSEED.json`; returns the file.

    Scores against a split other than the training pictures have it at the end of the name.
    """
    how = report.protocol
    folder.mkdir(parents=True, exist_ok=True)
    split = "" if how.split == "train" else f"-{how.split}"
    path = folder / f"{report.step or 0:06d}-{how.weights}-{how.extractor}-{how.count}-s{how.seed}{split}.json"
    files.write_atomic(path, report.to_json().encode())
    return path


def load_all(folder: Path) -> list[ScoreReport]:
    """All reports in `folder`, by step; raises WorkshopError that names a damaged file."""
    reports = []
    for path in sorted(folder.glob("*.json")):
        try:
            reports.append(ScoreReport.from_json(path.read_bytes()))
        except WorkshopError as error:
            raise WorkshopError(f"{path}: {error}") from None
    return reports


def model_folder(sha256: str) -> Path:
    """The folder for the scores of a model that is no run, by the hash of its file."""
    return runs.home() / "scores" / sha256[:32]


def at_step(run: Run, step: int) -> ScoreReport | None:
    """The `preferred` report on the weights that `run` draws with at `step`; None if it was never scored."""
    drawn = "ema" if run.config().regularization.ema else "raw"
    reports = load_all(run.scores_path)
    return preferred([one for one in reports if one.step == step and one.protocol.weights == drawn])


def preferred(reports: Sequence[ScoreReport]) -> ScoreReport | None:
    """The report on the most pictures, of those `of_drawn_weights`; of two, the one against training pictures."""
    return max(
        of_drawn_weights(reports),
        key=lambda report: (report.protocol.count, report.protocol.split == "train"),
        default=None,
    )


def of_drawn_weights(reports: Sequence[ScoreReport]) -> list[ScoreReport]:
    """Reports on the weights that a model draws with: EMA weights if any report is on those, else raw weights."""
    kinds = {report.protocol.weights for report in reports}
    drawn = "ema" if "ema" in kinds else "raw"
    return [report for report in reports if report.protocol.weights == drawn]


def _short(value: float, digits: int) -> str:
    return f"{value:.{digits}g}" if abs(value) < 1000 else f"{value:,.0f}"
