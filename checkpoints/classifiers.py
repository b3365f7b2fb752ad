"""Train a bundled classifier: `python -m checkpoints.classifiers fashion` (or digits, emoji).

It is trained on the training pictures only; the stated accuracy is that of the stored, rounded weights on the test
pictures.
"""

import argparse
import datetime
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import safetensors.torch
import torch
from torch import Tensor
from torch.nn import functional as F

from gan_core import data
from gan_core.evaluation.extractors import classifier
from gan_core.evaluation.extractors.network import Classifier
from gan_core.system import device, discovery, files


@dataclass(frozen=True)
class ClassifierPlan:
    """How one classifier is trained: on which data, and with how much augmentation."""

    dataset: str
    serves: tuple[str, ...]
    licence: str
    epochs: int
    flip: bool
    rotation: float
    """Degrees."""
    scale: float
    shift: float
    """Share of the width."""
    erase: float
    """Share of the pictures with a grey patch on them."""
    sharp_epochs: int = 0
    """Further epochs, of pictures that are only flipped: rotation and scaling blur small ones."""


PLANS = {
    "fashion": ClassifierPlan(
        "fashion-mnist", ("fashion-small", "fashion-mnist"), "MIT", 8, True, 4, 0.05, 0.06, 0.3, 5
    ),
    "digits": ClassifierPlan("digits", ("digits", "mnist"), "CC BY-SA 3.0", 60, False, 12, 0.12, 0.1, 0.2),
    "emoji": ClassifierPlan("emoji", ("emoji",), "SIL OFL 1.1", 25, True, 10, 0.12, 0.08, 0.2),
}

BATCH = 128
LEARNING_RATE = 4e-3


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m checkpoints.classifiers", description=__doc__)
    parser.add_argument("name", help=f"one of {', '.join(PLANS)}")
    parser.add_argument("--sharp", action="store_true", help="only the sharp epochs, from the stored weights")
    options = parser.parse_args(arguments)
    plan = discovery.look_up(PLANS, options.name, "classifier")
    training = data.load(plan.dataset, split="train")
    torch.manual_seed(0)
    if options.sharp:
        network = classifier.load_network(options.name)
    else:
        network = Classifier(training.images.shape[1], training.images.shape[2], len(training.classes))
        fit(network, training, plan, plan.epochs, LEARNING_RATE)
        print(save(options.name, plan, network))
    if plan.sharp_epochs:
        flips_only = replace(plan, rotation=0, scale=0, shift=0, erase=0)
        fit(network, training, flips_only, plan.sharp_epochs, LEARNING_RATE / 4)
        print(save(options.name, plan, network))
    return 0


def fit(network: Classifier, dataset: data.Dataset, plan: ClassifierPlan, epochs: int, rate: float) -> None:
    """Train `network` in place; it ends on the CPU, in evaluation mode."""
    place = device.choose("auto")
    dtype = device.choose_dtype("auto", place)
    images, labels = torch.from_numpy(dataset.images).to(place), torch.from_numpy(dataset.labels).to(place)
    network.train().to(place).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    per_epoch = len(images) // BATCH
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=2e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, epochs * per_epoch)
    start = time.perf_counter()
    for epoch in range(epochs):
        losses = []
        for chosen in torch.randperm(len(images), device=place)[: per_epoch * BATCH].split(BATCH):
            pictures = _augment(images[chosen].float() / 127.5 - 1, plan).contiguous(memory_format=torch.channels_last)
            with torch.autocast(place.type, dtype=dtype, enabled=dtype != torch.float32):
                loss = F.cross_entropy(network(pictures)[1], labels[chosen], label_smoothing=0.05)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.detach())
        mean = torch.stack(losses).mean().item()
        print(f"epoch {epoch + 1} of {epochs}: loss {mean:.4f}, {time.perf_counter() - start:.0f} s", flush=True)
    network.cpu().eval()


def save(name: str, plan: ClassifierPlan, network: Classifier) -> str:
    """Write the weights, rounded to 16 bits, and measure the accuracy of what was written; one line on the result."""
    training, test = data.load(plan.dataset, split="train"), data.load(plan.dataset, split="test")
    tensors = {key: value.half() if value.is_floating_point() else value for key, value in network.state_dict().items()}
    tensors = {key: value.contiguous() for key, value in tensors.items() if not key.endswith("num_batches_tracked")}
    metadata = {
        "format": classifier.FORMAT,
        "size": str(training.images.shape[2]),
        "channels": str(training.images.shape[1]),
        "classes": "\n".join(training.classes),
        "serves": " ".join(plan.serves),
        "trained_on": f"{plan.dataset}, {len(training):,} training pictures",
        "tested_on": f"{plan.dataset}, {len(test):,} test pictures",
        "licence": plan.licence,
        "made": datetime.date.today().isoformat(),
    }
    path = classifier.path_of(name)
    files.write_atomic(path, safetensors.torch.save(tensors, metadata | {"accuracy": "0"}))
    logits = classifier.load(name).features(test.images).logits
    assert logits is not None
    accuracy = (logits.argmax(1) == torch.from_numpy(test.labels)).float().mean().item()
    files.write_atomic(path, safetensors.torch.save(tensors, metadata | {"accuracy": f"{accuracy:.4f}"}))
    return f"{path}: {path.stat().st_size:,} bytes, {accuracy:.2%} of {metadata['tested_on']} right"


def _augment(pictures: Tensor, plan: ClassifierPlan) -> Tensor:
    """Pictures (N, C, H, H) in [-1, 1], each randomly rotated, scaled, shifted, flipped and erased."""
    count, place = len(pictures), pictures.device
    if not (plan.rotation or plan.scale or plan.shift):
        mirrored = torch.rand(count, 1, 1, 1, device=place) < (0.5 if plan.flip else 0)
        return _erase(torch.where(mirrored, pictures.flip(3), pictures), plan.erase)
    angle = (torch.rand(count, device=place) * 2 - 1) * plan.rotation * torch.pi / 180
    scale = 1 + (torch.rand(count, device=place) * 2 - 1) * plan.scale
    flip = torch.where(torch.rand(count, device=place) < (0.5 if plan.flip else 0), -1.0, 1.0)
    shift = (torch.rand(count, 2, device=place) * 2 - 1) * 2 * plan.shift  # the grid is 2 wide
    cosine, sine = torch.cos(angle) * scale, torch.sin(angle) * scale
    rows = [cosine * flip, -sine, shift[:, 0], sine * flip, cosine, shift[:, 1]]
    grid = F.affine_grid(torch.stack(rows, 1).view(count, 2, 3), list(pictures.shape), align_corners=False)
    border = pictures[:, :, :1, :1]  # only background comes in at the sides
    moved = F.grid_sample(pictures - border, grid, align_corners=False) + border
    return _erase(moved, plan.erase)


def _erase(pictures: Tensor, share: float) -> Tensor:
    """A grey square of a third of the width somewhere on a `share` of the pictures (DeVries and Taylor, 2017)."""
    count, _, size, _ = pictures.shape
    side, at = size // 3, torch.arange(size, device=pictures.device)
    corner = torch.randint(0, size - side + 1, (count, 2, 1), device=pictures.device)
    inside = (at >= corner) & (at < corner + side)  # (N, 2, H)
    mask = inside[:, 0, :, None] & inside[:, 1, None, :] & (torch.rand(count, 1, 1, device=pictures.device) < share)
    return pictures.masked_fill(mask[:, None], 0.0)


if __name__ == "__main__":
    sys.exit(main())
