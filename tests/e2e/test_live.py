"""Charts and films keep what the user did while data keep coming: a real server, a real browser, real mouse events."""

import json
import struct
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, FloatRect, Page, expect
from windows import opened

from pages.ui.live import film, live_plot

DEMO = Path(__file__).parent / "live_demo.py"
CHART = ".st-key-losses .gw-plot-canvas"
FILM = ".st-key-film .film"


@pytest.fixture(scope="module")
def url(app_server):
    """The demo, below a base path; at the root of a server the journeys look at charts and films."""
    with app_server(DEMO, base_path="gan") as address:
        yield f"{address}/"


@pytest.fixture(scope="module")
def one_page(window: BrowserContext, url: str):
    """The demo, open for all tests that leave it as they find it."""
    with opened(window) as page:
        yield open_demo(page, url)


@pytest.fixture
def demo(one_page: Page, url: str):
    """Leaves chart and film as they were at the beginning: following the data, everything visible, no label."""
    if film_step(one_page) > 30_000:  # half of its steps are done, on a busy machine: it begins anew
        open_demo(one_page, url)
    yield one_page
    one_page.locator(".st-key-losses").get_by_role("button", name="Reset the view").click()
    one_page.mouse.move(0, 0)
    latest = one_page.locator(FILM).get_by_role("button", name="Latest")
    if latest.is_enabled():
        latest.click()


def open_demo(page: Page, url: str) -> Page:
    page.goto(url)
    page.wait_for_selector(f"{CHART} .main-svg")
    page.wait_for_selector(f"{FILM} img")
    return page


def chart(page: Page, expression: str):
    """Evaluate an expression of ``gd``, Plotly's element of the first chart."""
    return page.evaluate(f"() => {{ const gd = document.querySelector({CHART!r}); return {expression}; }}")


def wait_updates(page: Page, count: int = 3, selector: str = CHART) -> None:
    """Until the chart's data have grown ``count`` times."""
    for _ in range(count):
        last = page.evaluate("selector => document.querySelector(selector)._fullData.at(-1).x.at(-1)", selector)
        page.wait_for_function(
            "([selector, last]) => document.querySelector(selector)._fullData.at(-1).x.at(-1) > last",
            arg=[selector, last],
        )


def plot_box(page: Page) -> FloatRect:
    box = page.locator(f"{CHART} .nsewdrag").bounding_box()
    assert box
    return box


def drag_zoom(page: Page) -> None:
    box = plot_box(page)
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.7 * box["height"], steps=5)
    page.mouse.up()


def wait_zoomed(page: Page, before: list[float]) -> None:
    """Until the chart shows less than the range `before` of x."""
    page.wait_for_function(
        f"high => document.querySelector({CHART!r})._fullLayout.xaxis.range[1] < high", arg=before[1]
    )


def move_slider(page: Page, share: float) -> None:
    """Click the slider at this share of its width."""
    slider = page.locator(f"{FILM} input[type=range]")
    box = slider.bounding_box()
    assert box
    slider.click(position={"x": share * box["width"], "y": box["height"] / 2})


def test_zoom_survives_updates_in_the_same_node(demo: Page):
    demo.evaluate(f"window.first = document.querySelector({CHART!r})")
    before = chart(demo, "gd._fullLayout.xaxis.range")
    drag_zoom(demo)
    wait_zoomed(demo, before)
    zoomed = chart(demo, "[gd._fullLayout.xaxis.range, gd._fullLayout.yaxis.range]")
    assert before[0] < zoomed[0][0] < zoomed[0][1] < before[1]
    wait_updates(demo, 4)
    assert chart(demo, "[gd._fullLayout.xaxis.range, gd._fullLayout.yaxis.range]") == zoomed
    assert chart(demo, "gd === window.first && gd.isConnected"), "the chart was mounted anew"
    demo.locator(".st-key-losses").get_by_role("button", name="Reset the view").click()
    wait_updates(demo, 1)
    assert chart(demo, "gd._fullLayout.xaxis.range")[1] > before[1], "follows the data again"


