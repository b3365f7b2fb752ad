"""The loop: seeds, resume bit for bit, pause and stop, EMA, data order, divergence."""

import subprocess
from pathlib import Path

import forked
import pytest
import torch
from toys import ALL, pictures, same, tiny

from gan_core.config import ConfigError, ScheduleConfig
from gan_core.system.errors import WorkshopError
from gan_core.training import process
from gan_core.training._batches import Batches
from gan_core.training._ema import Ema
from gan_core.training._weights import Weights
from gan_core.training.events import Measured, Stepped
from gan_core.training.trainer import Diverged, Trainer

HERE = Path(__file__).parent
STEPS = 4


def advance(trainer, steps):
    for _ in range(steps):
        trainer.advance()


def timeless(rows):
    return [{k: v for k, v in row.items() if k not in ("seconds", "speed/images")} for row in rows]


RESUME = """
import torch
from toys import ALL, pictures, tiny
from gan_core.training.trainer import Trainer
for name in ALL:
    path = {folder!r} + "/" + name + ".pt"
    trainer = Trainer(tiny(name), pictures())
    trainer.load_state_dict(torch.load(path, weights_only=True))
    for _ in range({steps}):
        trainer.advance()
    rows = [dict(row, **{{"seconds": 0, "speed/images": 0}}) for row in trainer.drain()]
    torch.save({{"state": trainer.state_dict(), "rows": rows}}, path)
"""


@pytest.fixture(scope="module")
def resumed(tmp_path_factory):
    """Every variant stopped after STEPS and resumed for as many again, in one other process."""
    folder = tmp_path_factory.mktemp("resumed")
    for name in ALL:
        trainer = Trainer(tiny(name), pictures())
        advance(trainer, STEPS)
        torch.save(trainer.state_dict(), folder / f"{name}.pt")
    code = RESUME.format(folder=str(folder), steps=STEPS)
    subprocess.run([*forked.command(), "-c", code], check=True, cwd=HERE.parent, timeout=120)
    return {name: torch.load(folder / f"{name}.pt", weights_only=True) for name in ALL}


@pytest.mark.parametrize("name", ALL)
def test_resume_in_a_new_process_equals_never_stopping_bit_for_bit(name, resumed):
    straight = Trainer(tiny(name), pictures())
    advance(straight, 2 * STEPS)
    assert same(resumed[name]["state"], straight.state_dict())
    assert timeless(resumed[name]["rows"]) == timeless(straight.drain())[STEPS:]


def test_same_seed_same_curve_whatever_else_draws_random_numbers():
    runs = []
    for noise in (0, 1000):
        trainer = Trainer(tiny("vanilla"), pictures())
        torch.rand(noise)  # somebody else in this process
        advance(trainer, 3)
        runs.append(timeless(trainer.drain()))
    assert runs[0] == runs[1]


def test_training_leaves_the_global_generator_alone():
    trainer = Trainer(tiny("vanilla"), pictures())
    before = torch.get_rng_state()
    advance(trainer, 2)
    trainer.samples()
    assert torch.equal(before, torch.get_rng_state())


def test_another_seed_draws_another_curve():
    first, second = Trainer(tiny("dcgan"), pictures()), Trainer(tiny("dcgan", seed=1), pictures())
    advance(first, 1)
    advance(second, 1)
    assert first.drain()[0]["loss/d"] != second.drain()[0]["loss/d"]


def test_looking_at_samples_changes_nothing():
    watched, alone = Trainer(tiny("dcgan"), pictures()), Trainer(tiny("dcgan"), pictures())
    for _ in range(3):
        watched.advance()
        watched.samples()
    advance(alone, 3)
    assert same(watched.state_dict(), alone.state_dict())


def test_events_come_after_every_step_and_rows_once_each():
    trainer = Trainer(tiny("dcgan", **{"schedule.steps": 5}), pictures())
    events = list(trainer.events())
    assert [e.step for e in events if isinstance(e, Stepped)] == [1, 2, 3, 4, 5]
    rows = [row["step"] for e in events if isinstance(e, Measured) for row in e.rows]
    assert rows == [1, 2, 3, 4, 5]


def test_not_asking_is_a_pause_and_a_new_iterator_goes_on():
    trainer = Trainer(tiny("dcgan", **{"schedule.steps": 4}), pictures())
    events = trainer.events()
    next(events)
    events.close()
    assert trainer.step == 1
    assert [e.step for e in trainer.events() if isinstance(e, Stepped)] == [2, 3, 4]


def test_the_time_limit_ends_a_run():
    trainer = Trainer(tiny("dcgan", **{"schedule.steps": 10_000, "schedule.seconds": 0.5}), pictures())
    for _ in trainer.events():
        pass
    assert 0.5 <= trainer.seconds < 2
    assert trainer.step < 10_000


@pytest.mark.parametrize(("variant", "last"), [("dcgan", 18), ("wgan_gp", 4)])
def test_the_epochs_end_a_run(variant, last):
    """24 pictures in batches of 4; a critic's five steps see 20 of them."""
    trainer = Trainer(tiny(variant, **{"schedule.steps": 10_000, "schedule.epochs": 3}), pictures())
    assert trainer.schedule.steps == trainer.schedule.step_of(3) == last
    rows = [row for event in trainer.events() if isinstance(event, Measured) for row in event.rows]
    assert [row["step"] for row in rows] == list(range(1, last + 1))
    assert (rows[-1]["epoch"] or 0) >= 3 > (rows[-2]["epoch"] or 0)


