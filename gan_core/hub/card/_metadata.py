"""The head of a card: what the Hub's search, filters and result tables read."""

import math
import re

from huggingface_hub import EvalResult, ModelCardData

from gan_core.data import UNKNOWN
from gan_core.hub.card._facts import HUB_DATASETS, Facts
from gan_core.runs import scores
from gan_core.runs.scores import Score, ScoringProtocol

LIBRARY = "gan-workshop"
TASK = "unconditional-image-generation"

SEEN_BY_PIXEL = ("ms_ssim",)
"""Metrics that no extractor has a part in."""

DIGITS = 6


def of(facts: Facts) -> ModelCardData:
    """The head for `facts`."""
    licence = facts.licence
    source = re.search(r"https?://[^\s;,)]+", facts.source.origin) if facts.source and not _own(facts) else None
    link = source.group() if source and licence.id == "other" and not facts.given else None
    hub_id = HUB_DATASETS.get(facts.dataset)
    return ModelCardData(
        library_name=LIBRARY,
        pipeline_tag=TASK,
        tags=[LIBRARY, *([] if facts.foreign else [facts.config.variant]), *_dataset_tag(facts)],
        datasets=[hub_id] if hub_id else None,
        license=licence.id,
        license_name=licence.name,
        license_link=link,
        model_name=facts.model_name,
        eval_results=results(facts) or None,
    )


def results(facts: Facts) -> list[EvalResult]:
    """Its scores, each by a name that says what looked at the pictures; none where it was not scored."""
    report = facts.known.report
    if report is None:
        return []
    how = report.protocol
    return [
        EvalResult(
            task_type=TASK,
            task_name="Image generation",
            dataset_type=HUB_DATASETS.get(facts.dataset, facts.dataset),
            dataset_name=facts.source.title if facts.source else facts.dataset,
            dataset_split=how.split,
            metric_type=metric_id(score, how),
            metric_name=metric_name(score, how),
            metric_value=_rounded(score.value),
            metric_config=how.sentence(),
            metric_args={"interval_95": [_rounded(score.low), _rounded(score.high)]},
        )
        for score in report.scores.values()
        if all(map(math.isfinite, (score.value, score.low, score.high)))
    ]


def metric_id(score: Score, how: ScoringProtocol) -> str:
    """As `frechet-fashion-cnn`: only Inception's distance on 50,000 or 10,000 pictures is called `fid`."""
    if score.id == "frechet" and scores.frechet_title(how).startswith("FID"):
        return "fid"
    name = score.id.replace("_", "-")
    return name if score.id in SEEN_BY_PIXEL else f"{name}-{how.extractor}"


def metric_name(score: Score, how: ScoringProtocol) -> str:
    """The score's title, with what looked at the pictures."""
    named = score.id in SEEN_BY_PIXEL or how.extractor in score.title or score.title.startswith("FID")
    return score.title if named else f"{score.title} ({how.extractor})"


def _dataset_tag(facts: Facts) -> list[str]:
    return [] if facts.dataset == UNKNOWN else [facts.dataset]


def _own(facts: Facts) -> bool:
    return facts.dataset.startswith("own-")


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
