"""The command line: what it prints where, its exit status, and one sentence for each mistake."""

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import forked
import numpy as np
import pytest
from toys import alike

from gan_core import data, runs, variants
from gan_core.__main__ import main

TINY = ("network.width=4", "network.z_dim=8", "schedule.batch=8", "data.limit=200")
SETTINGS = tuple(part for text in TINY for part in ("--set", text))
ROOT = Path(__file__).parent.parent


def process(*arguments, python=None, **environment):
    """`python -m gan_core …` in a process of its own, without the time that imports take if no `python` is given."""
    return subprocess.run(
        [*(python or forked.command()), "-m", "gan_core", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """GAN_HOME of the runs below; it holds no other runs."""
    folder = tmp_path_factory.mktemp("home")
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_HOME", str(folder))
        patch.delenv("GAN_MAX_RUNNING", raising=False)
        yield folder
    for number, handler in handlers.items():  # training in this process takes them over
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def trained(home):
    """A DCGAN after a second and a half of training in a process of its own: what that said, and the run."""
    done = process("train", "--seconds", "1.5", "--seed", "7", *SETTINGS)
    assert done.returncode == 0, done.stderr
    return done, runs.Run(Path(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def conditional(home):
    """An AC-GAN after two steps."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert main(["train", "--variant", "acgan", "--steps", "2", *SETTINGS]) == 0
    return next(run for run in runs.list_runs() if "acgan" in run.name)


@pytest.fixture
def cli(home, cli):
    """The same in this process: quick, for one does not wait for the import of torch."""
    return cli


@pytest.fixture
def refused(cli):
    """A call that must fail with exit status 2 and one message; returns the message."""

    def call(*arguments):
        status, out, err = cli(*arguments)
        assert status == 2 and not out
        return message(err)

    return call


def message(err):
    assert "Traceback" not in err and err.count("error: ") == 1
    return err.rpartition("error: ")[2].strip()


def pictures(path):
    with np.load(path, allow_pickle=False) as file:
        assert set(file.files) == {"images", "labels"}
        return file["images"], file["labels"]


def sampled(cli, path, *arguments):
    status, out, err = cli("sample", *arguments, "--out", path)
    assert (status, out.strip(), err) == (0, str(path), "")
    return pictures(path)


# Training


def test_train_prints_the_folder_and_the_progress(trained, home):
    done, run = trained
    assert done.stdout == f"{run.path}\n" and run.path.parent == home
    assert run.name.endswith("-dcgan-fashion-small-s7")
    assert "100%" in done.stderr and "images/s" in done.stderr and "error" not in done.stderr
    assert run.config().seed == 7 and run.config().network.width == 4 and run.config().data.limit == 200
    status = run.status()
    assert status.state == "finished" and status.step > 0
    assert list(run.weights())[-1] == list(run.samples())[-1] == status.step


def test_train_keeps_to_its_seconds(trained):
    status = trained[1].status()
    assert 1.5 <= status.seconds <= 1.5 * 1.05 + 0.2
    assert status.steps is None  # the seconds alone end it


def test_train_for_some_epochs(cli, home):
    status, out, err = cli("train", "--epochs", 2, "--runs", home / "epochs", *SETTINGS)
    run = runs.Run(Path(out.splitlines()[-1]))
    assert status == 0 and run.status().step == run.status().steps == 50  # 200 pictures in batches of 8
    assert "epoch 2.0 of 2" in err and "100%" in err


def test_train_then_resume(cli, home):
    status, out, err = cli("train", "--steps", 3, "--runs", home / "other", "--set", "seed=5", *SETTINGS)
    run = runs.Run(Path(out.splitlines()[-1]))
    assert status == 0 and "step 3," in err and run.path.parent == home / "other"
    assert run.config().seed == 5 and run.status().step == 3
    status, out, err = cli("resume", "1", "--runs", home / "other")
    assert status == 2 and "finished" in message(err)
    run.write_status(run.status().model_copy(update={"state": "stopped"}))
    assert cli("resume", run.path)[:2] == (0, f"{run.path}\n")
    assert run.status().state == "finished" and run.status().step == 3


def test_train_that_fails_says_why(refused, home):
    said = refused("train", "--steps", 3, *SETTINGS, "--set", "data.limit=5", "--runs", home / "failed")
    assert said == "schedule.batch: 8 was given; allowed: at most the 5 pictures of the data set."


# Lists


def test_list(trained, conditional, cli):
    done = process("list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {row["run"]: row for row in json.loads(done.stdout)}
    assert list(rows) == [run.name for run in runs.list_runs()]
    run, status = trained[1], trained[1].status()
    expected = {"state": "finished", "step": status.step, "steps": status.steps, "seconds": status.seconds}
    assert rows[run.name] == {"run": run.name, **expected}
    status, out, err = cli("list")
    assert (status, err) == (0, "") and [line.split()[0] for line in out.splitlines()] == list(rows)
    assert "finished" in out


def test_list_of_nothing(cli, tmp_path):
    assert cli("list", "--runs", tmp_path / "none") == (0, "No runs yet.\n", "")
    assert cli("list", "--runs", tmp_path / "none", "--json") == (0, "[]\n", "")


def test_variants(cli):
    status, out, err = cli("variants", "--json")
    rows = {row.pop("id"): row for row in json.loads(out)}
    assert (status, err) == (0, "") and list(rows) == list(variants.all_variants())
    assert all(row.keys() == {"title", "summary", "paper", "conditional"} for row in rows.values())
    assert rows["cgan"]["conditional"] and not rows["dcgan"]["conditional"]
    status, out, err = cli("variants")
    assert (status, err) == (0, "") and [line.split()[0] for line in out.splitlines()] == list(rows)


def test_datasets(cli):
    status, out, err = cli("datasets", "--json")
    rows = {row.pop("id"): row for row in json.loads(out)}
    assert (status, err) == (0, "") and list(rows) == list(data.sources())
    small = rows["fashion-small"]
    assert (small["size"], small["channels"], len(small["classes"]), small["missing"]) == (28, 1, 10, None)
    status, out, err = cli("datasets")
    assert (status, err) == (0, "") and [line.split()[0] for line in out.splitlines()] == list(rows)


# Samples


def test_sample_writes_pictures(trained, cli, tmp_path):
    done = process("sample", trained[1].name, "--count", 100, "--seed", 0, "--out", tmp_path / "a.npz")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path / 'a.npz'}\n", "")
    images, labels = pictures(tmp_path / "a.npz")
    assert images.dtype == np.uint8 and images.shape == (100, 28, 28, 1) and images.std() > 0
    assert labels.dtype == np.int64 and labels.tolist() == [-1] * 100

    # the same from the folder, the number and the file, in this process as in that one
    run = trained[1]
    for given in (run.path, run.name[:5], list(run.weights().values())[-1]):
        sampled(cli, tmp_path / "b.npz", given, "--count", 100)
        assert (tmp_path / "b.npz").read_bytes() == (tmp_path / "a.npz").read_bytes()
    few, _ = sampled(cli, tmp_path / "c.npz", run.name, "--count", 3)
    assert alike(few, images[:3])
    other, _ = sampled(cli, tmp_path / "c.npz", run.name, "--count", 100, "--seed", 1)
    assert (other != images).any()
    raw, _ = sampled(cli, tmp_path / "c.npz", run.name, "--count", 100, "--raw")
    assert raw.shape == images.shape and (raw != images).any()


def test_sample_of_a_class(conditional, cli, tmp_path):
    classes = data.get("fashion-small").classes
    images, labels = sampled(cli, tmp_path / "a.npz", conditional.name, "--count", 25)
    assert images.shape == (25, 28, 28, 1)
    assert labels.dtype == np.int64 and labels.tolist() == [i % 10 for i in range(25)]
    by_number, labels = sampled(cli, tmp_path / "b.npz", conditional.name, "--count", 25, "--label", 3)
    assert labels.tolist() == [3] * 25
    assert alike(by_number[[3, 13, 23]], images[[3, 13, 23]])
    assert (by_number[0] != images[0]).any()
    by_name, labels = sampled(cli, tmp_path / "b.npz", conditional.name, "--count", 25, "--label", classes[3])
    assert labels.tolist() == [3] * 25
    np.testing.assert_array_equal(by_name, by_number)


def test_sample_of_a_class_that_is_not_there(conditional, trained, refused, tmp_path):
    out = ("--out", tmp_path / "a.npz")
    for label in ("10", "-1", "Hat", "3.0"):
        said = refused("sample", conditional.name, f"--label={label}", *out)
        assert said.startswith(f"label: {label!r} was given; allowed: 0 ")
    assert refused("sample", trained[1].name, "--label", 3, *out).startswith("label: a dcgan cannot choose the class")
    assert not (tmp_path / "a.npz").exists()


def test_sample_numbers_out_of_range(trained, refused, tmp_path):
    out = ("--out", tmp_path / "a.npz")
    for count in (0, -1, 10**7):
        assert refused("sample", trained[1].name, "--count", count, *out).startswith(f"count: {count} was given; ")
    for seed in (-1, 2**31, 10**30):
        assert refused("sample", trained[1].name, f"--seed={seed}", *out).startswith(f"seed: {seed} was given; ")


def test_sample_from_what_is_no_model(trained, home, refused, tmp_path):
    out = ("--out", tmp_path / "a.npz")
    text, foreign, torn = (tmp_path / f"{name}.safetensors" for name in ("text", "foreign", "torn"))
    text.write_text("not tensors at all")
    done = process("sample", text, *out)
    assert (done.returncode, done.stdout) == (2, "")
    assert message(done.stderr).startswith(f"{text} cannot be read as safetensors")
    foreign.write_bytes((2).to_bytes(8, "little") + b"{}")
    assert "foreign.safetensors holds no tensors, so it is no model" in refused("sample", foreign, *out)
    torn.write_bytes(list(trained[1].weights().values())[-1].read_bytes()[:-100])
    assert "cannot be read as safetensors" in refused("sample", torn, *out)
    assert "cannot be read as safetensors" in refused("sample", tmp_path / "none.safetensors", *out)
    early = home / "early" / trained[1].name
    shutil.copytree(trained[1].path, early, ignore=shutil.ignore_patterns("*.safetensors"))
    assert "no weights yet" in refused("sample", early, *out)


@pytest.mark.parametrize("name", ["none/a.npz", "", ".", "file/a.npz"])
def test_sample_to_where_it_cannot_be(trained, refused, tmp_path, monkeypatch, name):
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    assert refused("sample", trained[1].path, "--count", 2, "--out", name).startswith("--out: ")
    assert [path.name for path in tmp_path.iterdir()] == ["file"], "nothing is left behind"


# Mistakes


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--variant", "dcgann"], "Unknown variant 'dcgann'. Did you mean 'dcgan'? Available: acgan, "),
        (["--dataset", "fashion-smal"], "Did you mean 'fashion-small'?"),
        (["--preset", "none-such"], "Unknown preset 'none-such'."),
        (["--set", "foo.bar=1"], "foo: {'bar': 1} was given; there is no such field; "),
        (["--set", "optimiser.lr=1"], "optimiser.lr: 1 was given; there is no such field; did you mean optimiser.lr_"),
        (["--set", "sed=1"], "did you mean seed?"),
        (["--set", "seed"], "--set needs group.field=value; 'seed' was given."),
        (["--set", "schedule.batch=many"], "schedule.batch: 'many' was given; allowed: "),
        (["--set", "optimiser.kind=sgd"], "optimiser.kind: 'sgd' was given; allowed: 'adam' or 'rmsprop'."),
        (["--set", "data.classes=[0,12]"], "data.classes: [12] was given; allowed for fashion-small: 0 to 9."),
        (["--set", "objective.clip=0.5"], "objective.clip: 0.5 was given; dcgan does not use this field; "),
        (["--steps", "0"], "schedule.steps: 0 was given; allowed: "),
        (["--seconds", "nan"], "schedule.seconds: nan was given; allowed: "),
        (["--seed", "-1"], "seed: -1 was given; allowed: "),
    ],
)
def test_train_with_a_mistake(refused, tmp_path, arguments, said):
    answer = refused("train", "--runs", tmp_path / "runs", *arguments)
    assert said in answer and "\n" not in answer
    assert not (tmp_path / "runs").exists(), "a mistake makes no run"


def test_train_names_all_mistakes_at_once(refused, tmp_path):
    wrong = ("network.width=3", "optimiser.lr_g=-1", "schedule.batch=none", "data.nothing=1", "seed=1.5")
    settings = [part for text in wrong for part in ("--set", text)]
    said = refused("train", "--runs", tmp_path, "--steps", 0, *settings).splitlines()
    fields = {"network.width", "optimiser.lr_g", "schedule.batch", "data.nothing", "seed", "schedule.steps"}
    assert {line.partition(":")[0] for line in said} == fields and len(said) == len(fields)


def test_runs_that_are_not_there(refused, trained, tmp_path):
    done = process("resume", "none-such")
    assert (done.returncode, done.stdout) == (2, "")
    assert message(done.stderr).startswith("There is no run 'none-such' in ") and trained[1].name in done.stderr
    assert refused("sample", "none-such", "--out", tmp_path / "a.npz").startswith("There is no run 'none-such' in ")
    assert refused("resume", "999").startswith("There is no run '999' in ")
    assert refused("resume", "1", "--runs", tmp_path).endswith("the newest are: none yet.")
    (tmp_path / "file").touch()
    assert refused("train", "--steps", 1, "--runs", tmp_path / "file").startswith("The folder for runs, ")


def test_places_must_be_a_number(refused, tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_MAX_RUNNING", "abc")
    said = refused("train", "--steps", 1, "--runs", tmp_path)
    assert said == "GAN_MAX_RUNNING: 'abc' was given; allowed: a whole number from 1 to 64."


@pytest.mark.parametrize(
    "arguments", [[], ["trian"], ["train", "--steps", "few"], ["sample", "x"], ["train", "--wings"]]
)
def test_usage(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    out, err = capsys.readouterr()
    assert not out and message(err)


def test_help_is_quick_and_light():
    def seconds():
        """The CPU's, of all processes that this one has waited for."""
        used = os.times()
        return used.children_user + used.children_system

    before = seconds()
    done = process("--help", python=(sys.executable,))
    assert seconds() - before < 1.5
    assert done.returncode == 0 and not done.stderr
    assert {"train", "resume", "list", "variants", "datasets", "sample", "evaluate", "study"} <= set(
        done.stdout.split()
    )
    modules = "gan_core.__main__, gan_core.worker.worker, gan_core.runs, gan_core.runs.history, gan_core.config"
    code = f"import sys, {modules}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
