"""What a visitor does with the Hub: search, pull, open in Latent space, publish a run of one's own, find it again."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from loopback_hub import LoopbackHub
from playwright.sync_api import Page, expect
from test_latent_journey import click_tile, pinned
from test_pages import made

from gan_core.hub import card
from gan_core.models import bundled, store

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).parents[2]
TOKEN = "hf_annsecretannsecretannsecret"


@pytest.fixture
def online(app_server: Callable[..., AbstractContextManager[str]], hub: LoopbackHub, home: Path) -> Iterator[str]:
    """The app on an empty GAN_HOME, with the Hub on this machine as the whole internet."""
    env = {"GAN_HOME": str(home), "HF_HOME": str(home / "hf"), "HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0"}
    with app_server(ROOT / "app.py", env=env) as url:
        yield url


@pytest.fixture
def clothes(hub: LoopbackHub, tmp_path: Path) -> str:
    """A model of ours on the Hub, as `push` makes them; and one of another kind."""
    card.write_repository(bundled.weights("fashion-acgan"), tmp_path / "clothes", repo="ben/clothes")
    files = {path.name: path.read_bytes() for path in (tmp_path / "clothes").iterdir()}
    hub.add("ben/clothes", files, likes=5)
    hub.add("ben/talker", {"README.md": b"---\ntags: [text]\n---\n"})
    return "ben/clothes"


def test_search_pull_open_in_latent_space_and_go_on_without_the_hub(
    online: str, hub: LoopbackHub, clothes: str, page: Page
):
    hub.add("huggan/dcgan-mnist", {"README.md": b"---\ntags: [gan]\n---\n", "pytorch_model.bin": b"weights"})
    slow = hub.fail(r"GET /ben/clothes/resolve/.*/model.safetensors", times=None, rate=200_000)
    found, job = page.locator(".st-key-checkpoints > div"), page.locator("[class*=st-key-job]")

    # all of the Hub, by tag and author
    page.goto(f"{online}/checkpoints?view=hub&where=all")
    expect(found).to_contain_text(["huggan/dcgan-mnist"])
    page.get_by_label("Tag").fill("text")
    page.keyboard.press("Enter")
    expect(found).to_contain_text(["ben/talker"])
    expect(found).to_contain_text(["has no file of weights"])
    page.get_by_label("Tag").fill("")
    page.get_by_label("Author").fill("ben")
    page.keyboard.press("Enter")
    expect(found).to_have_count(2)
    page.goto(f"{online}/checkpoints?view=hub&repo=nobody/nothing")
    expect(page.get_by_test_id("stAlert")).to_contain_text("There is no public nobody/nothing")

    # what was made with this program; a slow pull is stopped and goes on
    page.goto(f"{online}/checkpoints?view=hub")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("2.4 MB")
    expect(found).to_contain_text("mit")
    expect(found).to_contain_text("5 likes")
    expect(found.get_by_role("img", name="Samples of ben/clothes")).to_be_visible()
    found.get_by_role("button", name="Pull").click()
    expect(job).to_contain_text(re.compile(r"\d+ kB of 2.4 MB, \d+ s left"))
    job.get_by_role("button", name="Stop").click()
    expect(job).to_contain_text("was stopped")
    slow.times = 0
    job.get_by_role("button", name="Try again").click()
    expect(job.last).to_contain_text("Pulled ben/clothes@")
    assert any("range" in headers for headers in hub.requests("GET /ben/clothes/resolve/.*/model.safetensors"))
    expect(found).to_contain_text("On this machine")
    commit = hub.repos["ben/clothes"].commits[-1][0]
    assert [kept.origin.commit for kept in store.list_all()[0]] == [commit]

    page.reload()  # the job is still shown
    expect(job.last).to_contain_text("Pulled ben/clothes@")
    job.last.get_by_role("link", name="Latent space").click()
    page.wait_for_url(re.compile(r"latent\?model="))
    expect(page.locator(".tiles .columns span")).to_have_count(10)
    click_tile(page, 4)
    pinned(page, 1)

    # without the Hub, what was pulled works
    hub.stop()
    page.goto(f"{online}/checkpoints?view=hub&q=other")
    expect(page.get_by_test_id("stAlert")).to_contain_text("cannot be reached")
    page.goto(f"{online}/checkpoints?kind=pulled")
    expect(found).to_contain_text("Pulled from ben/clothes")
    page.get_by_role("link", name="Latent space").last.click()
    expect(page.locator(".tiles .columns span")).to_have_count(10)


def test_publish_a_run_and_find_it_by_search(online: str, hub: LoopbackHub, page: Page, home: Path):
    hub.user("ann", TOKEN)
    run = made("dcgan")
    page.goto(f"{online}/checkpoints?kind=runs")
    page.get_by_role("link", name="Publish").click()
    expect(page.locator(".st-key-card")).to_contain_text("DCGAN")
    page.go_back()
    expect(page.locator(".st-key-checkpoints")).to_contain_text(run.name)
    expect(page).to_have_url(f"{online}/checkpoints?kind=runs")
    page.go_forward()
    expect(page.locator(".st-key-card")).to_contain_text("DCGAN")
    expect(page.get_by_role("button", name="Publish")).to_be_disabled()
    page.get_by_label(re.compile("^Token")).fill(TOKEN)
    page.get_by_label("Repository").fill("ann/first-steps")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Publish")).to_be_enabled()
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("[class*=st-key-job]")).to_contain_text("Published: ann/first-steps")
    expect(page.get_by_label(re.compile("^Token"))).to_have_count(1)
    expect(page.get_by_label(re.compile("^Token"))).to_have_value("")
    assert {"README.md", "model.safetensors", "samples.png", "config.json"} <= hub.repos["ann/first-steps"].head.keys()
    kept = [path for path in home.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert kept == []

    page.goto(f"{online}/checkpoints?view=hub&q=first")
    found = page.locator(".st-key-checkpoints > div")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("ann/first-steps")
    expect(found).to_contain_text("DCGAN")
