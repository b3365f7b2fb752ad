"""The YAML head of a card, which the Hub's search, filters and result tables read."""

import math
import re

from huggingface_hub import EvalResult, ModelCardData

from gan_core.data import UNKNOWN
from gan_core.hub.card._facts import HUB_DATASETS, CardFacts
from gan_core.runs import scores
from gan_core.runs.scores import Score, ScoringProtocol

LIBRARY = "gan-workshop"
TASK = "unconditional-image-generation"
PIXEL_METRICS = ("ms_ssim",)
"""Metrics without a feature extractor."""
DIGITS = 6


def build(facts: CardFacts) -> ModelCardData:
    """The metadata of a card."""
    licence, dataset = facts.licence, facts.dataset
    url = None
    if facts.source and not facts.own_pictures and licence.id == "other" and not facts.given_licence:
        url = re.search(r"https?://[^\s;,)]+", facts.source.origin)
    hub_id = HUB_DATASETS.get(dataset)
    tags = [LIBRARY, *([] if facts.foreign else [facts.config.variant]), *([] if dataset == UNKNOWN else [dataset])]
    return ModelCardData(
        library_name=LIBRARY,
        pipeline_tag=TASK,
        tags=tags,
        datasets=[hub_id] if hub_id else None,
        license=licence.id,
        license_name=licence.name,
        license_link=url.group() if url else None,
        model_name=facts.model_name,
        eval_results=results(facts) or None,
    )


def results(facts: CardFacts) -> list[EvalResult]:
    """Its finite scores, each with the extractor in its name; none if it was not scored."""
    report = facts.provenance.report
    if report is None:
        return []
    protocol = report.protocol
    return [
        EvalResult(
            task_type=TASK,
            task_name="Image generation",
            dataset_type=HUB_DATASETS.get(facts.dataset, facts.dataset),
            dataset_name=facts.source.title if facts.source else facts.dataset,
            dataset_split=protocol.split,
            metric_type=metric_id(score, protocol),
            metric_name=metric_name(score, protocol),
            metric_value=_rounded(score.value),
            metric_config=protocol.sentence(),
            metric_args={"interval_95": [_rounded(score.low), _rounded(score.high)]},
        )
        for score in report.scores.values()
        if all(map(math.isfinite, (score.value, score.low, score.high)))
    ]


def metric_id(score: Score, protocol: ScoringProtocol) -> str:
    """Such as `frechet-fashion-cnn`: only Inception's distance on 50,000 or 10,000 pictures is called `fid`."""
    if score.id == "frechet" and scores.frechet_title(protocol).startswith("FID"):
        return "fid"
    name = score.id.replace("_", "-")
    return name if score.id in PIXEL_METRICS else f"{name}-{protocol.extractor}"


def metric_name(score: Score, protocol: ScoringProtocol) -> str:
    """The score's title with the extractor."""
    complete = score.id in PIXEL_METRICS or protocol.extractor in score.title or score.title.startswith("FID")
    return score.title if complete else f"{score.title} ({protocol.extractor})"


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
