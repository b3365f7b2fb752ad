"""Where the time of a training step goes: `python -m benchmarks.profile_step [--variants r3gan] [--preset fast]`.

Three views of one variant and preset. The profile says which kind of work takes which share of a step. Every
convolution and matrix product of the step is then timed alone, as it is called there. And the arithmetic limit: how
long the step would take if all its convolutions ran as fast as well-shaped ones do on this processor, and its matrix
products as fast as a large one. The step's share of that limit is how much of the processor it makes use of.
"""

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import torch
from torch.profiler import ProfilerActivity, profile, record_function

from benchmarks import report
from benchmarks.step_calls import Call, Recorder, convolution_peak, product_peak
from gan_core import data, variants
from gan_core.presets import recipe
from gan_core.training import measure, optimiser
from gan_core.training.trainer import Trainer

RANGE = "part: "
"""Before the name of a stretch of the step that is a kind of work of its own, whatever is called in it."""

KINDS = {
    "convolution, backward": ("convolution_backward", "convolution_double_backward"),
    "convolution, forward": ("convolution",),
    "dense layers": ("addmm", "aten::mm", "aten::bmm", "baddbmm", "matmul", "linear"),
    "norm": ("batch_norm", "instance_norm", "native_norm"),
    "activation": ("relu", "tanh", "sigmoid", "threshold", "silu"),
    "re-sampling and padding": ("upsample", "pool", "pixel_shuffle", "pixel_unshuffle", "_pad", "constant_pad"),
    "casts and copies": ("copy", "clone", "contiguous", "aten::to", "aten::cat"),
    "autograd's own": ("autograd::", "Backward"),
}
"""Kinds of work by what the names of their operators contain; the first that fits."""

REST, PYTHON = "other operators", "between operators (Python)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", nargs="+", default=list(variants.all_variants()), metavar="VARIANT")
    parser.add_argument("--preset", default="fast", help="usual, or a preset's name (default: fast)")
    parser.add_argument("--dataset", default="fashion-small")
    parser.add_argument("--seconds", type=float, default=10, help="to time the step without profiler (default: 10)")
    parser.add_argument("--calls", type=int, default=16, help="how many of the calls to list, slowest first")
    options = parser.parse_args()
    peaks: dict[torch.dtype, tuple[float, float]] = {}
    for name in options.variants:
        title = f"Where a step's time goes: {variants.get(name).title}, {options.preset}, batch "
        trainer = _trainer(name, options)
        peaks.setdefault(trainer.dtype, (convolution_peak(trainer.dtype), product_peak(trainer.dtype)))
        report.publish(f"{title}{trainer.config.schedule.batch}", _study(trainer, peaks[trainer.dtype], options))


def _trainer(name: str, options: argparse.Namespace) -> Trainer:
    named = {} if options.preset == "usual" else {"preset": options.preset}
    given = {"variant": name, "data.dataset": options.dataset, "schedule.steps": None, "schedule.seconds": None}
    config = recipe.build({**given, **named})
    return Trainer(config, data.load(config.data.dataset, classes=config.data.classes, size=config.data.size))


def _study(trainer: Trainer, peaks: tuple[float, float], options: argparse.Namespace) -> str:
    advance(trainer, 3)  # allocations, and what libraries prepare at a first call
    step = step_seconds(trainer, options.seconds)
    with Recorder() as recorder:
        steps = advance(trainer, period(trainer))
    calls = {call: count / steps for call, count in recorder.calls.items()}
    alone = {call: call.seconds() for call in calls}
    shares, profiled = _profile(trainer)
    return "\n\n".join(
        [
            _limit(step, calls, alone, peaks, str(trainer.dtype).removeprefix("torch.")),
            report.table(["kind of work", "share of the step"], [[kind, f"{share:.1%}"] for kind, share in shares]),
            f"Under the profiler a step took {1000 * profiled:.1f} ms, so small operators seem larger than they are.",
            _slowest(calls, alone, options.calls),
        ]
    )


def period(trainer: Trainer) -> int:
    """After so many steps the same work comes again: lazy penalties are not in every step."""
    every = trainer.config.regularization.reg_every
    return every // math.gcd(every, trainer.config.objective.d_steps)


def advance(trainer: Trainer, steps: int) -> int:
    for _ in range(steps):
        trainer.advance()
    return steps


def step_seconds(trainer: Trainer, seconds: float) -> float:
    """Seconds a step, over whole periods, with what is read now and then as in a run."""
    start, steps = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        steps += advance(trainer, period(trainer))
        trainer.drain()
    return (time.perf_counter() - start) / steps


