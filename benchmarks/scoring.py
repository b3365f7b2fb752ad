"""How long scores take: `python -m benchmarks.scoring`; 5,000 samples of an untrained 28×28 DCGAN and a quick score."""

import os
import time
from collections.abc import Callable
from typing import Any

import torch

from benchmarks import report
from gan_core import data
from gan_core.evaluation import evaluate, metrics
from gan_core.evaluation.metrics import Inputs
from gan_core.evaluation.quick_score import Light
from gan_core.evaluation.reference import Memory, Reference
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

    timed("reference, first time or from the cache", lambda: Reference.of(dataset))
    against = timed("reference from the cache", lambda: Reference.of(dataset))
    timed("memory, first time or from the cache", lambda: Memory.of(config.data, against.extractor))
    memory = timed("memory from the cache", lambda: Memory.of(config.data, against.extractor))
    draw = evaluate.drawing(model, 0, against)
    evaluate.evaluate(draw, against, memory, subject="", weights="raw", count=200)  # what is only done once
    images, labels = timed("draw 5,000 samples", lambda: draw(COUNT))
    sample = timed("their features", lambda: against.look_at(images, labels))
    inputs = Inputs(
        sample, against.sample, against.class_names, memory.training, memory.unseen_features, memory.distances
    )
    for name, metric in metrics.all_metrics().items():
        if not inputs.lacks(metric):
            timed(name, lambda metric=metric: metric.compute(inputs))
    timed(
        "**all of one evaluation of 5,000**",
        lambda: evaluate.evaluate(draw, against, memory, subject="", weights="raw", count=COUNT),
    )
    light = Light(dataset)
    timed("**one quick score of 2,000, drawing included**", lambda: light.score(draw))
    text = report.table(["part", "seconds", "seconds of both processors together"], rows)
    load = f"Load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    report.publish(f"Scoring, {torch.get_num_threads()} threads", f"{load}\n\n{text}")


if __name__ == "__main__":
    main()
