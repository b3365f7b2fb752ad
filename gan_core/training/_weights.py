"""The parameters of a network as one tensor, and a low-precision copy of those of the heavy layers.

In a small network, what is done per parameter costs as much as the layers: casting it in each pass, casting its
gradient back, norm, update, average. On one flat tensor each of these is a single operator.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from gan_core.nets.blocks import FanInConv2d

HEAVY = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, FanInConv2d)
"""Layers that autocast computes in low precision; under spectral norm a layer has another type, and keeps float32."""


class Weights:
    """The parameters of `network` (float32, on their device), from now on views of the one tensor `values`.

    `run` is the network to call. In float32 it is `network` itself; for another `dtype` it is a twin in which heavy
    layers have weights of that type, to be called under autocast, and all other layers are those of `network`.
    Whatever changes weights calls `sync_low_precision` afterwards. `values.grad` has the gradient after
    `flatten_grads`.
    """

    def __init__(self, network: nn.Module, dtype: torch.dtype = torch.float32) -> None:
        self.network = network
        heavy = [p for m in network.modules() if type(m) in HEAVY for p in m.parameters(recurse=False)]
        known = {id(p) for p in heavy}
        self._owners = [*heavy, *(p for p in network.parameters() if id(p) not in known)]
        places = {id(p): place for place, p in enumerate(network.parameters())}
        self.order = [places[id(p)] for p in self._owners]
        """Which of `network.parameters()` comes first in `values`, second, and so on."""
        self.values = nn.Parameter(self.packed([p.detach() for p in self._owners]))
        self.values.grad = torch.zeros_like(self.values)
        self._gradients = _views(self.values.grad, self._owners)
        for owner, view in zip(self._owners, _views(self.values.detach(), self._owners), strict=True):
            owner.data = view
        low = dtype != torch.float32
        self._heavy = self.values.detach()[: sum(p.numel() for p in heavy)]
        self._low = self._heavy.to(dtype) if low else self._heavy[:0]
        copies = [nn.Parameter(view) for view in _views(self._low, heavy)] if low else heavy
        self.run = _twin(network, dict(zip(map(id, heavy), copies, strict=True))) if low else network
        self._leaves = [*copies, *self._owners[len(heavy) :]]

    def sync_low_precision(self) -> None:
        """Copy the heavy layers' weights into the twin's, in its precision."""
        if len(self._low):
            self._low.copy_(self._heavy)

    @torch.no_grad()
    def flatten_grads(self) -> Tensor:
        """Move the gradients of all passes of `run` since the last time into `values.grad`; returns it, (numbers,)."""
        pairs = list(zip(self._gradients, self._leaves, strict=True))
        for view in (view for view, leaf in pairs if leaf.grad is None):
            view.zero_()
        found = [(view, leaf.grad) for view, leaf in pairs if leaf.grad is not None]
        if found:
            into, gradients = zip(*found, strict=True)
            torch._foreach_copy_(into, gradients)  # pyright: ignore[reportPrivateImportUsage]
        for leaf in self._leaves:
            leaf.grad = None
        assert self.values.grad is not None
        return self.values.grad

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Meanwhile no gradient is taken with respect to the weights of `run`."""
        for leaf in self._leaves:
            leaf.requires_grad_(False)
        try:
            yield
        finally:
            for leaf in self._leaves:
                leaf.requires_grad_(True)

    def packed(self, tensors: Sequence[Tensor]) -> Tensor:
        """Tensors shaped like the parameters, in the order of `order`, as one tensor laid out as `values`."""
        flat = torch.empty(sum(tensor.numel() for tensor in tensors), device=tensors[0].device)
        for view, tensor in zip(_views(flat, self._owners), tensors, strict=True):
            view.copy_(tensor)
        return flat


def _views(flat: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    """Parts of `flat` with the shapes and the memory layouts of `like`, one after the other."""
    views, start = [], 0
    for tensor in like:
        views.append(flat.as_strided(tensor.shape, tensor.stride(), start))
        start += tensor.numel()
    return views


def _twin(module: nn.Module, copies: Mapping[int, nn.Parameter]) -> nn.Module:
    """`module` with `copies` in place of the parameters of these ids; whatever has none of them is not copied."""
    children = {name: _twin(child, copies) for name, child in module.named_children()}
    own = {name: copies.get(id(p), p) for name, p in module.named_parameters(recurse=False)}
    changed = any(child is not module.get_submodule(name) for name, child in children.items())
    if not changed and all(p is module.get_parameter(name) for name, p in own.items()):
        return module
    twin = copy.copy(module)
    twin._modules = dict(module._modules) | children
    twin._parameters = dict(module._parameters) | own
    return twin
