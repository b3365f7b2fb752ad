"""What a study found: figures, sample sheets, curves and settings of its rows, as one HTML file."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from gan_core import config as schema
from gan_core import data
from gan_core.config import TrainConfig
from gan_core.presets import recipe
from gan_core.reports import document, svg
from gan_core.reports.document import Block, Code, Figure, Heading, Table, Text
from gan_core.runs import Run
from gan_core.runs import summary as figures
from gan_core.runs.summary import RunSummary, format_number
from gan_core.studies import Study

ALIKE = 0.05
"""Two oscillations closer than this share of each other are called the same."""

MEASURED = {
    "D loss": "loss/d",
    "G loss": "loss/g",
    "Accuracy real": "accuracy/real",
    "Accuracy fake": "accuracy/fake",
    "Accuracy class": "accuracy/class",
}


@dataclass
class StudyRow:
    """One run of a study: the preset it started from, all its settings, and the run once there is one."""

    preset: str
    config: TrainConfig
    label: str
    run: Run | None = None


@dataclass(frozen=True)
class _RowResult:
    row: StudyRow
    run: Run
    figures: RunSummary


def html(study: Study, rows: Sequence[StudyRow], command: str = "") -> str:
    """The report of all rows that have begun; `command` repeats the study."""
    begun = [_RowResult(row, row.run, figures.summarise(row.run)) for row in rows if row.run]
    results = [result for result in begun if result.figures.columns]
    ended = sum(_state(result) == "finished" for result in results)
    blocks: list[Block] = [Heading(study.title, 1), Text(study.summary), Text(f"{ended} of {len(rows)} rows finished.")]
    blocks += [Text(f"{r.row.label} failed: {r.figures.status.message}") for r in begun if _state(r) == "failed"]
    if results:
        blocks += [Heading("Protocol"), _protocol(results), Heading("Figures"), *_numbers(results)]
        blocks += [Heading("Oscillation"), *map(Text, verdicts(study, results))] if study.pairs else []
        shown = _first_seed(results)
        blocks += [*_samples(shown), Heading("Curves"), *_curves(study, shown)]
    blocks += [Heading("Settings"), *_settings(rows)]
    blocks += [Text("This repeats the study:"), Code(command)] if command else []
    return document.html(blocks)


def _state(result: _RowResult) -> str:
    return result.figures.status.state


def _protocol(results: Sequence[_RowResult]) -> Table:
    def each(read: Callable[[_RowResult], object]) -> str:
        return " / ".join(dict.fromkeys(str(read(result)) for result in results))

    def pixels(result: _RowResult) -> str:
        source = data.get(result.row.config.data.dataset)
        size = result.row.config.data.size or source.size
        return f"{size} × {size}, {'grey' if source.channels == 1 else 'colour'}"

    rows = [
        ["Data set", each(lambda r: data.get(r.row.config.data.dataset).title)],
        ["Pictures", f"{each(lambda r: f'{r.figures.pictures:,}')}, {each(pixels)}"],
        ["Batch size", each(lambda r: r.row.config.schedule.batch)],
        ["Epochs", f"{each(_epochs)} (reached: {each(lambda r: f'{r.figures.status.epoch:.1f}')})"],
        ["Seed", each(lambda r: r.row.config.seed)],
        ["Device and precision", each(lambda r: r.figures.status.device)],
    ]
    return Table(["", "All rows"], rows)


def _epochs(result: _RowResult) -> str:
    wanted = result.row.config.schedule.epochs
    return "no limit" if wanted is None else f"{wanted:,}"


def _numbers(results: Sequence[_RowResult]) -> list[Block]:
    head = ["Row", *MEASURED, "Oscillation", "Seconds", "Images/s", "State"]
    rows = []
    for result in results:
        found = result.figures
        cells = [str(found.series[name]) if name in found.series else "–" for name in MEASURED.values()]
        cells += [
            format_number(found.oscillation),
            f"{found.status.seconds:,.1f}",
            f"{found.speed:,.0f}",
            _state(result),
        ]
        rows.append([result.row.label, *cells])
    note = (
        "Losses and accuracies are means over the steps of the last epoch ± their standard deviation there. "
        "Oscillation is that of D's loss. The losses of a critic (WGAN) are distances: they compare with each "
        "other, not with those of the other variants. Seconds are training time; images/s count the real pictures."
    )
    return [Table(head, rows), Text(note)]


def verdicts(study: Study, results: Sequence[_RowResult]) -> list[str]:
    """One sentence a pair on what the idea did to the oscillation, and one on all of them."""
    said, helped, seeds = [], 0, 1
    for without, with_it in study.pairs:
        before, after = (_oscillations(results, preset) for preset in (without, with_it))
        both = sorted(before.keys() & after.keys())
        if not both:
            said.append(f"{with_it}: not measured, for it or {without} is not finished.")
            continue
        seeds = len(both)
        mean_before = float(np.mean([before[seed] for seed in both]))
        mean_after = float(np.mean([after[seed] for seed in both]))
        helped += mean_after < (1 - ALIKE) * mean_before
        lower = sum(after[seed] < before[seed] for seed in both)
        many = f" (means of {seeds} seeds; lower with {lower} of them)" if seeds > 1 else ""
        said.append(verdict(study.idea, without, with_it, mean_before, mean_after) + many + ".")
    caution = " One seed each: a difference may be chance; --seeds 3 would tell." if seeds == 1 else ""
    said.append(f"{study.idea.capitalize()} lowered the oscillation in {helped} of {len(study.pairs)} pairs.{caution}")
    return said


def verdict(idea: str, without: str, with_it: str, before: float, after: float) -> str:
    """What the numbers say, and plainly so when the idea did not help."""
    now, then = format_number(after), format_number(before)
    numbers = f"D's loss oscillates by {now} over the last epoch, against {then} in {without}"
    share = after / before - 1 if before else math.inf
    if abs(share) <= ALIKE:
        return f"{with_it}: {idea} made hardly a difference; {numbers}"
    if share > 0:
        return f"{with_it}: {idea} did not help; {numbers}" + (f", {share:.0%} more" if share < math.inf else "")
    return f"{with_it}: {idea} helped; {numbers}, {-share:.0%} less"


def _oscillations(results: Iterable[_RowResult], preset: str) -> dict[int, float]:
    """The oscillation of a preset's finished runs, by seed."""
    mine = [r for r in results if r.row.preset == preset and _state(r) == "finished"]
    return {r.row.config.seed: r.figures.oscillation for r in mine if math.isfinite(r.figures.oscillation)}


