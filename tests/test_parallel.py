"""Several processes that train one run: the same numbers as one, and one end for all."""

import os
import signal
import socket
import subprocess
import sys

import forked
import pytest
import teamwork
import torch
from test_worker import ended, reach
from toys import ROOT, same

from gan_core import runs
from gan_core.__main__ import main
from gan_core.nets import latent
from gan_core.presets import recipe
from gan_core.runs.history import History
from gan_core.system import device, processes, sharding
from gan_core.system.errors import WorkshopError
from gan_core.system.sharding import BatchShard, Rng
from gan_core.training.parallel import ALONE, Team
from gan_core.training.trainer import Trainer
from gan_core.worker.worker import Worker, load_dataset

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # on a busy machine it is long until all processes are there
TINY = {
    "variant": "vanilla",
    "data.limit": 60,
    "network.width": 4,
    "network.z_dim": 8,
    "schedule.batch": 12,
    "schedule.precision": "fp32",
    "schedule.steps": None,
    "optimiser.lr_g": 1e-5,  # so that rounding does not grow into another curve
    "optimiser.lr_d": 1e-5,
    "scoring.score": "off",
}

KNOWN = ("loss/d", "loss/g", "grad/", "score/", "lr/", "epoch", "images", "d/", "g/")
"""Series that are the same in any number; diversity and a critic's accuracy are means of each process's own."""


RELATIVISTIC = ("r3gan",)
"""Their losses do not depend on D's last bias: its gradient is rounding alone, which Adam makes a full step of. So all
scores may be moved by as much, and only the difference between real and generated pictures is known."""


