"""The report of a study, one HTML file: numbers, sample grids, curves and settings of its rows."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core import config as schema
from gan_core import data
from gan_core.config import TrainConfig
from gan_core.presets import recipe
from gan_core.reports import document, svg
from gan_core.reports.document import Block, Code, Heading, Picture, Table, Text
from gan_core.runs import Run
from gan_core.runs.summary import RunSummary, epoch_samples, format_number, summarise
from gan_core.studies import Study

SAME = 0.05
"""Two oscillations that differ by less than this share count as equal."""

MEASURED = {
    "D loss": "loss/d",
    "G loss": "loss/g",
    "Accuracy real": "accuracy/real",
    "Accuracy fake": "accuracy/fake",
    "Accuracy class": "accuracy/class",
}


@dataclass
class StudyRow:
    """One row of a study: its preset, all its settings, and its run once there is one."""

    preset: str
    config: TrainConfig
    label: str
    run: Run | None = None

    @property
    def state(self) -> str:
        """The state of its run, "" before there is one."""
        return self.run.status().state if self.run else ""


@dataclass(frozen=True)
class _RowResult:
    row: StudyRow
    run: Run
    summary: RunSummary

    @property
    def state(self) -> str:
        return self.summary.status.state


def html(study: Study, rows: Sequence[StudyRow], command: str = "") -> str:
    """The report on all rows that have begun; `command` repeats the study."""
    begun = [_RowResult(row, row.run, summarise(row.run)) for row in rows if row.run]
    results = [result for result in begun if result.summary.columns]
    ended = sum(result.state == "finished" for result in results)
    blocks: list[Block] = [Heading(study.title, 1), Text(study.summary), Text(f"{ended} of {len(rows)} rows finished.")]
    blocks += [Text(f"{r.row.label} failed: {r.summary.status.message}") for r in begun if r.state == "failed"]
    if results:
        blocks += [Heading("Protocol"), _protocol(results), Heading("Figures"), *_numbers(results)]
        blocks += [Heading("Oscillation"), *map(Text, verdicts(study, results))] if study.pairs else []
        first_seeds = list({result.row.preset: result for result in reversed(results)}.values())[::-1]
        blocks += [*_samples(first_seeds), Heading("Curves"), *_curves(study, first_seeds)]
    blocks += [Heading("Settings"), *_settings(rows)]
    blocks += [Text("This repeats the study:"), Code(command)] if command else []
    return document.html(blocks)


def _protocol(results: Sequence[_RowResult]) -> Table:
    def distinct(read: Callable[[_RowResult], object]) -> str:
        return " / ".join(dict.fromkeys(str(read(result)) for result in results))

    def pixels(result: _RowResult) -> str:
        source = data.get(result.row.config.data.dataset)
        size = result.row.config.data.size or source.size
        return f"{size} × {size}, {'grey' if source.channels == 1 else 'colour'}"

    def epochs(result: _RowResult) -> str:
        planned = result.row.config.schedule.epochs
        return "no limit" if planned is None else f"{planned:,}"

    rows = [
        ["Data set", distinct(lambda r: data.get(r.row.config.data.dataset).title)],
        ["Pictures", f"{distinct(lambda r: f'{r.summary.pictures:,}')}, {distinct(pixels)}"],
        ["Batch size", distinct(lambda r: r.row.config.schedule.batch)],
        ["Epochs", f"{distinct(epochs)} (reached: {distinct(lambda r: f'{r.summary.status.epoch:.1f}')})"],
        ["Seed", distinct(lambda r: r.row.config.seed)],
        ["Device and precision", distinct(lambda r: r.summary.status.device)],
    ]
    return Table(["", "All rows"], rows)


def _numbers(results: Sequence[_RowResult]) -> list[Block]:
    head = ["Row", *MEASURED, "Oscillation", "Seconds", "Images/s", "State"]
    rows = []
    for result in results:
        summary = result.summary
        cells = [str(summary.series.get(name, "–")) for name in MEASURED.values()]
        cells += [format_number(summary.oscillation), f"{summary.status.seconds:,.1f}", f"{summary.speed:,.0f}"]
        rows.append([result.row.label, *cells, result.state])
    note = (
        "Losses and accuracies are means over the steps of the last epoch ± their standard deviation there. "
        "Oscillation is that of D's loss. The losses of a critic (WGAN) are distances: they compare with each "
        "other, not with those of the other variants. Seconds are training time; images/s count the real pictures."
    )
    return [Table(head, rows), Text(note)]


def verdicts(study: Study, results: Sequence[_RowResult]) -> list[str]:
    """For each pair a sentence on how the idea changed the oscillation, then one on all pairs."""
    sentences, helped, seeds = [], 0, 1
    for without, with_it in study.pairs:
        before, after = (_oscillations(results, preset) for preset in (without, with_it))
        both = sorted(before.keys() & after.keys())
        if not both:
            sentences.append(f"{with_it}: not measured, for it or {without} is not finished.")
            continue
        seeds = len(both)
        mean_before = float(np.mean([before[seed] for seed in both]))
        mean_after = float(np.mean([after[seed] for seed in both]))
        helped += mean_after < (1 - SAME) * mean_before
        lower = sum(after[seed] < before[seed] for seed in both)
        note = f" (means of {seeds} seeds; lower with {lower} of them)" if seeds > 1 else ""
        sentences.append(verdict(study.idea, without, with_it, mean_before, mean_after) + note + ".")
    caution = " One seed each: a difference may be chance; --seeds 3 would tell." if seeds == 1 else ""
    total = f"{study.idea.capitalize()} lowered the oscillation in {helped} of {len(study.pairs)} pairs."
    return [*sentences, total + caution]


def verdict(idea: str, without: str, with_it: str, before: float, after: float) -> str:
    """Whether the idea lowered the oscillation, and by how much."""
    now, then = format_number(after), format_number(before)
    numbers = f"D's loss oscillates by {now} over the last epoch, against {then} in {without}"
    share = after / before - 1 if before else math.inf
    if abs(share) <= SAME:
        return f"{with_it}: {idea} made hardly a difference; {numbers}"
    if share > 0:
        return f"{with_it}: {idea} did not help; {numbers}" + (f", {share:.0%} more" if share < math.inf else "")
    return f"{with_it}: {idea} helped; {numbers}, {-share:.0%} less"


def _oscillations(results: Iterable[_RowResult], preset: str) -> dict[int, float]:
    """The oscillation of a preset's finished runs, by seed."""
    finished = [r for r in results if r.row.preset == preset and r.state == "finished"]
    return {r.row.config.seed: r.summary.oscillation for r in finished if math.isfinite(r.summary.oscillation)}