def test_a_drag_is_not_cut_off_by_an_update(demo: Page):
    box, before = plot_box(demo), chart(demo, "gd._fullLayout.xaxis.range")
    demo.mouse.move(box["x"] + 40, box["y"] + 40)
    demo.mouse.down()
    for i in range(3):
        demo.mouse.move(box["x"] + 100 + 30 * i, box["y"] + 80 + 20 * i, steps=5)
        wait_updates(demo, 1, ".st-key-score .gw-plot-canvas")  # the other chart goes on meanwhile
    assert demo.locator(f"{CHART} .zoombox").count() == 1
    demo.mouse.up()
    wait_zoomed(demo, before)
    low, high = chart(demo, "gd._fullLayout.xaxis.range")
    assert 0 < low < high < 0.6 * chart(demo, "gd._fullData[1].x.at(-1)")
    wait_updates(demo, 1)


def test_a_hidden_line_stays_hidden(demo: Page):
    demo.locator(f"{CHART} .legendtoggle").first.click()
    demo.wait_for_function(f"() => document.querySelector({CHART!r})._fullData[0].visible === 'legendonly'")
    wait_updates(demo)
    assert chart(demo, "gd._fullData.map(t => t.visible)") == ["legendonly", "legendonly", True, True]
    demo.locator(f"{CHART} .legendtoggle").first.click()
    demo.wait_for_function(f"() => document.querySelector({CHART!r})._fullData[0].visible === true")


def test_hover_stays(demo: Page):
    box = plot_box(demo)
    demo.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    label = demo.locator(f"{CHART} .hoverlayer .legend")
    expect(label).to_contain_text("generator")
    demo.evaluate(
        """selector => {
          window.bare = 0;
          const look = () => {
            if (!document.querySelector(selector).childElementCount) window.bare++;
            requestAnimationFrame(look);
          };
          look();
        }""",
        f"{CHART} .hoverlayer",
    )
    wait_updates(demo)
    expect(label).to_contain_text("generator")
    assert demo.evaluate("window.bare") == 0, "the label went away for a moment"


def test_double_click_shows_the_outlier_and_the_next_one_hides_it(demo: Page):
    assert chart(demo, "gd._fullLayout.yaxis.range")[1] < 5
    box = plot_box(demo)
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    demo.mouse.dblclick(*middle)
    demo.wait_for_function(f"() => document.querySelector({CHART!r})._fullLayout.yaxis.range[1] > 39")
    wait_updates(demo)
    assert chart(demo, "gd._fullLayout.yaxis.range")[1] > 39
    demo.wait_for_timeout(500)  # or it would count as a triple click
    demo.mouse.dblclick(*middle)
    demo.wait_for_function(f"() => document.querySelector({CHART!r})._fullLayout.yaxis.range[1] < 5")


def test_a_theme_switch_repaints_without_a_remount(demo: Page):
    demo.evaluate(f"window.first = document.querySelector({CHART!r})")
    fits(demo, "light")
    before = chart(demo, "gd._fullLayout.xaxis.range")
    drag_zoom(demo)
    wait_zoomed(demo, before)
    zoomed = chart(demo, "gd._fullLayout.xaxis.range")
    demo.emulate_media(color_scheme="dark")
    fits(demo, "dark")
    assert chart(demo, "gd === window.first") and chart(demo, "gd._fullLayout.xaxis.range") == zoomed
    demo.set_viewport_size({"width": 390, "height": 844})
    fits(demo, "dark")
    assert chart(demo, "gd === window.first") and chart(demo, "gd._fullLayout.xaxis.range") == zoomed
    demo.set_viewport_size({"width": 1440, "height": 900})
    demo.emulate_media(color_scheme="light")
    fits(demo, "light")


def fits(page: Page, theme: str) -> None:
    """The chart comes to have the page's colours and its column's width, and the page is no wider than the window."""
    page.wait_for_function(
        f"""dark => {{
          const gd = document.querySelector({CHART!r});
          const text = getComputedStyle(gd.querySelector('.xtick text')).fill;
          const brightest = Math.max(...text.match(/\\d+/g).slice(0, 3).map(Number));
          return text === getComputedStyle(document.querySelector('.stApp')).color && (brightest > 100) === dark
            && Math.abs(gd.querySelector('.main-svg').clientWidth - gd.parentElement.clientWidth) <= 1
            && document.documentElement.scrollWidth <= innerWidth;
        }}""",
        arg=theme == "dark",
    )