class Crew:
    """`count` processes of `python -m MODULE ARGUMENTS`, with the environment a launcher gives."""

    def __init__(self, count, folder, *arguments, module="gan_core"):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        world = {"WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        self.outputs = [folder / f"process-{rank}.txt" for rank in range(count)]
        self.processes = []
        for rank, output in enumerate(self.outputs):
            place = {name: str(value) for name, value in (world | {"RANK": rank, "LOCAL_RANK": rank}).items()}
            command = [*forked.command(), "-m", module, *map(str, arguments)]
            with output.open("w") as file:
                process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **place}, stdout=file, stderr=file)
            self.processes.append(process)

    def said(self, rank):
        return self.outputs[rank].read_text()

    def end(self, *statuses):
        """Wait until all have ended, with these exit statuses."""
        found = [process.wait(timeout=300) for process in self.processes]
        assert found == list(statuses), "\n".join(map(self.said, range(len(found))))

    def kill(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def crew(tmp_path, monkeypatch):
    """Starts processes; none outlives the test."""
    monkeypatch.setenv("GAN_HOME", str(tmp_path / "runs"))
    started = []

    def start(count, *arguments):
        started.append(Crew(count, tmp_path, *arguments))
        return started[-1]

    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield start
    for number, handler in handlers.items():  # a Worker in this process takes them over
        signal.signal(number, handler)
    for one in started:
        one.kill()


@pytest.fixture
def work(crew):
    """Starts processes that train a new endless run of TINY settings, or go on with one; returns them and the run."""

    def start(count, run=None, **given):
        config = TINY | {name.replace("__", "."): value for name, value in given.items()}
        run = run or runs.create(recipe.build(config))
        return crew(count, "resume", run.name), run

    return start


# The same numbers


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What two processes make of every case."""
    folder = tmp_path_factory.mktemp("outcomes")
    together = Crew(2, folder, folder, module="teamwork")
    try:
        together.end(0, 0)
    finally:
        together.kill()
    return torch.load(folder / "outcomes.pt", weights_only=True)


@pytest.mark.parametrize("case", teamwork.CASES, ids=" ".join)
def test_two_processes_take_the_steps_of_one(case, outcomes):
    one, two = teamwork.outcome(teamwork.build(case)), outcomes[case]
    for net in ("G", "D"):
        mine, theirs = (found["gradients"][net] for found in (one, two))
        assert mine.norm() > 0
        assert (mine - theirs).norm() < 1e-5 * mine.norm()
    for name in ("rng", "batches"):  # whatever is random is the same to the last bit
        assert same(one["state"][name], two["state"][name])
    for before, after in zip(one["rows"], two["rows"], strict=True):
        if case[0] in RELATIVISTIC:
            for row in (before, after):
                row["score/real"] -= row.pop("score/fake")
        known = [name for name in before if name.startswith(KNOWN)]
        assert {*KNOWN[:2]} <= {*known}
        for name in known:
            assert after[name] == pytest.approx(before[name], rel=1e-4, abs=1e-5), name
    if case[0] in RELATIVISTIC:
        del one["state"]["D"]["score.0.bias"], two["state"]["D"]["score.0.bias"]
    for net in ("G", "D"):  # the statistics of batch norm are in there
        torch.testing.assert_close(two["state"][net], one["state"][net], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("draw", [sharding.uniform, sharding.normal])
def test_the_shards_of_a_draw_make_up_the_draw_of_one(draw):
    whole = draw(6, 2, rng=Rng().manual_seed(1))
    parts = [_local(BatchShard(rank, 3, 2), draw, 2, 2) for rank in range(3)]
    assert torch.equal(torch.cat(parts), whole)
    # real and generated pictures in one pass: each process has its rows of both
    whole = draw(12, 2, rng=Rng().manual_seed(1))
    parts = [_local(BatchShard(rank, 3, 2), draw, 4, 2) for rank in range(3)]
    assert torch.equal(torch.cat([part[:2] for part in parts] + [part[2:] for part in parts]), whole)


def _local(shard, draw, *shape):
    rng = Rng()
    rng.manual_seed(1)
    rng.shard = shard
    return draw(*shape, rng=rng)


def test_in_one_process_a_draw_is_torchs_own():
    a, b = (torch.Generator().manual_seed(3) for _ in range(2))
    assert torch.equal(sharding.uniform(4, 2, rng=a), torch.rand(4, 2, generator=b))
    assert torch.equal(latent.draw(4, 5, a), torch.randn(4, 5, generator=b))


def test_a_team_of_one_changes_nothing():
    tensor = torch.tensor([1.0, 2.0])
    ALONE.average([tensor])
    ALONE.send_start("", {})
    assert tensor.tolist() == [1.0, 2.0] and ALONE.shard(7) is None


@pytest.mark.parametrize("batch", [9, 2])
def test_a_batch_that_cannot_be_divided_is_refused(batch):
    message = f"schedule.batch: {batch} was given; allowed with 2 processes: a multiple of 2, at least 4"
    with pytest.raises(WorkshopError, match=message):
        Team(0, 2).shard(batch)


def test_a_gpu_for_each_process_is_asked_for():
    with pytest.raises(WorkshopError, match=r"schedule\.device: mps is meant for 2 processes"):
        Team(0, 2).require(torch.device("mps"))
    Team(0, 2).require(torch.device("cpu"))


def test_the_machine_is_described_with_its_processes():
    assert device.describe(torch.device("cpu"), torch.float32, 2) == "2 processes × 1 CPU core, fp32"


# A run


def test_pause_stop_and_resume_with_another_number_follow_the_curve_of_one(work):
    run = runs.create(recipe.build(TINY))
    run.claim()

    def stop(status):
        if status.step > 5:
            run.send_request(action="stop")

    first = Worker(run, stop).work().step

    two, _ = work(2, run)
    reach(run, "running", beyond=first + 2)
    run.send_request(action="pause")
    paused = reach(run, "paused")
    assert paused.device == "2 processes × 1 CPU core, fp32"
    run.send_request(single_step=True)
    assert reach(run, "paused", beyond=paused.step).step == paused.step + 1
    run.send_request(action="stop")
    two.end(0, 0)
    assert run.status().state == "stopped" and run.status().step == paused.step + 1
    assert two.said(1) == ""

    rows = History(run.metrics_path).refresh()
    last = run.status().step
    assert rows["step"].tolist() == list(range(1, last + 1))
    alone = Trainer(run.config(), load_dataset(run.config()))
    for _ in range(last):
        alone.advance()
    expected = alone.drain()
    for name in ("loss/d", "loss/g", "grad/d", "images", "epoch"):
        assert rows[name].tolist() == pytest.approx([row[name] for row in expected], rel=1e-4)
    state = torch.load(run.state_path, weights_only=True)
    assert same(state["rng"], alone.state_dict()["rng"])
    torch.testing.assert_close(state["G"], alone.G.state_dict(), rtol=1e-4, atol=1e-4)


def test_when_a_follower_dies_the_run_fails_with_a_sentence(work):
    both, run = work(2)
    reach(run, "running", beyond=1)
    both.processes[1].kill()
    both.end(2, -9)
    assert run.status().state == "failed"
    assert run.status().message.startswith("Another of the 2 processes has ended or does not answer;")
    assert both.said(0).count("error: ") == 1 and "Traceback" not in both.said(0)


def test_when_the_first_process_dies_the_others_end_with_a_sentence(work):
    both, run = work(2)
    reach(run, "running", beyond=1)
    both.processes[0].kill()
    both.end(-9, 2)
    assert run.status().state == "interrupted"
    assert "error: Another of the 2 processes has ended or does not answer;" in both.said(1)


def test_an_error_in_one_ends_all(work):
    both, run = work(2, schedule__batch=9)
    both.end(2, 2)
    assert run.status().state == "failed" and run.status().message.startswith("schedule.batch: 9 was given;")
    assert "error: schedule.batch: 9 was given;" in both.said(0)
    assert both.said(1).count("error: ") == 1 and "Traceback" not in both.said(1)


def test_torchrun_trains_for_the_seconds_it_is_given(tmp_path):
    settings = [f"--set={name}={value}" for name, value in TINY.items() if name.count(".") and "steps" not in name]
    launched = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "gan_core"]
    done = subprocess.run(
        [sys.executable, *launched, "train", "--variant", "vanilla", "--seconds", "1", *settings],
        cwd=ROOT,
        env=os.environ | {"GAN_HOME": str(tmp_path), "HF_HOME": str(tmp_path / "hf"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    (run,) = runs.list_runs(tmp_path)
    assert done.stdout.splitlines() == [str(run.path)]
    status = run.status()
    assert (status.state, status.device) == ("finished", "2 processes × 1 CPU core, fp32")
    assert 1 <= status.seconds < 5 and ended(status.pid)


# The launcher


@pytest.fixture
def launched(monkeypatch):
    """As if this were one of four processes."""
    for name, value in {"RANK": "0", "WORLD_SIZE": "4", "MASTER_ADDR": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)


def test_other_commands_are_for_one_process(launched, capsys):
    assert processes.world_size() == 4
    assert main(["list"]) == 2
    assert "Only `train` and `resume` run in several processes" in capsys.readouterr().err
