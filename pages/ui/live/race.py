"""A race, live: where each lane is, their curves in the same charts, and their pictures side by side."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from gan_core.runs import Run, Status, lanes, series
from gan_core.runs.race import Race
from gan_core.system.errors import WorkshopError
from pages.ui.live import curves, live_plot
from pages.ui.live.plots import PALETTE
from pages.ui.shell import messages, resources, session, visitor

TICK = 1.0
"""Seconds between two looks while one of the runs is at work."""

WORDS = {"step": "Step", "images": "Images seen:", "seconds": "Second"}
"""What the slider of the pictures counts."""


def show(contest: Race) -> None:
    """The live view; ticks while a worker has one of the runs, and is drawn once more when the last ends."""
    runs = contest.runs()
    configs = [run.config() for run in runs]
    names = lanes.labels(configs)
    st.markdown(f"**Race {int(contest.name)}**: " + " against ".join(f"**{name}**" for name in names))
    with st.expander("What is the same in all lanes", icon=":material/balance:"):
        st.markdown(" ".join(lanes.describe_common(configs)))
        st.markdown(
            "They take turns, a second of training each; one that was away trains until it has caught up. "
            "Waiting does not count as training time."
        )
    over = session.pick("Over", "over", series.AXES)
    alive = any(run.status().alive for run in runs)

    @st.fragment(run_every=TICK if alive else None)
    def view() -> None:
        if not all(run.path.is_dir() for run in runs):  # deleted in another tab
            st.rerun()
        statuses = [run.status() for run in runs]
        if any(status.alive for status in statuses) != alive:
            st.rerun()
        _standing(runs, statuses, names)
        _controls(contest, runs, statuses)
        _pictures(runs, names, over)
        _curves(runs, names, over)

    view()


def _standing(runs: Sequence[Run], statuses: Sequence[Status], names: Sequence[str]) -> None:
    for i, (place, run, status) in enumerate(zip(st.columns(len(runs), gap="medium"), runs, statuses, strict=True)):
        with place, st.container(border=True, key=f"runner-{i + 1}"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html(f'<span style="color:{PALETTE[i % len(PALETTE)]}">&#9632;</span>', width="content")
                st.page_link("pages/train.py", label=f"**{names[i]}**", query_params={"run": run.name})
                messages.state_badge(status)
            planned = f" of {status.steps:,}" if status.steps else ""
            st.progress(status.progress(run.config().schedule.seconds), text=f"step {status.step:,}{planned}")
            st.caption(
                f"{status.seconds:,.1f} s of training · {status.images:,} images seen · {status.speed:,.0f} images/s"
            )
            if status.state in ("failed", "interrupted"):
                st.error(messages.said(status.message))


def _controls(contest: Race, runs: Sequence[Run], statuses: Sequence[Status]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="controls"):
        alive = [run for run, status in zip(runs, statuses, strict=True) if status.alive]
        idle = [status for status in statuses if not status.alive and status.state != "finished"]
        mine = all(visitor.may_change(run) for run in runs)
        if mine and any(run.request().action != "pause" for run in alive):
            _button("Pause all", "pause", lambda: contest.send_request("pause"))
        if mine and (any(run.request().action == "pause" for run in alive) or idle):
            _button("Resume all", "play_arrow", lambda: _resume(contest))
        if mine and alive:
            _button("Stop all", "stop", lambda: contest.send_request("stop"))
        if not mine:
            visitor.hands_off("this race")
        together = {"runs": ",".join(run.name for run in runs)}
        st.page_link("pages/compare.py", label="Open in Compare", icon=":material/compare:", query_params=together)
        if st.button("Race again", icon=":material/replay:", help="The form with the same lanes, to change one."):
            _again(runs)


def _resume(contest: Race) -> None:
    idle = [run for run in contest.runs() if not (status := run.status()).alive and status.state != "finished"]
    with visitor.resuming(idle):
        contest.send_request("run")
        contest.start()


def _again(runs: Sequence[Run]) -> None:
    chosen, common = lanes.from_configs([run.config() for run in runs])
    session.replace_race_form([lanes.to_text(given) for given in chosen], common)
    st.query_params.clear()
    st.rerun(scope="app")


def _button(label: str, icon: str, action: Callable[[], object]) -> None:
    if st.button(label, icon=f":material/{icon}:", key=f"do-{label}"):
        try:
            action()
        except WorkshopError as error:
            st.toast(messages.said(error), icon=":material/error:")
        st.rerun(scope="app")


def _pictures(runs: Sequence[Run], names: Sequence[str], over: str) -> None:
    """The sample grids side by side; at each place of the slider the last one of each lane until then."""
    kept = {run.name: run.samples() for run in runs}
    places = {run.name: _places(run, list(kept[run.name]), over) for run in runs}  # where on the axis, to which step
    films: list[live_plot.Film] = [
        {"id": f"{run.name}/{over}", "title": name} for run, name in zip(runs, names, strict=True)
    ]
    slider = sorted({place for own in places.values() for place in own})

    def load(film: str, place: int) -> bytes | None:
        name = film.partition("/")[0]
        own = live_plot.film_step(list(places[name]), place)
        return None if own is None else kept[name][places[name][own]].read_bytes()

    live_plot.live_film(
        films,
        slider,
        load,
        key=f"race-film-{over}-" + "-".join(kept),
        empty="The first pictures come when the networks are built, in a few seconds.",
        word=WORDS[over],
    )
    st.caption("Every grid is drawn from the same noise, and from the same labels where a run knows classes.")


def _places(run: Run, steps: Sequence[int], over: str) -> dict[int, int]:
    """Whole places on the axis `over` to the step of the last picture there, rising."""
    if over == "step":
        return {step: step for step in steps}
    columns = resources.history(str(run.path)).refresh()
    if over not in columns:
        return dict.fromkeys(steps[:1], 0)
    measured = [step for step in steps if step <= columns["step"][-1]]
    at = np.interp(measured, np.r_[0, columns["step"]], np.r_[0, columns[over]])
    return {int(np.ceil(place)): step for place, step in zip(at, measured, strict=True)}


def _curves(runs: Sequence[Run], names: Sequence[str], over: str) -> None:
    """All lanes in the same charts: one colour a lane, one dash a series."""
    histories = [resources.history(str(run.path)).refresh() for run in runs]
    known = [name for name in series.CHARTS if any(series.chart(n) == name for columns in histories for n in columns)]
    if not known:
        st.caption("The curves begin with the first steps.")
        return
    more = st.toggle("More curves", key="more-race", help="D's opinion, gradient norms, parts of the losses, speed")
    places = st.columns(2, gap="medium")
    for i, chart in enumerate(name for name in known if more or name in curves.MAIN):
        named = {f"{name}: ": columns for name, columns in zip(names, histories, strict=True)}
        with places[i % 2]:
            curves.draw(chart, curves.lines_of(named, chart, over), over, key=f"race-{chart}-{over}")
    st.caption("Losses of different variants differ in kind: compare their course, not their height.")
