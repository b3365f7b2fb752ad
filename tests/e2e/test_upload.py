"""Pictures of one's own: a zip goes in at the browser, and a DCGAN learns from it."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from gan_core import data, runs
from gan_core.data import own

pytestmark = pytest.mark.timeout(120)
ROOT = Path(__file__).parents[2]


def picture_zip() -> bytes:
    """Twenty red and twenty blue pictures in folders, and one broken one."""
    random = np.random.default_rng(0)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for channel, name in ((0, "red"), (2, "blue")):
            for i in range(20):
                pixels = random.integers(0, 60, (40, 50, 3), dtype=np.uint8)
                pixels[..., channel] += 190
                one = io.BytesIO()
                Image.fromarray(pixels).save(one, "JPEG")
                archive.writestr(f"colours/{name}/{i}.jpg", one.getvalue())
        archive.writestr("colours/red/broken.jpg", b"not a picture")
    return packed.getvalue()


def upload(page: Page, site: str, name: str, content: bytes) -> None:
    page.goto(f"{site}/train?network.width=4&schedule.batch=8&schedule.steps=4")
    page.get_by_text("Your own pictures").click()
    form = page.locator(".st-key-own")
    form.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/zip", "buffer": content})
    expect(form.get_by_text(name)).to_be_visible()
    form.locator(".st-key-prepare button").click()


def test_an_uploaded_zip_trains(page: Page, site: str):
    upload(page, site, "Two colours.zip", picture_zip())
    expect(page.get_by_text("40 pictures are ready; 1 file was skipped")).to_be_visible()
    expect(page.get_by_text("colours/red/broken.jpg")).to_be_visible()
    expect(page.get_by_text("40 pictures of yours in 2 classes, from Two colours.zip")).to_be_visible()
    assert data.get("own-two-colours").classes == ("blue", "red")
    page.locator(".st-key-start button").click()
    page.locator(".film img").first.wait_for()
    run = runs.find(page.url.partition("run=")[2])
    assert run.name.endswith("-dcgan-own-two-colours-s0")
    expect(page.locator(".st-key-state")).to_contain_text("finished")


def test_what_is_no_zip_is_one_sentence(page: Page, site: str):
    upload(page, site, "cats.zip", b"miaow" * 100)
    expect(page.get_by_role("alert").get_by_text("cats.zip is not a zip; give a zip of pictures")).to_be_visible()
    expect(page.locator(".st-key-start button")).to_be_visible()


def test_preparing_can_be_stopped(page: Page, site: str):
    one, packed = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (900, 900), "red").save(one, "PNG")
    with zipfile.ZipFile(packed, "w") as archive:
        for i in range(1500):
            archive.writestr(f"{i}.png", one.getvalue())
    folder = own.metadata_path("any").parent
    before = set(folder.iterdir()) if folder.exists() else set()
    upload(page, site, "many.zip", packed.getvalue())
    expect(page.get_by_text("of 1,500 files")).to_be_visible()
    page.locator(".st-key-own").get_by_role("button", name="Stop").click()
    expect(page.get_by_text("of 1,500 files")).to_have_count(0)
    assert set(folder.iterdir()) == before
    expect(page.locator(".st-key-start button")).to_be_enabled()