@pytest.mark.parametrize(("name", "head"), [("PNG", b"\x89PNG"), ("SVG", b"<svg")])
def test_a_chart_can_be_saved(demo: Page, name: str, head: bytes):
    with demo.expect_download() as download:
        demo.locator(".st-key-losses").get_by_role("button", name=f"Save as {name}").click()
    assert download.value.suggested_filename == f"losses.{name.lower()}"
    assert download.value.path().read_bytes().startswith(head)


def test_a_missing_plotly_is_said(page: Page, url: str):
    page.route("**/plotly.min.js*", lambda route: route.abort())
    page.goto(url)
    expect(page.locator(".st-key-losses").get_by_role("alert")).to_contain_text("did not load")


def film_text(page: Page) -> str:
    return page.locator(f"{FILM} output").inner_text()


def film_step(page: Page) -> int:
    return int(film_text(page).split()[1].replace(",", ""))


def shown_steps(page: Page) -> list[int]:
    """The step of each strip's picture."""
    return [int(s) for s in page.locator(f"{FILM} img").evaluate_all("all => all.map(i => i.dataset.step)")]


def wait_step(page: Page, test: str) -> None:
    """Until the film's own text, as a number s, passes the JavaScript test."""
    page.wait_for_function(
        f"""() => {{
          const film = document.querySelector('.st-key-film [data-testid=stBidiComponentIsolated]').shadowRoot;
          const s = Number(film.querySelector('output').textContent.split(' ')[1].replace(/,/g, ''));
          return {test};
        }}"""
    )


def test_the_film_follows_stays_and_comes_back(demo: Page):
    latest = demo.locator(FILM).get_by_role("button", name="Latest")
    first = film_step(demo)
    wait_step(demo, f"s >= {first + 300}")
    assert latest.is_disabled()
    assert " of 60,000" in film_text(demo)

    move_slider(demo, 0.3)
    chosen = film_step(demo)
    assert chosen < first
    expect(demo.locator(f'{FILM} img[data-step="{chosen}"]')).not_to_have_count(0)  # Python was asked and answered
    wait_updates(demo, 4)
    assert film_step(demo) == chosen and shown_steps(demo)[0] == chosen
    expect(demo.get_by_text(f"film: step={chosen}")).to_be_visible()

    latest.click()
    wait_step(demo, f"s > {first}")
    now = film_step(demo)
    wait_step(demo, f"s >= {now + 200}")
    expect(demo.get_by_text("film: step=None")).to_be_visible()


def test_a_film_with_fewer_pictures_shows_its_latest_earlier_one(demo: Page):
    move_slider(demo, 0.5)
    chosen = film_step(demo)
    own = max(s for s in range(500, chosen + 1, 500))
    expect(demo.locator(f'{FILM} img[data-step="{own}"]')).not_to_have_count(0)
    note = demo.locator(f"{FILM} figure").nth(1).locator(".note")
    expect(note).to_have_text("" if own == chosen else f"step {own:,}")
    demo.locator(f"{FILM} input[type=range]").press("Home")
    expect(demo.locator(f"{FILM} figure").nth(1)).to_contain_text("The first picture is from step 500.")


def test_the_slider_works_from_the_keyboard(demo: Page):
    slider = demo.locator(f"{FILM} input[type=range]")
    slider.press("Home")
    expect(demo.locator(f'{FILM} img[data-step="100"]')).to_have_count(1)
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "Step 200 of 60,000")
    expect(demo.locator(f'{FILM} img[data-step="200"]')).to_have_count(1)
    slider.press("End")
    wait_step(demo, "s > 2000")


WATCH = """() => {
  const film = document.querySelector('.st-key-film [data-testid=stBidiComponentIsolated]').shadowRoot;
  window.watched = { frames: 0, blank: 0, moved: 0, steps: new Set() };
  const size = () => [...film.querySelectorAll('.frame')].map(f => f.getBoundingClientRect().height).join();
  const height = size();
  const look = () => {
    const w = window.watched;
    if (!w) return;
    w.frames++;
    if (size() !== height) w.moved++;
    for (const frame of film.querySelectorAll('.frame')) {
      const image = frame.querySelector('img');
      if (image?.complete && image.naturalWidth) w.steps.add(image.dataset.step);
      else if (!frame.textContent) w.blank++; // words stand where a film has no picture yet
    }
    requestAnimationFrame(look);
  };
  look();
}"""


