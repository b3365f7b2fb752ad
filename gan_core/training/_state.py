"""The state of a trainer: what a snapshot holds, and how a run goes on from it, bit for bit on a CPU."""

from typing import TYPE_CHECKING

import torch

from gan_core.training._step_log import StepLog
from gan_core.training.optimiser import Optimiser

if TYPE_CHECKING:
    from gan_core.training._weights import Weights
    from gan_core.training.trainer import Trainer


def of_trainer(trainer: "Trainer") -> dict:
    """All that decides the rest of the run, as tensors and plain values, so that it loads with `weights_only=True`."""
    return {
        "G": trainer.G.state_dict(),
        "D": trainer.D.state_dict(),
        "ema": trainer.ema.state_dict() if trainer.ema else None,
        "g_optimiser": trainer.g_optimiser.state_dict(),
        "d_optimiser": trainer.d_optimiser.state_dict(),
        "lr": trainer.lr,
        "rng": {name: generator.get_state() for name, generator in trainer.rng.items()},
        "batches": trainer.batches.state_dict(),
        "progress": {"step": trainer.step, "images": trainer.images, "seconds": trainer.seconds},
    }


def restore(trainer: "Trainer", state: dict) -> None:
    """The inverse, for a trainer of the same config and data set."""
    trainer.G.load_state_dict(state["G"])
    trainer.D.load_state_dict(state["D"])
    if trainer.ema:
        trainer.ema.load_state_dict(state["ema"])
    trainer.g_weights.sync_low_precision()
    trainer.d_weights.sync_low_precision()
    restore_optimiser(trainer.g_optimiser, trainer.g_weights, state["g_optimiser"])
    restore_optimiser(trainer.d_optimiser, trainer.d_weights, state["d_optimiser"])
    trainer.lr = state["lr"]
    for name, generator in trainer.rng.items():
        generator.set_state(state["rng"][name])
    trainer.batches.load_state_dict(state["batches"])
    trainer.step, trainer.images, trainer.seconds = (state["progress"][key] for key in ("step", "images", "seconds"))
    trainer.log = StepLog(trainer.dataset_size, trainer.images, trainer.seconds)


def is_finite(trainer: "Trainer") -> bool:
    """Whether all weights and buffers of G, D and the EMA are finite; waits for the device."""
    networks = (trainer.G, trainer.D, *([trainer.ema.average] if trainer.ema else []))
    tensors = [tensor for network in networks for tensor in network.state_dict().values()]
    return bool(torch.stack([tensor.isfinite().all() for tensor in tensors]).all())


def restore_optimiser(optimiser: Optimiser, weights: "Weights", state: dict) -> None:
    """Load a `state_dict` of the optimiser, also one from when each parameter had an entry of its own."""
    entries, groups = state["state"], state["param_groups"]
    first = entries.get(0, {})  # before the first step there is no entry at all
    if first and len(groups[0]["params"]) > 1:
        names = [name for name, value in first.items() if value.ndim]
        first = first | {name: weights.packed([entries[i][name] for i in weights.order]) for name in names}
    optimiser.load(first)