def _first_seed(results: Sequence[_RowResult]) -> list[_RowResult]:
    """One result a preset, that of its first seed: sheets and curves of every seed would be a wall of pictures."""
    return list({result.row.preset: result for result in reversed(results)}.values())[::-1]


def _samples(results: Sequence[_RowResult]) -> list[Block]:
    sheets = [figures.epoch_samples(result.run, result.figures) for result in results]
    epochs = sorted({epoch for sheet in sheets for epoch in sheet})
    if not epochs:
        return []
    rows = []
    for result, sheet in zip(results, sheets, strict=True):
        cells: list[document.Cell] = [result.row.label]
        for epoch in epochs:
            if epoch not in sheet:
                cells.append("–")
                continue
            step, path = sheet[epoch]
            alt = f"Samples of {result.row.label} after epoch {epoch}"
            cells.append(Figure(path.read_bytes(), alt, f"Epoch {epoch}, step {step:,}"))
        rows.append(cells)
    note = "All sheets are drawn from the same noise; a column is a class where the variant knows ten classes."
    note += f" Sheets and curves are those of seed {results[0].row.config.seed}."
    return [Heading("Samples"), Text(note), Table(["Row", *(f"Epoch {epoch}" for epoch in epochs)], rows)]


def _curves(study: Study, results: Sequence[_RowResult]) -> list[Block]:
    def drawn(lines: list[svg.Line], y_title: str, alt: str) -> Figure:
        return Figure(svg.chart(lines, x_title="epoch", y_title=y_title, alt=alt).encode(), alt)

    def of(result: _RowResult, chosen: dict[str, str]) -> list[svg.Line]:
        columns = result.figures.columns
        return [svg.Line(name, columns["epoch"], columns[key]) for key, name in chosen.items() if key in columns]

    rows = []
    for result in results:
        label = result.row.label
        losses = of(result, {"loss/d": "D", "loss/g": "G"})
        accuracies = of(result, {"accuracy/real": "real", "accuracy/fake": "fake", "accuracy/class": "class"})
        rows.append(
            [
                label,
                drawn(losses, "loss", f"Losses of {label}"),
                drawn(accuracies, "share judged right", f"Accuracy of D in {label}"),
            ]
        )
    blocks: list[Block] = [Table(["Row", "Losses", "Accuracy of D"], rows)]
    by_preset = {result.row.preset: result for result in results}
    pairs = [pair for pair in study.pairs if set(pair) <= by_preset.keys()]
    if pairs:
        blocks.append(Text(f"D's loss without and with {study.idea}:"))
    for without, with_it in pairs:
        lines = of(by_preset[without], {"loss/d": without}) + of(by_preset[with_it], {"loss/d": with_it})
        blocks.append(drawn(lines, "D's loss", f"D's loss in {without} and in {with_it}"))
    return blocks


def _settings(rows: Sequence[StudyRow]) -> list[Block]:
    flat = [schema.flatten(row.config) for row in rows]
    fields = [field for field in schema.fields() if field not in ("preset", "seed")]
    differ = [field for field in fields if len({str(values[field]) for values in flat}) > 1]
    same = [[recipe.title(field), _value(flat[0][field]), field] for field in fields if field not in differ]
    table = [[row.label, *(_value(values[f]) for f in differ)] for row, values in zip(rows, flat, strict=True)]
    blocks: list[Block] = []
    if differ:
        blocks += [Text("Where the rows differ:"), Table(["Row", *map(recipe.title, differ)], table)]
    return [*blocks, Text("The same in all rows:"), Table(["Setting", "Value", "Field"], same)]


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
