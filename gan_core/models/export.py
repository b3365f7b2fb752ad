"""Export generators to ONNX or `torch.export`, for use without this program.

An exported program takes `z` float32 (N, z_dim) and, if the model is conditional, `labels` int64 (N,), for any N >= 1,
and returns `pictures` float32 (N, C, H, W) in [-1, 1]. The file carries `metadata`.
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
from gan_core.models._messages import first_line
from gan_core.models.checkpoint import Model
from gan_core.nets import latent
from gan_core.system import discovery
from gan_core.system.errors import WorkshopError

TOLERANCE = 1e-4
"""The largest difference between pictures of the exported program and of the generator, whose range is −1 to 1."""

METADATA_FILE = "about.json"
"""Holds `metadata` as JSON in a `.pt2`."""

TRACE_BATCH, CHECK_BATCH = 2, 3
"""Batch sizes for tracing and checking: they differ, so that neither is built in unnoticed."""

MAX_ONNX_BYTES = 2_000_000_000
"""Of weights; the format ends at 2 GiB."""

DISTRIBUTIONS = {"normal": "normal: N(0, 1)", "uniform": "uniform: -1 to 1"}

_process_lock = threading.Lock()
"""Log levels, warnings and stderr belong to the whole process, so exports run one at a time."""


@dataclass(frozen=True)
class ExportFormat:
    """A file format: its title, suffix with the dot, MIME type, and the function that writes it."""

    title: str
    suffix: str
    mime: str
    write: Callable[[ExportedProgram, dict[str, str]], bytes]


def export(model: Model, format: str, title: str = "") -> bytes:
    """The generator of `model` as a file in `format`, a key of FORMATS, called `title`. Takes some seconds.

    The exported program must draw the generator's pictures to within TOLERANCE. Raises WorkshopError for an unknown
    format and for a generator that cannot be exported.
    """
    chosen = discovery.look_up(FORMATS, format, "export format")
    generator = model.generator
    was_training = generator.training
    generator.eval()
    try:
        with _quiet(), torch.no_grad():
            program = _trace(model)
            _check_pictures(program.module(), model)
            return chosen.write(program, metadata(model, title))
    except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
        raise WorkshopError(f"This generator cannot be exported as {chosen.title}: {first_line(error)}.") from error
    finally:
        generator.train(was_training)


def metadata(model: Model, title: str = "") -> dict[str, str]:
    """What a user of the file must know, all as text: the metadata of an ONNX file, METADATA_FILE in a `.pt2`.

    `classes` is a JSON list that `labels` index; `distribution` is that of z.
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


def _inputs(model: Model, count: int) -> tuple[Tensor, ...]:
    """z (count, z_dim), and labels (count,) if the model is conditional."""
    network = model.config.network
    z = latent.fixed(count, network.z_dim, seed=0, distribution=network.z_distribution)
    return (z, torch.arange(count) % len(model.classes)) if model.conditional else (z,)


class _Wrapper(nn.Module):
    """Holds a generator as a child: a submodule's name such as `code` would clash with the graph module's own."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.generator(z) if labels is None else self.generator(z, labels)


def _trace(model: Model) -> ExportedProgram:
    """The generator as a graph of ATen operations, for any batch size."""
    inputs, batch = _inputs(model, TRACE_BATCH), Dim("batch", min=1)
    wrapper = _Wrapper(model.generator).eval()
    program = torch.export.export(wrapper, inputs, dynamic_shapes=tuple({0: batch} for _ in inputs))
    for module in program.graph_module.modules():
        if isinstance(module, torch.fx.GraphModule):
            for node in module.graph.nodes:
                node.meta.pop("stack_trace", None)  # it has paths of this machine
    return program


def _check_pictures(exported: nn.Module, model: Model) -> None:
    """Raises ValueError if `exported` draws other pictures than the generator."""
    inputs = _inputs(model, CHECK_BATCH)
    difference = (exported(*inputs) - model.generator(*inputs)).abs().max().item()
    if not difference <= TOLERANCE:  # also for NaN
        raise ValueError(f"its pictures differ by {difference:.2g}, allowed is {TOLERANCE:g}")


def _onnx(program: ExportedProgram, metadata: dict[str, str]) -> bytes:
    """One file with the weights inside."""
    import onnx

    size = sum(tensor.nbytes for tensor in program.state_dict.values())
    if size > MAX_ONNX_BYTES:
        raise ValueError(f"its weights take {size:,} bytes, allowed are {MAX_ONNX_BYTES:,}")
    names = ["z", "labels"][: len(program.graph_signature.user_inputs)]
    exported = torch.onnx.export(program, input_names=names, output_names=["pictures"], verbose=False)
    shape = exported.model.graph.inputs[0].shape if exported else None
    if exported is None or shape is None:
        raise ValueError("torch.onnx returned no program, or one without shapes")
    exported.rename_axes({str(shape[0]): "batch"})
    proto = exported.model_proto
    graph = proto.graph
    for part in (graph, *graph.node, *graph.value_info, *graph.initializer, *graph.input, *graph.output):
        part.ClearField("metadata_props")  # the exporter's notes on our modules
        part.ClearField("doc_string")
    onnx.helper.set_model_props(proto, metadata)
    onnx.checker.check_model(proto, full_check=True)
    return proto.SerializeToString(deterministic=True)


def _pt2(program: ExportedProgram, metadata: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    torch.export.save(program, buffer, extra_files={METADATA_FILE: json.dumps(metadata, ensure_ascii=False, indent=2)})
    return buffer.getvalue()


FORMATS: dict[str, ExportFormat] = {
    "onnx": ExportFormat("ONNX", ".onnx", "application/octet-stream", _onnx),
    "pt2": ExportFormat("torch.export", ".pt2", "application/octet-stream", _pt2),
}
"""By id."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporters' messages to developers; errors are raised all the same."""
    loggers = [logging.getLogger(name) for name in ("torch", "onnxscript", "onnx_ir")]
    with _process_lock, redirect_stderr(io.StringIO()), warnings.catch_warnings():
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
