"""torch.compile as an option: the same numbers, and a run that goes on where it fails."""

import pytest
import torch
from toys import pictures, tiny

from gan_core.training import _compiling as compiling
from gan_core.training.trainer import Trainer

pytestmark = pytest.mark.slow

FP32 = {"schedule.precision": "fp32", "schedule.steps": 4, "schedule.compile": True}


@pytest.fixture
def backend(monkeypatch):
    """Let `Trainer` compile with this backend of torch's in place of the slow one."""

    def use(chosen):
        compiled = torch.compile
        monkeypatch.setattr(torch, "compile", lambda call, **options: compiled(call, backend=chosen, **options))
        torch.compiler.reset()

    yield use
    torch.compiler.reset()


def losses(variant, **given):
    trainer = Trainer(tiny(variant, **FP32 | given), pictures())
    rows = []
    for _ in range(4):
        trainer.advance()
    rows = [[row["loss/d"], row["loss/g"]] for row in trainer.drain()]
    return torch.tensor(rows), trainer


@pytest.mark.parametrize("variant", ["wgan_gp", "r3gan", "acgan"])
def test_it_gives_the_same_losses_penalties_included(variant, backend):
    graphs = []

    def counting(graph, _inputs):
        graphs.append(graph)
        return graph.forward

    backend(counting)
    compiled, trainer = losses(variant)
    plain, _ = losses(variant, **{"schedule.compile": False})
    assert graphs and not trainer.compile_error, "something was compiled"
    assert (compiled - plain).abs().max() < 1e-5


def test_where_it_fails_the_run_goes_on_and_says_why(backend):
    def broken(_graph, _inputs):
        raise RuntimeError("no compiler here")

    backend(broken)
    compiled, trainer = losses("dcgan")
    plain, _ = losses("dcgan", **{"schedule.compile": False})
    assert torch.equal(compiled, plain)
    assert "torch.compile failed" in trainer.compile_error and "no compiler here" in trainer.compile_error


def test_where_only_the_backward_pass_fails_the_run_goes_on_as_well(backend):
    from torch._dynamo.backends.common import aot_autograd  # seconds, and no other test needs it

    def forward(graph, _inputs):
        return graph.forward

    def broken(_graph, _inputs):
        raise RuntimeError("no backward pass here")

    backend(aot_autograd(fw_compiler=forward, bw_compiler=broken))
    compiled, trainer = losses("dcgan")
    plain, _ = losses("dcgan", **{"schedule.compile": False})
    assert torch.equal(compiled, plain)
    assert "torch.compile failed" in trainer.compile_error and "no backward pass here" in trainer.compile_error


def test_weights_are_saved_under_their_usual_names(backend):
    backend("eager")
    _, trainer = losses("dcgan")
    assert set(trainer.state_dict()["G"]) == set(Trainer(tiny("dcgan"), pictures()).G.state_dict())
    assert isinstance(trainer.run_D, compiling.CompiledNetwork) and trainer.run_D.network is trainer.D