def _samples(results: Sequence[_RowResult]) -> list[Block]:
    sheets = [epoch_samples(result.run, result.summary) for result in results]
    epochs = sorted({epoch for sheet in sheets for epoch in sheet})
    if not epochs:
        return []

    def cell(result: _RowResult, sheet: dict[int, tuple[int, Path]], epoch: int) -> document.Cell:
        if epoch not in sheet:
            return "–"
        step, path = sheet[epoch]
        return Picture(
            path.read_bytes(), f"Samples of {result.row.label} after epoch {epoch}", f"Epoch {epoch}, step {step:,}"
        )

    rows = [
        [result.row.label, *(cell(result, sheet, epoch) for epoch in epochs)]
        for result, sheet in zip(results, sheets, strict=True)
    ]
    note = "All sheets are drawn from the same noise; a column is a class where the variant knows ten classes."
    note += f" Sheets and curves are those of seed {results[0].row.config.seed}."
    return [Heading("Samples"), Text(note), Table(["Row", *(f"Epoch {epoch}" for epoch in epochs)], rows)]


def _curves(study: Study, results: Sequence[_RowResult]) -> list[Block]:
    def chart(curves: list[svg.Curve], y_title: str, alt: str) -> Picture:
        return Picture(svg.chart(curves, x_title="epoch", y_title=y_title, alt=alt).encode(), alt)

    def curves(result: _RowResult, names: dict[str, str]) -> list[svg.Curve]:
        columns = result.summary.columns
        return [svg.Curve(name, columns["epoch"], columns[key]) for key, name in names.items() if key in columns]

    rows = []
    for result in results:
        label = result.row.label
        losses = curves(result, {"loss/d": "D", "loss/g": "G"})
        accuracies = curves(result, {"accuracy/real": "real", "accuracy/fake": "fake", "accuracy/class": "class"})
        accuracy_chart = chart(accuracies, "share judged right", f"Accuracy of D in {label}")
        rows.append([label, chart(losses, "loss", f"Losses of {label}"), accuracy_chart])
    blocks: list[Block] = [Table(["Row", "Losses", "Accuracy of D"], rows)]
    by_preset = {result.row.preset: result for result in results}
    pairs = [pair for pair in study.pairs if set(pair) <= by_preset.keys()]
    if pairs:
        blocks.append(Text(f"D's loss without and with {study.idea}:"))
    for without, with_it in pairs:
        both = curves(by_preset[without], {"loss/d": without}) + curves(by_preset[with_it], {"loss/d": with_it})
        blocks.append(chart(both, "D's loss", f"D's loss in {without} and in {with_it}"))
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
