"""`python -m gan_core walk`: a film of a walk through latent space that loops."""

import numpy as np
import pytest
from PIL import Image, ImageSequence
from toys import recipe_in

from gan_core.explore import animation
from gan_core.models import bundled


@pytest.mark.parametrize("name", ["fashion-cgan", "emoji-r3gan", "digits-dcgan"])
@pytest.mark.parametrize("kind", list(animation.FORMATS))
def test_a_film_with_its_recipe(home, cli, tmp_path, name, kind):
    out = tmp_path / f"a{animation.FORMATS[kind].suffix}"
    assert cli("walk", name, "--frames", 6, "--fps", 10, "--seed", 3, "--out", out) == (0, f"{out}\n", "")
    options, told = "--frames 6 --fps 10 --seed 3 --reach 1.0 --side 256", recipe_in(out.read_bytes())
    assert told == f"python -m gan_core walk {name} {options} --out {out.name}"
    again = tmp_path / f"b{out.suffix}"
    assert cli(*told.split()[3:-1], again)[0] == 0
    same = again.read_bytes().replace(again.name.encode(), out.name.encode())  # but for the name in the recipe
    assert same == out.read_bytes()


def test_it_starts_at_the_first_sample_of_its_seed_and_class(home, cli, tmp_path):
    out = tmp_path / "walk.webp"
    options = ("--frames", 30, "--seed", 4, "--label", "Bag", "--side", 28)
    assert cli("walk", "fashion-cgan", *options, "--out", out)[0] == 0
    with Image.open(out) as picture:
        assert picture.info["loop"] == 0
        shown = np.array([np.array(frame.convert("L")) for frame in ImageSequence.Iterator(picture)])
    first = bundled.load("fashion-cgan").sample(1, 4, "Bag")[0][0, :, :, 0]
    assert shown.shape == (30, 28, 28) and np.abs(shown[0].astype(int) - first).max() <= 1
    steps = np.abs(np.diff(shown.astype(int), axis=0, append=shown[:1])).mean((1, 2))
    assert steps.max() < 4 * np.median(steps), "the last frame leads on to the first as any does to the next"
    assert np.abs(shown[15].astype(int) - shown[0]).mean() > 5, "it goes somewhere"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "a.avi"], "--out: 'a.avi' was given; allowed: a name that ends in .gif, .webp, .mp4."),
        (["--out", "."], "--out: '.' is a folder; "),
        (["--frames", "0"], "frames: 0 were given; allowed: 1 to 600."),
        (["--frames", "1000000000"], "frames: 1000000000 were given; allowed: 1 to 600."),
        (["--fps", "0"], "fps: 0 was given; allowed: 1 to 50 frames a second."),
        (["--seed=-1"], "seed: -1 was given; allowed: 0 to 2,147,483,647."),
        (["--reach", "nan"], "reach: nan was given; allowed: 0 to 1."),
        (["--side", "9999"], "side: 9999 was given; allowed: 1 to 4,096."),
        (["--label", "Hat"], "label: 'Hat' was given; allowed: 0 T-shirt"),
        (["--at", "best"], "--at: 'best' was given, but fashion-cgan is a bundled model"),
    ],
)
def test_a_mistake_is_one_sentence(home, cli, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    given = arguments if "--out" in arguments else [*arguments, "--out", "a.gif"]
    status, out, err = cli("walk", "fashion-cgan", *given)
    assert (status, out) == (2, "") and err.startswith(f"error: {said}") and err.count("\n") == 1
    assert not list(tmp_path.glob("*.*"))
