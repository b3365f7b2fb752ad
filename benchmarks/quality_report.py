"""Table and picture of `time_to_quality`, from what has been measured."""

import re
from collections.abc import Mapping, Sequence

from benchmarks import competitors, report
from benchmarks.loglog import Curve, chart
from benchmarks.measurements import Measurement
from gan_core.runs.scores import ScoreReport
from gan_core.runs.summary import format_number

TITLES = {
    "frechet": "Fréchet distance",
    "class_coverage": "Share of the ten classes that appear",
    "recall": "Recall",
    "class_accuracy": "Share of pictures of the class asked for",
}
YARDSTICK = "textbook-dcgan"

Spread = tuple[float, float, float, int]
"""Over the seeds: median, lowest, highest, and how many there are."""


def spread(found: Sequence[Measurement], metric: str) -> dict[str, dict[float, Spread]]:
    """By competitor and mark, over the seeds measured so far."""
    values: dict[str, dict[float, list[float]]] = {}
    for measured in found:
        for reading in measured.readings:
            value = reading.value(metric)
            if value is not None:
                values.setdefault(measured.training.competitor, {}).setdefault(reading.at, []).append(value)
    return {
        name: {at: (report.median(v), min(v), max(v), len(v)) for at, v in sorted(marks.items())}
        for name, marks in values.items()
    }


def text(found: Sequence[Measurement], real: Mapping[str, ScoreReport]) -> str:
    """All tables as Markdown, with the protocol."""
    parts = []
    for metric, title in TITLES.items():
        table = _table(spread(found, metric))
        if table:
            parts += [f"{title}, after so many seconds of training (median of the seeds, lowest to highest):", table]
    against = _table(times_better(spread(found, "frechet")))
    if against:
        parts += ["How many times lower the distance is than the textbook DCGAN's at the same second:", against]
    rows = [
        [name, *(_score(one, metric) for metric in ("frechet", "recall", "class_accuracy"))]
        for name, one in real.items()
    ]
    parts += ["Real pictures in the place of generated ones, by the same protocol:"]
    parts += [report.table(["", "Fréchet distance", "Recall", "Class told right"], rows)]
    return "\n\n".join([*parts, _protocol(found)])


def times_better(spreads: Mapping[str, Mapping[float, Spread]]) -> dict[str, dict[float, Spread]]:
    """The yardstick's median over each median at the same mark; lowest and highest are of the extremes."""
    base = spreads.get(YARDSTICK, {})
    found = {
        name: {
            at: (base[at][0] / middle, base[at][1] / high, base[at][2] / low, min(count, base[at][3]))
            for at, (middle, low, high, count) in marks.items()
            if at in base
        }
        for name, marks in spreads.items()
        if name != YARDSTICK
    }
    return {name: marks for name, marks in found.items() if marks}  # not those that share no mark with it yet


def picture(found: Sequence[Measurement]) -> str:
    """The distance against seconds as an SVG."""
    spreads = spread(found, "frechet")
    curves = [
        Curve(competitors.title(name), [(at, *spreads[name][at][:3]) for at in spreads[name]], ":" not in name)
        for name in _ordered(spreads)
    ]
    counts = {count for marks in spreads.values() for *_, count in marks.values()}
    seeds = f"{max(counts)} seeds" if len(counts) == 1 else f"{min(counts)} to {max(counts)} seeds"
    return chart(
        curves,
        title="Fréchet distance to the test set, lower is better",
        x_title="seconds of training (scoring does not count)",
        notes=[
            _how(found),
            f"Median and range of {seeds}; a training for each number of seconds; on {_machines(found)}.",
        ],
    )


def _machines(found: Sequence[Measurement]) -> str:
    return " and ".join(dict.fromkeys(measured.where.partition(";")[0] for measured in found))


def _how(found: Sequence[Measurement]) -> str:
    """The protocol, without the kind of weights, which differs between competitors."""
    protocols = [re.sub(r" \(.*?\)", "", measured.how) for measured in found if measured.how]
    return " ".join(dict.fromkeys(protocols))


def _ordered(spreads: Mapping[str, Mapping[float, Spread]]) -> list[str]:
    """Best last distance first, textbooks at the end."""
    return sorted(spreads, key=lambda name: (":" not in name, list(spreads[name].values())[-1][0]))


def _table(spreads: Mapping[str, Mapping[float, Spread]]) -> str:
    marks = sorted({at for row in spreads.values() for at in row})
    most = max((count for row in spreads.values() for *_, count in row.values()), default=0)
    rows = []
    for name in _ordered(spreads):
        cells = [_cell(spreads[name][at], most) if at in spreads[name] else "–" for at in marks]
        rows.append([competitors.title(name), *cells])
    return report.table(["", *(f"{at:g} s" for at in marks)], rows) if rows else ""


def _cell(found: Spread, most: int) -> str:
    middle, low, high, count = found
    seeds = f", {count} seed{'s' if count > 1 else ''}" if count < most else ""
    return (
        f"{format_number(middle)} ({format_number(low)} to {format_number(high)}{seeds})"
        if count > 1
        else f"{format_number(middle)}{seeds}"
    )


def _score(one: ScoreReport, metric: str) -> str:
    return one.scores[metric].text() if metric in one.scores else "–"


def _protocol(found: Sequence[Measurement]) -> str:
    """How it was measured, without repetitions, and which trainings ended early."""
    lines = [*dict.fromkeys(measured.how for measured in found if measured.how)]
    lines += [f"Measured on {where}." for where in dict.fromkeys(measured.where for measured in found)]
    lines += [f"Commits: {', '.join(sorted({measured.commit for measured in found}))}."]
    lines += [
        f"{competitors.title(one.training.competitor)}, seed {one.training.seed}, ended early: {one.ended}"
        for one in found
        if one.ended
    ]
    lines.append("The seconds are those of training alone; the textbooks draw with G as it is, in evaluation mode.")
    return "  \n".join(lines)
