"""How close inversion gets to a picture: `python -m benchmarks.inversion [MODEL ...]`, for all bundled models.

For each: 20 generated pictures, for which a z exists, and 20 real test pictures, for which there may be none. Each
search uses one core; as many run in parallel as there are cores.
"""

import argparse
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks import report
from gan_core import data
from gan_core.evaluation.extractors import Extractor, choice
from gan_core.explore import inversion
from gan_core.models import bundled
from gan_core.models.checkpoint import Model

SEED = 101
"""Of the generated pictures; the search begins with another."""


@dataclass(frozen=True)
class Task:
    """One search in `model`: for a generated or real picture, with its class known or not."""

    model: str
    real: bool
    with_class: bool
    index: int
    count: int


@dataclass(frozen=True)
class Result:
    """The end of a search. `right`: it chose the picture's class; `recognised`: so did the classifier."""

    distance: float
    length: float
    seconds: float
    right: bool
    recognised: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help="bundled models (default: all)")
    parser.add_argument("--count", type=int, default=20, help="pictures of each kind (default: 20)")
    options = parser.parse_args()
    rows = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for name in options.models or [model.id for model in bundled.list_all()[0]]:
            for tasks in groups(name, options.count):
                rows.append(row(tasks[0], list(pool.map(work, tasks))))
                print(rows[-1], flush=True)
    head = ["model", "pictures", "the search knows", "distance, median", "farthest", "within 0.02", "length of z"]
    head += ["class found", "classifier agrees", "seconds, median", "longest"]
    about = (
        f"Distances: root mean square of the pixels' differences, 0 to 1. {options.count} pictures each; a search has "
        "one core. Length of z: median, 1 is usual. The classifier agrees where it sees the picture's class in what "
        "was found."
    )
    report.publish("Inversion: from a picture to its z", f"{about}\n\n{report.table(head, rows)}")


def groups(name: str, count: int) -> list[list[Task]]:
    """The searches in model `name`, a list for each row of the table."""
    kinds = [(False, True), (True, True)]  # real, class known
    kinds += [(True, False)] if bundled.get(name).conditional else []
    return [[Task(name, *kind, index, count) for index in range(count)] for kind in kinds]


def work(task: Task) -> Result:
    """Run one search to its end."""
    model, classifier, picture, label = prepared(task)
    given = label if task.with_class and model.conditional else None
    start = time.perf_counter()
    search = inversion.invert(model, picture, given)
    while True:
        try:
            next(search)
        except StopIteration as end:
            found = end.value
            break
    seconds = time.perf_counter() - start
    logits = classifier.features(np.ascontiguousarray(found.picture.transpose(2, 0, 1)[None])).logits
    assert logits is not None
    return Result(found.distance, found.length, seconds, found.label == label, int(logits.argmax()) == label)


def prepared(task: Task) -> tuple[Model, Extractor, np.ndarray, int]:
    """The model, the classifier of its data set, the picture (H, W, C) and its class."""
    model = bundled.load(task.model)
    source = model.config.data
    test = data.load(source.dataset, split="test", classes=source.classes, size=source.size, limit=task.count)
    classifier = choice.choose(test)
    if task.real:
        return (
            model,
            classifier,
            np.ascontiguousarray(test.images[task.index].transpose(1, 2, 0)),
            test.labels[task.index],
        )
    images, labels = model.sample(task.count, SEED)
    return model, classifier, images[task.index], int(labels[task.index])


def row(task: Task, results: list[Result]) -> tuple[str, ...]:
    """A line of the table."""
    conditional = bundled.get(task.model).conditional
    far, seconds = [one.distance for one in results], [one.seconds for one in results]
    knows = "the class" if conditional and task.with_class else "nothing more"
    labelled = task.real or conditional
    return (
        task.model,
        "real" if task.real else "generated",
        knows,
        f"{report.median(far):.4f}",
        f"{max(far):.4f}",
        f"{sum(distance <= 0.02 for distance in far)} of {len(far)}",
        f"{report.median([one.length for one in results]):.2f}",
        f"{sum(one.right for one in results)} of {len(results)}" if conditional and not task.with_class else "–",
        f"{sum(one.recognised for one in results)} of {len(results)}" if labelled else "–",
        f"{report.median(seconds):.1f}",
        f"{max(seconds):.1f}",
    )


if __name__ == "__main__":
    main()
