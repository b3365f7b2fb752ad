"""Where the time of a training step goes: `python -m benchmarks.profile_step [--variants r3gan] [--preset fast]`.

For each variant: which kind of work takes which share of a step, and the arithmetic limit, that is, how long the step
would take if all its convolutions ran as fast as well-shaped ones do on this processor, and its matrix products as
fast as a large one. For the first variant also the calls that take longest.
"""

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import torch
import torch.nn.functional as F
from torch.profiler import ProfilerActivity, profile, record_function
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from benchmarks import report
from gan_core import data, variants
from gan_core.presets import recipe
from gan_core.system import device
from gan_core.training import measure, optimiser
from gan_core.training.trainer import Trainer

RANGE = "part: "
"""Prefix of profiler ranges: all operators within one count as that kind of work."""

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
ORDER = (*KINDS, REST, PYTHON, "optimiser", "measuring", "data", "EMA")
"""Of the rows in the table."""


@dataclass(frozen=True)
class StepProfile:
    """One step: its seconds, its FLOPs in convolutions and in products, the share of each kind of work, its calls."""

    seconds: float
    flops: tuple[float, float]
    shares: dict[str, float]
    calls: list[list[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", nargs="+", default=list(variants.all_variants()), metavar="VARIANT")
    parser.add_argument("--preset", default="fast", help="usual, or a preset's name (default: fast)")
    parser.add_argument("--dataset", default="fashion-small")
    parser.add_argument("--seconds", type=float, default=10, help="to time the step without profiler (default: 10)")
    parser.add_argument("--calls", type=int, default=6, help="how many of the slowest to list (default: 6)")
    options = parser.parse_args()
    profiles = {variants.get(name).title: profile_step(_trainer(name, options), options) for name in options.variants}
    dtype = device.choose_dtype("auto", device.choose("auto"))
    tables = text(profiles, convolution_peak(dtype), product_peak(dtype))
    report.publish(f"Where a step's time goes: {options.preset}", tables)


def _trainer(name: str, options: argparse.Namespace) -> Trainer:
    named = {} if options.preset == "usual" else {"preset": options.preset}
    given = {"variant": name, "data.dataset": options.dataset, "schedule.steps": None, "schedule.seconds": None}
    config = recipe.build({**given, **named})
    return Trainer(config, data.load(config.data.dataset, classes=config.data.classes, size=config.data.size))


def text(profiles: Mapping[str, StepProfile], convolution: float, product: float) -> str:
    """The tables; the limits are in FLOP/s."""
    everyone = profiles.values()
    limits = [(one.flops[0] / convolution + one.flops[1] / product) / one.seconds for one in everyone]
    rows = [
        ["ms a step", *(f"{1000 * one.seconds:.1f}" for one in everyone)],
        ["GFLOP, convolutions / products", *(" / ".join(f"{n / 1e9:.2f}" for n in one.flops) for one in everyone)],
        ["**limit, of the step**", *(f"**{limit:.0%}**" for limit in limits)],
    ]
    kinds = [kind for kind in ORDER if any(kind in one.shares for one in everyone)]
    rows += [[kind, *(f"{one.shares.get(kind, 0):.1%}" for one in everyone)] for kind in kinds]
    title, first = next(iter(profiles.items()))
    about = (
        "Shares are those under the profiler, where small operators seem larger than they are. The limit is the step's "
        "arithmetic at the speed of the best of some well-shaped 3×3 convolutions, forward and backward, "
        f"{convolution / 1e9:,.0f} GFLOP/s, and of a product of 2048×2048, {product / 1e9:,.0f} GFLOP/s. The calls of "
        f"{title} that take longest:"
    )
    calls = report.table(["call", "times a step", "ms a step"], first.calls)
    return "\n\n".join([report.table(["", *profiles], rows), about, calls])


def period(trainer: Trainer) -> int:
    """Steps after which the work repeats: lazy penalties are not in every step."""
    every = trainer.config.regularization.reg_every
    return every // math.gcd(every, trainer.config.objective.d_steps)


def advance(trainer: Trainer, steps: int, seconds: float = 0) -> float:
    """Take that many steps, again and again for so many seconds; returns the seconds a step took.

    What is logged is read now and then, as in a run.
    """
    start, count = time.perf_counter(), 0
    while count == 0 or time.perf_counter() - start < seconds:
        for _ in range(steps):
            trainer.advance()
        trainer.drain()
        count += steps
    return (time.perf_counter() - start) / count


class Flops(TorchDispatchMode):
    """Counts the floating-point operations made while it is entered; a multiply-add is two.

    torch's FlopCounterMode cannot follow the gradient of a gradient, which penalties need.
    """

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = self.products = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if formula := flop_registry.get(func._overloadpacket):
            count = formula(*args, **(kwargs or {}), out_val=out)
            if "convolution" in func._overloadpacket.__name__:
                self.convolutions += count
            else:
                self.products += count
        return out


def flops(trainer: Trainer) -> tuple[float, float]:
    """Those of a step's convolutions and of its matrix products."""
    with Flops() as counted:
        advance(trainer, period(trainer))
    return counted.convolutions / period(trainer), counted.products / period(trainer)


def product_peak(dtype: torch.dtype, size: int = 2048) -> float:
    """FLOP/s of a large square matrix product: what this processor can do at best."""
    a, b = torch.randn(2, size, size).to(dtype)
    return 2 * size**3 / timed(lambda: a @ b)


def convolution_peak(dtype: torch.dtype, batch: int = 64) -> float:
    """FLOP/s of the best of some well-shaped 3×3 convolutions, forward and backward, channels last."""

    def speed(channels: int, size: int) -> float:
        shapes = (batch, channels, size, size), (channels, channels, 3, 3)
        x, weight = (torch.randn(*shape).to(dtype).to(memory_format=torch.channels_last) for shape in shapes)
        gradient, inputs = torch.randn_like(x), (x.requires_grad_(), weight.requires_grad_())
        seconds = timed(lambda: torch.autograd.grad(F.conv2d(*inputs, padding=1), inputs, gradient))
        return 3 * 2 * batch * (channels * size) ** 2 * 9 / seconds

    return max(speed(channels, size) for channels, size in ((64, 14), (128, 14), (256, 7), (256, 14)))


def timed(go: Callable[[], object], repeats: int = 15) -> float:
    """The median seconds of `go()`, which is called three times before."""
    found = []
    for _ in range(3 + repeats):
        start = time.perf_counter()
        go()
        found.append(time.perf_counter() - start)
    return report.median(found[3:])


def profile_step(trainer: Trainer, options: argparse.Namespace) -> StepProfile:
    """Time some steps, count the operations of some, and profile some."""
    advance(trainer, 3)  # allocations, and what libraries prepare at a first call
    step, counted = advance(trainer, period(trainer), options.seconds), flops(trainer)
    steps = period(trainer) * max(1, 8 // period(trainer))
    with marked(trainer), profile(activities=[ProfilerActivity.CPU], record_shapes=True) as profiler:
        seconds = steps * advance(trainer, steps)
    calls = slowest(profiler.key_averages(group_by_input_shape=True), steps, options.calls)
    return StepProfile(step, counted, by_kind(profiler.events() or (), seconds), calls)


def slowest(events: Iterable, steps: int, most: int) -> list[list[str]]:
    """Rows of the convolutions and products that take longest, by operator and shapes."""
    calls = [event for event in events if operator_kind(event.key).startswith(("convolution", "dense"))]
    calls.sort(key=lambda event: -event.self_cpu_time_total)
    return [
        [
            f"{event.key.removeprefix('aten::')} {' · '.join('×'.join(map(str, s)) for s in event.input_shapes if s)}",
            f"{event.count / steps:.3g}",
            f"{event.self_cpu_time_total / 1000 / steps:.2f}",
        ]
        for event in calls[:most]
    ]


@contextmanager
def marked(trainer: Trainer) -> Iterator[None]:
    """Within the block, mark the parts of `trainer`'s step that count as a kind of work."""
    parts = [
        (trainer.batches, "next", "data"),
        (measure, "score_statistics", "measuring"),
        (measure, "diversity", "measuring"),
        (optimiser.Optimiser, "step", "optimiser"),
    ]
    parts += [(trainer.ema, "update", "EMA")] if trainer.ema else []
    with ExitStack() as stack:
        for owner, name, part in parts:
            stack.enter_context(patch.object(owner, name, record_function(RANGE + part)(getattr(owner, name))))
        yield


def by_kind(events: Iterable, seconds: float) -> dict[str, float]:
    """Kinds of work and their share of `seconds`: each event's time without that of the events within it."""
    spent: dict[str, float] = defaultdict(float)
    for event in events:
        spent[kind_of(event)] += event.self_cpu_time_total / 1e6
    spent[PYTHON] = max(0.0, seconds - sum(spent.values()))
    return {kind: spent[kind] / seconds for kind in spent if spent[kind] > 0}


def kind_of(event) -> str:
    """The marked part that the event lies in, or else the kind of operator it is."""
    above = event
    while above is not None:
        if above.name.startswith(RANGE):
            return above.name.removeprefix(RANGE)
        above = above.cpu_parent
    return operator_kind(event.name)


def operator_kind(name: str) -> str:
    return next((kind for kind, parts in KINDS.items() if any(part in name for part in parts)), REST)


if __name__ == "__main__":
    main()
