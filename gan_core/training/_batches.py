"""The stream of training batches: resident uint8 data, shuffled anew each epoch, ready to resume."""

import torch
from torch import Tensor

from gan_core.system import sharding
from gan_core.system.errors import WorkshopError


class Batches:
    """Endless batches of `images` uint8 (N, C, H, W) and `labels` int64 (N,), both on the training device.

    Every picture is seen once an epoch; a batch may span two epochs, so none is dropped or seen twice.
    The order comes from `generator`, on the CPU, and is therefore the same on every device. Where several processes
    share a batch, each gets its own part of it.
    """

    def __init__(self, images: Tensor, labels: Tensor, batch: int, generator: torch.Generator) -> None:
        self.images, self.labels, self.batch = images, labels, batch
        self.generator = generator
        self.order = torch.empty(0, dtype=torch.int64)
        self.position = 0

    def next(self) -> tuple[Tensor, Tensor]:
        """One batch: pictures float32 (batch, C, H, W) in [-1, 1], channels last, and labels (batch,)."""
        parts, missing = [], self.batch
        while missing:
            if self.position == len(self.order):
                self.order = torch.randperm(len(self.images), generator=self.generator)
                self.position = 0
            taken = self.order[self.position : self.position + missing]
            self.position += len(taken)
            missing -= len(taken)
            parts.append(taken)
        index = sharding.local_rows(torch.cat(parts), self.generator).to(self.images.device, non_blocking=True)
        pictures = self.images[index].to(torch.float32).mul_(2 / 255).sub_(1)
        return pictures.contiguous(memory_format=torch.channels_last), self.labels[index]

    def state_dict(self) -> dict:
        return {"order": self.order, "position": self.position}

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state` was; raises WorkshopError where that was among another number of pictures."""
        before, now = len(state["order"]), len(self.images)
        if before not in (0, now):  # 0: before the first batch
            raise WorkshopError(f"Its data set had {before:,} pictures and now has {now:,}, so it cannot be resumed.")
        self.order, self.position = state["order"], state["position"]