def _limit(
    step: float, calls: dict[Call, float], alone: dict[Call, float], peaks: tuple[float, float], precision: str
) -> str:
    """The step beside what its layers take alone, and beside what its arithmetic would take at best."""
    convolution, product = peaks
    flops = {
        kind: sum(call.flops * n for call, n in calls.items() if call.is_convolution is kind) for kind in (True, False)
    }
    least = flops[True] / convolution + flops[False] / product
    layers = sum(alone[call] * n for call, n in calls.items())
    rows = [
        ["a step", f"{1000 * step:.1f}", "100 %"],
        ["its convolutions and matrix products, each alone", f"{1000 * layers:.1f}", f"{layers / step:.0%}"],
        ["the same arithmetic at the measured limit", f"{1000 * least:.1f}", f"**{least / step:.0%}**"],
    ]
    return (
        f"{report.table(['', 'ms', 'share of the step'], rows)}\n\n"
        f"{flops[True] / 1e9:.2f} GFLOP of convolutions and {flops[False] / 1e9:.2f} of matrix products a step, lazy "
        f"penalties by their share. Measured limit, {precision}: {convolution / 1e9:,.0f} GFLOP/s for the best of some "
        f"well-shaped 3×3 convolutions (forward and backward, batch 64), {product / 1e9:,.0f} GFLOP/s for a product of "
        "2048×2048."
    )


def _slowest(calls: dict[Call, float], alone: dict[Call, float], most: int) -> str:
    order = sorted(calls, key=lambda call: -alone[call] * calls[call])
    rows = [
        [
            *(str(call), f"{calls[call]:.3g}", f"{1000 * alone[call] * calls[call]:.2f}"),
            f"{call.flops / alone[call] / 1e9:,.0f}",
        ]
        for call in order[:most]
    ]
    left = sum(alone[call] * calls[call] for call in order[most:])
    rows += [[f"{len(order) - most} others", "", f"{1000 * left:.2f}", ""]] if len(order) > most else []
    return report.table(["call, timed alone", "times a step", "ms a step", "GFLOP/s"], rows)


def _profile(trainer: Trainer) -> tuple[list[tuple[str, float]], float]:
    """Kinds of work with their share of a step, largest first, and the seconds of a step under the profiler."""
    steps = period(trainer) * max(1, 8 // period(trainer))
    with marked(trainer), profile(activities=[ProfilerActivity.CPU]) as found:
        start = time.perf_counter()
        advance(trainer, steps)
        seconds = time.perf_counter() - start
    spent = by_kind(found.events() or ())
    spent[PYTHON] = max(0.0, seconds - sum(spent.values()))
    order = sorted(spent, key=lambda kind: -spent[kind])
    return [(kind, spent[kind] / seconds) for kind in order if spent[kind] > 0], seconds / steps


@contextmanager
def marked(trainer: Trainer) -> Iterator[None]:
    """For a while, name the stretches of `trainer`'s step that are a kind of work of their own."""
    stretches = [
        (trainer.batches, "next", "data"),
        (measure, "score_statistics", "measuring"),
        (measure, "diversity", "measuring"),
        (optimiser.Optimiser, "step", "optimiser"),
    ]
    stretches += [(trainer.ema, "update", "EMA")] if trainer.ema else []
    with ExitStack() as stack:
        for owner, name, part in stretches:
            stack.enter_context(patch.object(owner, name, _within(RANGE + part, getattr(owner, name))))
        yield


def _within(name: str, function: Callable) -> Callable:
    """`function` within a stretch that the profiler calls `name`."""

    def named(*args, **kwargs):
        with record_function(name):
            return function(*args, **kwargs)

    return named


def by_kind(events: Iterable) -> dict[str, float]:
    """Seconds by kind of work: each event's own time, without that of the events within it."""
    spent: dict[str, float] = defaultdict(float)
    for event in events:
        spent[kind_of(event)] += event.self_cpu_time_total / 1e6
    return dict(spent)


def kind_of(event) -> str:
    """The part it lies in, if that was named, or else what kind of operator it is."""
    above = event
    while above is not None:
        if above.name.startswith(RANGE):
            return above.name.removeprefix(RANGE)
        above = above.cpu_parent
    return next((kind for kind, parts in KINDS.items() if any(part in event.name for part in parts)), REST)


if __name__ == "__main__":
    main()
