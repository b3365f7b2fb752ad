"""What a trainer begins with: its streams of random numbers, and freshly initialised networks."""

import hashlib
from collections.abc import Callable, Mapping

import torch
from torch import nn

from gan_core.nets import NetSpec
from gan_core.nets.blocks import SeededDropout
from gan_core.nets.initialisation import initialise
from gan_core.system.sharding import BatchShard, Rng
from gan_core.training._sync_batch_norm import sync_batch_norms
from gan_core.training.parallel import Team


def random_streams(seed: int, device: torch.device, shard: BatchShard | None) -> dict[str, Rng]:
    """A stream of random numbers for each purpose, so that one more draw for one of them moves no other."""
    places = {"weights": "cpu", "data": "cpu", "latent": device, "noise": device}
    return {purpose: _stream(seed, purpose, place, shard) for purpose, place in places.items()}


def _stream(seed: int, purpose: str, device: torch.device | str, shard: BatchShard | None) -> Rng:
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    rng = Rng(device)
    rng.manual_seed(int.from_bytes(digest[:8], "little") >> 1)
    rng.shard = shard
    return rng


def build_network(
    build: Callable[[NetSpec], nn.Module], spec: NetSpec, rng: Mapping[str, Rng], device: torch.device, team: Team
) -> nn.Module:
    """The network that `build` makes for `spec`, with initial weights, on `device`, channels last in memory."""
    network = build(spec)
    initialise(network, rng["weights"], spec.network.init)
    for module in network.modules():
        if isinstance(module, SeededDropout):
            module.generator = rng["noise"]
    sync_batch_norms(network, team)
    return network.to(device=device).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
