"""How scores depend on the number of pictures: `python -m benchmarks.score_bias RUN_OR_FILE`, at 1k, 2k, 5k and 10k."""

import sys

from benchmarks import report
from gan_core import data
from gan_core.cli import common
from gan_core.evaluation import evaluate
from gan_core.evaluation.reference import Reference
from gan_core.models import checkpoint

COUNTS = (1_000, 2_000, 5_000, 10_000)


def main() -> None:
    model = checkpoint.load(common.weights_of(sys.argv[1], None))
    config = model.config.data
    against = Reference.of(data.load(config.dataset, classes=config.classes, size=config.size))
    test = data.load(config.dataset, split="test", classes=config.classes, size=config.size)
    rows = []
    for count in COUNTS:
        found = evaluate.evaluate(
            evaluate.drawing(model, 0, against),
            against,
            subject="",
            weights="ema" if model.ema else "raw",
            count=count,
        ).scores
        floor = None
        if count <= len(test):
            floor = evaluate.evaluate(evaluate.real(test), against, subject="", weights="real", count=count).scores
        beside = floor["frechet"].text() if floor else "too few"
        rows.append((f"{count:,}", found["frechet"].text(4), found["kid"].text(), beside))
    header = ["pictures", "Fréchet distance", "KID", "Fréchet distance of unseen real pictures"]
    title = f"Scores by the number of pictures: {model.config.variant} on {config.dataset}, step {model.step:,}"
    report.publish(title, f"Extractor {against.extractor.name}.\n\n{report.table(header, rows)}")


if __name__ == "__main__":
    main()