def test_steps_may_come_before_the_epochs():
    assert Trainer(tiny("dcgan", **{"schedule.steps": 5, "schedule.epochs": 3}), pictures()).schedule.steps == 5


def test_accuracy_on_classes_is_logged_under_its_own_name():
    trainer = Trainer(tiny("acgan"), pictures())
    trainer.advance()
    (row,) = trainer.drain()
    assert row["accuracy/class"] in (0, 0.25, 0.5, 0.75, 1)
    assert "d/accuracy/class" not in row and "d/classes" in row


def test_a_nan_ends_the_run_in_one_sentence():
    trainer = Trainer(tiny("dcgan", **{"schedule.steps": 50}), pictures())
    events = trainer.events()
    next(events)
    with torch.no_grad():
        next(iter(trainer.G.parameters())).fill_(float("nan"))
    trainer.g_weights.sync_low_precision()
    rows = []
    with pytest.raises(Diverged, match="no longer a number since step 2"):
        for event in events:
            rows += event.rows if isinstance(event, Measured) else []
    assert rows[0]["step"] == 1  # what was good is still told


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(ConfigError, match=r"schedule.batch: 64 was given; allowed: at most the 24 pictures"):
        Trainer(tiny("dcgan", **{"schedule.batch": 64}), pictures())


def test_learning_rates_can_change_on_the_way():
    trainer = Trainer(tiny("dcgan"), pictures())
    advance(trainer, 1)
    trainer.lr = (1e-3, 0.0)
    frozen = [p.detach().clone() for p in trainer.D.parameters()]
    advance(trainer, 1)
    assert same(frozen, [p.detach() for p in trainer.D.parameters()])
    assert trainer.drain()[-1]["lr/g"] == 1e-3


@pytest.mark.parametrize(("count", "batch"), [(10, 4), (5, 5), (7, 3)])
def test_every_picture_is_seen_once_an_epoch(count, batch):
    images = torch.arange(count, dtype=torch.uint8).view(count, 1, 1, 1)
    batches = Batches(images, torch.arange(count), batch, torch.Generator().manual_seed(0))
    seen = torch.cat([batches.next()[1] for _ in range(3 * count)])[: 3 * count].view(3, count)
    for epoch in seen:
        assert sorted(epoch.tolist()) == list(range(count))
    assert seen[0].tolist() != seen[1].tolist() or count < 3


@pytest.mark.parametrize("count", [20, 30])
def test_a_data_set_of_another_size_is_refused_on_resume(count):
    before = Trainer(tiny("dcgan"), pictures(count=24))
    fresh = before.state_dict()
    advance(before, 1)
    with pytest.raises(WorkshopError, match=f"had 24 pictures and now has {count}, so it cannot be resumed"):
        Trainer(tiny("dcgan"), pictures(count=count)).load_state_dict(before.state_dict())
    Trainer(tiny("dcgan"), pictures(count=count)).load_state_dict(fresh)  # it has seen no picture yet


def test_pictures_are_scaled_to_minus_one_and_one():
    images = torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1)
    batch, labels = Batches(images, torch.tensor([0, 1]), 2, torch.Generator().manual_seed(0)).next()
    assert batch[labels == 0].item() == -1
    assert batch[labels == 1].item() == pytest.approx(1)


def test_fp32_on_a_gpu_is_not_rounded(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    for precision, place, rounded in (("bf16", "cuda", True), ("fp32", "cpu", True), ("fp32", "cuda", False)):
        monkeypatch.setattr(process.devices, "choose", lambda wanted, place=place: torch.device(place))
        process.prepare(ScheduleConfig.model_validate({"precision": precision}))
        assert torch.backends.cudnn.allow_tf32 == rounded


def test_building_a_trainer_switches_nothing_in_the_process(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    monkeypatch.setattr(process, "keep_freed_memory", lambda: pytest.fail("called by a constructor"))
    Trainer(tiny("dcgan", **{"schedule.precision": "fp32", "schedule.device": "cpu"}), pictures())
    assert torch.backends.cudnn.allow_tf32


def test_ema_by_hand():
    source = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(source.weight)
    weights = Weights(source)
    ema = Ema(weights, 0.5)
    torch.nn.init.ones_(source.weight)
    # decays: min(0.5, 1/10) = 0.1, then min(0.5, 2/11) = 2/11, then 3/12
    expected = 0.0
    for decay in (0.1, 2 / 11, 3 / 12):
        ema.update()
        expected = decay * expected + (1 - decay)
        assert next(ema.average.parameters()).item() == pytest.approx(expected)


def test_samples_come_from_the_average():
    trainer = Trainer(tiny("dcgan"), pictures())
    advance(trainer, 2)
    before = trainer.samples()
    with torch.no_grad():
        for parameter in trainer.G.parameters():
            parameter.add_(1)
    assert (trainer.samples() == before).all()
