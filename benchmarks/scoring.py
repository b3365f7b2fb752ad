"""How long scores take: `python -m benchmarks.scoring`; 5,000 samples of an untrained 28×28 DCGAN and a quick score."""

import os
import time
from collections.abc import Callable
from typing import Any

import torch

from benchmarks import report
from gan_core import data
from gan_core.evaluation import evaluate, metrics, training_score
from gan_core.evaluation.metrics import Inputs
from gan_core.evaluation.reference import MemorisationReference, Reference
from gan_core.models import checkpoint
from gan_core.presets import recipe
from gan_core.training.trainer import Trainer

COUNT = 5_000


def main() -> None:
    config = recipe.build({"variant": "dcgan", "data.dataset": "fashion-mnist"})
    dataset = data.load("fashion-mnist")
    trainer = Trainer(config, dataset)
    trainer.advance()
    model = checkpoint.Model(config, trainer.G.eval(), trainer.D, dataset.classes, False, 1, False)
    rows: list[tuple[str, str, str]] = []

    def timed(name: str, work: Callable[[], Any]) -> Any:
        start, work_before = time.perf_counter(), time.process_time()
        found = work()
        seconds, of_processors = time.perf_counter() - start, time.process_time() - work_before
        rows.append((name, f"{seconds:.2f}", f"{of_processors:.2f}"))
        return found

    timed("reference, first time or from the cache", lambda: Reference.from_dataset(dataset))
    against = timed("reference from the cache", lambda: Reference.from_dataset(dataset))
    timed(
        "memorisation, first time or from the cache",
        lambda: MemorisationReference.from_config(config.data, against.extractor),
    )
    memorisation = timed(
        "memorisation from the cache", lambda: MemorisationReference.from_config(config.data, against.extractor)
    )
    draw = evaluate.draw_from_model(model, 0, against)
    evaluate.evaluate(draw, against, memorisation, subject="", weights="raw", count=200)  # what is only done once
    images, labels = timed("draw 5,000 samples", lambda: draw(COUNT))
    sample = timed("their features", lambda: against.extract(images, labels))
    inputs = Inputs(
        sample,
        against.sample,
        against.class_names,
        memorisation.training,
        memorisation.unseen_features,
        memorisation.distances,
    )
    for name, metric in metrics.all_metrics().items():
        if not inputs.missing(metric):
            timed(name, lambda metric=metric: metric.compute(inputs))
    timed(
        "**all of one evaluation of 5,000**",
        lambda: evaluate.evaluate(draw, against, memorisation, subject="", weights="raw", count=COUNT),
    )
    quick = training_score.quick_score(dataset)
    timed("**one quick score of 2,000, drawing included**", lambda: quick(draw))
    text = report.table(["part", "seconds", "seconds of both processors together"], rows)
    load = f"Load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    report.publish(f"Scoring, {torch.get_num_threads()} threads", f"{load}\n\n{text}")


if __name__ == "__main__":
    main()
