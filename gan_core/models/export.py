"""Generators for other programs: ONNX files and `torch.export` programs that need nothing of ours.

Each takes `z` float32 (N, z_dim) and, of a model that is told the class, `labels` int64 (N,), for any N from 1 on, and
gives `pictures` float32 (N, C, H, W) in [-1, 1]. What else one must know is inside, see `about`.
"""

import io
import json
import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

import gan_core
from gan_core import variants
from gan_core.models.checkpoint import Model
from gan_core.nets import latent
from gan_core.system import discovery
from gan_core.system.errors import WorkshopError

TOLERANCE = 1e-4
"""How far the values of an exported program may be from the generator's; those of pictures go from −1 to 1."""

ABOUT_FILE = "about.json"
"""The file in a `.pt2` that holds what `about` says, as JSON."""

TRACED, CHECKED = 2, 3
"""Pictures the program is traced with, and those it is checked with: another number, so that none is built in."""

LARGEST = 2_000_000_000
"""Bytes of weights in an ONNX file; its format ends at 2 GiB."""


@dataclass(frozen=True)
class Kind:
    """A kind of file: its title, its suffix with the dot, its MIME type, and how a program is written."""

    title: str
    suffix: str
    mime: str
    write: Callable[[ExportedProgram, dict[str, str]], bytes]


def export(model: Model, kind: str, title: str = "") -> bytes:
    """The generator of `model` as a file of `kind`, a key of KINDS; `title` is what to call it, see `about`.

    Before it is handed back, the exported program draws a few pictures, which must be the generator's to TOLERANCE.
    Takes some seconds. Raises WorkshopError for an unknown kind and for a generator that cannot be exported.
    """
    chosen = discovery.look_up(KINDS, kind, "kind of export")
    generator = model.generator
    was_training = generator.training
    generator.eval()
    try:
        with _quiet(), torch.no_grad():
            program = _captured(model)
            _compare(program.module(), model)
            return chosen.write(program, about(model, title))
    except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
        said = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
        raise WorkshopError(f"This generator cannot be exported as {chosen.title}: {said}.") from error
    finally:
        generator.train(was_training)


def about(model: Model, title: str = "") -> dict[str, str]:
    """What a user of the file must know, all as text: an ONNX file's metadata, and `about.json` in a `.pt2`.

    `classes` is a JSON list: `labels` are places in it. `distribution` says where z comes from.
    """
    network, data = model.config.network, model.config.data
    return {
        "title": title or f"{variants.get(model.config.variant).title}, {data.dataset}",
        "variant": model.config.variant,
        "dataset": data.dataset,
        "licence": model.licence,
        "classes": json.dumps(model.classes, ensure_ascii=False),
        "conditional": json.dumps(model.conditional),
        "z_dim": str(network.z_dim),
        "distribution": DISTRIBUTIONS[network.z_distribution],
        "weights": "EMA" if model.ema else "raw",
        "step": str(model.step),
        "range": "-1 to 1",
        "made_by": f"GAN Workshop {gan_core.__version__}",
    }


DISTRIBUTIONS = {"normal": "normal: N(0, 1)", "uniform": "uniform: -1 to 1"}


def _inputs(model: Model, count: int) -> tuple[Tensor, ...]:
    """z (count, z_dim), and labels (count,) where the model is told the class."""
    network = model.config.network
    z = latent.fixed(count, network.z_dim, seed=0, distribution=network.z_distribution)
    return (z, torch.arange(count) % len(model.classes)) if model.conditional else (z,)


class Whole(nn.Module):
    """A generator under a name of its own: a graph cannot hold parts that are called like its own, as `code`."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.generator(z) if labels is None else self.generator(z, labels)


def _captured(model: Model) -> ExportedProgram:
    """The generator as a graph of PyTorch's own operations, for any batch."""
    inputs, batch = _inputs(model, TRACED), Dim("batch", min=1)
    whole = Whole(model.generator).eval()
    program = torch.export.export(whole, inputs, dynamic_shapes=tuple({0: batch} for _ in inputs))
    for module in program.graph_module.modules():
        if isinstance(module, torch.fx.GraphModule):
            for node in module.graph.nodes:
                node.meta.pop("stack_trace", None)  # the places of our source files on this machine
    return program


def _compare(run: nn.Module, model: Model) -> None:
    """Raises ValueError where `run` draws other pictures than the generator."""
    inputs = _inputs(model, CHECKED)
    difference = (run(*inputs) - model.generator(*inputs)).abs().max().item()
    if not difference <= TOLERANCE:  # so that NaN is refused as well
        raise ValueError(f"its pictures differ by {difference:.2g}, allowed is {TOLERANCE:g}")


def _onnx(program: ExportedProgram, told: dict[str, str]) -> bytes:
    """One file with the weights inside."""
    import onnx

    size = sum(tensor.nbytes for tensor in program.state_dict.values())
    if size > LARGEST:
        raise ValueError(f"its weights take {size:,} bytes, allowed are {LARGEST:,}")
    names = ["z", "labels"][: len(program.graph_signature.user_inputs)]
    made = torch.onnx.export(program, input_names=names, output_names=["pictures"], verbose=False)
    shape = made.model.graph.inputs[0].shape if made else None
    if made is None or shape is None:
        raise ValueError("torch.onnx made no program, or one without shapes")
    made.rename_axes({str(shape[0]): "batch"})
    proto = made.model_proto
    graph = proto.graph
    for part in (graph, *graph.node, *graph.value_info, *graph.initializer, *graph.input, *graph.output):
        part.ClearField("metadata_props")  # notes of the exporter on our modules
        part.ClearField("doc_string")
    onnx.helper.set_model_props(proto, told)
    onnx.checker.check_model(proto, full_check=True)
    return proto.SerializeToString(deterministic=True)


def _pt2(program: ExportedProgram, told: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    torch.export.save(program, buffer, extra_files={ABOUT_FILE: json.dumps(told, ensure_ascii=False, indent=2)})
    return buffer.getvalue()


KINDS: dict[str, Kind] = {
    "onnx": Kind("ONNX", ".onnx", "application/octet-stream", _onnx),
    "pt2": Kind("torch.export", ".pt2", "application/octet-stream", _pt2),
}
"""What `export` can write, by id."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps to itself what the exporters say to developers: what goes wrong is raised.

    All this belongs to the whole process, so one export waits for another.
    """
    loggers = [logging.getLogger(name) for name in ("torch", "onnxscript", "onnx_ir")]
    with ONE_AT_A_TIME, redirect_stderr(io.StringIO()), warnings.catch_warnings():
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


ONE_AT_A_TIME = threading.Lock()
