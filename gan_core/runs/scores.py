"""Scores as they are kept and compared: what was measured, how, and how sure one can be. Light: no torch here."""

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
    """How scores came about. Only those with equal extractor, count and reference can be compared."""

    extractor: str
    extractor_digest: str
    count: int
    """Generated pictures."""
    reference: str
    """The data set and the split, e.g. `fashion-mnist, training pictures`."""
    reference_count: int
    reference_digest: str
    """A hash of the real pictures."""
    split: str = "train"
    """The part of the data set that the real pictures are from, train or test."""
    classes: tuple[str, ...]
    weights: Literal["ema", "raw", "real"]
    """The averaged weights, the last ones, or no model at all: real pictures in the place of generated ones."""
    by_choice: bool = False
    """Whether the last weights were asked for of a model that draws with their average."""
    seed: int

    def sentence(self) -> str:
        """The protocol in one line, to stand under a table."""
        weights = {"ema": "EMA weights", "raw": "raw weights", "real": "real pictures"}[self.weights]
        return (
            f"{self.count:,} pictures ({weights}, seed {self.seed}) against {self.reference_count:,} of "
            f"{self.reference}; extractor {self.extractor}."
        )


class Score(_Record):
    """One metric's value with its 95 % interval, and how to read it."""

    id: str
    title: str
    value: float
    low: float
    high: float
    better: Literal["lower", "higher", "none"]
    read: str
    interval: str
    """Where the interval comes from."""
    details: dict[str, Any] = Field(default_factory=dict)

    def text(self, digits: int = 3) -> str:
        """For people, as `12.3 (11.9 to 12.7)`."""
        return f"{_short(self.value, digits)} ({_short(self.low, digits)} to {_short(self.high, digits)})"


class ScoreReport(_Record):
    """All scores of one model, or of real pictures, by one protocol. `skipped` says why a metric has none.

    `floor`: what as many unseen real pictures score in the place of generated ones, if that was asked for; no model
    can be expected to do better.
    """

    subject: str
    """The run's name or the file's, or what the pictures are."""
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
        """The inverse; raises WorkshopError when it is no such thing."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise WorkshopError(f"These are no scores: {error.errors()[0]['msg']}.") from None


class ClassShare(_Record):
    """Of `count` generated pictures of the class `name`, the share that the classifier takes for it (0 to 1), and
    that of the `real_count` real ones: it errs on those, too.
    """

    name: str
    count: int
    right: float
    real_count: int
    real_right: float


def incomparable_reason(one: ScoringProtocol, two: ScoringProtocol) -> str | None:
    """None when scores by these protocols can stand side by side, else a sentence that says why not."""
    pairs = {
        "extractors": (one.extractor, two.extractor),
        "versions of the extractor": (one.extractor_digest, two.extractor_digest),
        "numbers of generated pictures": (f"{one.count:,}", f"{two.count:,}"),
        "references": (one.reference, two.reference),
        "numbers of real pictures": (f"{one.reference_count:,}", f"{two.reference_count:,}"),
        "real pictures": (one.reference_digest, two.reference_digest),
    }
    for what, (mine, other) in pairs.items():
        if mine != other:
            return f"These scores cannot be compared: they rest on different {what} ({mine} and {other})."
    if one.weights != two.weights and (one.by_choice or two.by_choice):  # without an average the last ones are fair
        return "These scores cannot be compared: one is of raw weights of a model that draws with their average (EMA)."
    return None


def check_comparable(one: ScoringProtocol, two: ScoringProtocol) -> None:
    """Raise WorkshopError where `comparable` has a sentence."""
    sentence = incomparable_reason(one, two)
    if sentence:
        raise WorkshopError(sentence)


def differ(one: Score, two: Score) -> bool:
    """Whether two scores of separate models differ by more than chance (95 %): the half widths add as squares."""
    upper, lower = (one, two) if one.value >= two.value else (two, one)
    return upper.value - lower.value > math.hypot(upper.value - upper.low, lower.high - lower.value)


def frechet_title(protocol: ScoringProtocol) -> str:
    """What its Fréchet distance may be called: plain FID only with Inception and 50,000 or 10,000 pictures."""
    if protocol.extractor == "inception-v3" and protocol.count in (10_000, 50_000):
        return f"FID ({protocol.count // 1000}k)"
    return f"Fréchet distance ({protocol.extractor})"


def save(report: ScoreReport, run: Run) -> Path:
    """Keep `report` with its run, under `scores/`, see `save_in`; returns the file."""
    return save_in(report, run.path / "scores")


def save_in(report: ScoreReport, folder: Path) -> Path:
    """Keep `report` in `folder` as `STEP-WEIGHTS-EXTRACTOR-COUNT-sSEED.json`; returns the file.

    Scores against other pictures than the training ones have their split at the end of the name.
    """
    how = report.protocol
    folder.mkdir(parents=True, exist_ok=True)
    split = "" if how.split == "train" else f"-{how.split}"
    path = folder / f"{report.step or 0:06d}-{how.weights}-{how.extractor}-{how.count}-s{how.seed}{split}.json"
    files.write_atomic(path, report.to_json().encode())
    return path


def saved(run: Run) -> list[ScoreReport]:
    """What is kept with `run`, by step; a damaged file raises WorkshopError that names it."""
    return saved_in(run.path / "scores")


def saved_in(folder: Path) -> list[ScoreReport]:
    """The same for any folder; nothing where there is none."""
    reports = []
    for path in sorted(folder.glob("*.json")):
        try:
            reports.append(ScoreReport.from_json(path.read_bytes()))
        except WorkshopError as error:
            raise WorkshopError(f"{path}: {error}") from None
    return reports


def model_folder(sha256: str) -> Path:
    """Where the scores of a model that is no run are kept: by the content of its file."""
    return runs.home() / "scores" / sha256[:32]


def at_step(run: Run, step: int) -> ScoreReport | None:
    """The kept scores of what `run` draws with at `step`, see `best_known`; None where that was never scored."""
    drawn = "ema" if run.config().regularization.ema else "raw"
    return preferred([one for one in saved(run) if one.step == step and one.protocol.weights == drawn])


def preferred(reports: Sequence[ScoreReport]) -> ScoreReport | None:
    """Of several reports on a model the one on the most pictures, None of none.

    One on raw weights counts only where there is none on their average, with which a model draws if it has one. Of two
    with as many pictures, the one against training pictures, as models usually are scored.
    """
    return max(
        of_drawn_weights(reports),
        key=lambda report: (report.protocol.count, report.protocol.split == "train"),
        default=None,
    )


def of_drawn_weights(reports: Sequence[ScoreReport]) -> list[ScoreReport]:
    """Without those on real pictures, and on raw weights where there are some on their average."""
    kinds = {report.protocol.weights for report in reports}
    drawn = "ema" if "ema" in kinds else "raw"
    return [report for report in reports if report.protocol.weights == drawn]


def _short(value: float, digits: int) -> str:
    return f"{value:.{digits}g}" if abs(value) < 1000 else f"{value:,.0f}"