def watched(page: Page) -> dict[str, int]:
    """What was seen since WATCH, which ends."""
    return page.evaluate(
        "() => { const w = window.watched; window.watched = null; return { ...w, steps: w.steps.size } }"
    )


def test_pictures_never_go_blank(demo: Page):
    demo.evaluate(WATCH)
    wait_updates(demo, 4)
    move_slider(demo, 0.6)
    wait_updates(demo, 2)
    move_slider(demo, 0.4)
    wait_updates(demo, 2)
    seen = watched(demo)
    assert seen["frames"] > 50 and seen["steps"] > 4
    assert seen["blank"] == seen["moved"] == 0, seen


def test_play_walks_through_the_steps(demo: Page):
    end = film_step(demo)
    move_slider(demo, 0.75)  # a quarter of its time is enough to see
    chosen = film_step(demo)
    assert chosen < end
    expect(demo.locator(f'{FILM} img[data-step="{chosen}"]')).not_to_have_count(0)
    demo.evaluate(WATCH)
    demo.locator(FILM).get_by_role("button", name="Play").click()
    expect(demo.locator(FILM).get_by_role("button", name="Pause")).to_be_visible()
    wait_step(demo, f"s >= {end}")
    expect(demo.locator(FILM).get_by_role("button", name="Play")).to_be_visible()
    seen = watched(demo)
    assert seen["steps"] > 5 and seen["blank"] == 0, seen


def test_no_steps_show_the_callers_sentence(demo: Page):
    none = demo.locator(".st-key-none")
    expect(none.get_by_text("Pictures appear here after the first 100 steps.")).to_be_visible()
    expect(none.locator("input")).to_be_hidden()


def test_messages_stay_small(demo: Page):
    received: list[int] = []
    network = demo.context.new_cdp_session(demo)
    network.on("Network.webSocketFrameReceived", lambda event: received.append(len(event["response"]["payloadData"])))
    network.send("Network.enable")
    wait_updates(demo, 1)
    received.clear()
    began = chart(demo, "gd._fullData[1].x.at(-1)")
    wait_updates(demo, 6)
    ticks = (chart(demo, "gd._fullData[1].x.at(-1)") - began) / 100  # 400 steps a second, four ticks a second
    network.detach()
    sent = sum(received) * 3 / 4  # bytes in base64
    assert 1_000 < sent / ticks < 250_000, "two charts, two films of 40 KB a picture, the components' own code"


def test_a_message_holds_the_newest_and_the_wanted_pictures():
    asked: list[tuple[str, int]] = []

    def load(name: str, step: int) -> bytes | None:
        asked.append((name, step))
        return None if step == 20 else f"{name}{step}".encode()

    films: list[film.FilmStrip] = [{"id": "a", "title": "A"}, {"id": "b", "title": "B", "steps": [10, 30]}]
    message = film.film_message(films, [10, 20, 30, 40], {40, 20}, load, {"total": None})
    (size,) = struct.unpack("<I", message[:4])
    header = json.loads(message[4 : 4 + size])
    assert header["pictures"] == [["a", 20, -1], ["a", 40, 3], ["b", 10, 3], ["b", 30, 3]]
    assert message[4 + size :] == b"a40b10b30"
    assert asked == [("a", 20), ("a", 40), ("b", 10), ("b", 30)]
    assert header["films"][1]["steps"] == [10, 30] and "steps" not in header["films"][0]


def test_ensure_static_replaces_another_version_only(tmp_path: Path):
    version = live_plot.ensure_static(tmp_path)
    target = tmp_path / "plotly.min.js"
    assert version.encode() in target.read_bytes()[:400]
    old = target.stat().st_mtime_ns
    assert live_plot.ensure_static(tmp_path) == version and target.stat().st_mtime_ns == old
    target.write_bytes(b"/** plotly.js v0.0.1 */")
    assert live_plot.ensure_static(tmp_path) == version and target.stat().st_size > 10**6
    assert [path.name for path in tmp_path.iterdir()] == ["plotly.min.js"]
