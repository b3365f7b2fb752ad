"""What the diagnosis says about a run: one calm line for each finding, with a link to the form that may help."""

import streamlit as st

from gan_core import config, diagnosis
from gan_core.diagnosis import Finding
from gan_core.presets import recipe
from gan_core.runs import Run, Status
from gan_core.system.text import for_markdown
from pages.ui.shell import messages, resources, session
from pages.ui.shell.watcher import Look

LOOKS = {"stopped": ("red", "error"), "warning": ("orange", "warning"), "note": ("blue", "info")}
"""Colour and icon of each severity."""

MOST = 3
"""Lines at most: the gravest findings; more would only say the same in other words."""


def show(run: Run, settings: config.TrainConfig, look: Look) -> None:
    """The findings on `run` as it is now; in their place, when there are none, a line of the same height."""
    found = resources.watched(str(run.path)).once(
        "findings",
        (look.version, look.status.state),
        lambda: diagnosis.diagnose(settings, look.columns, look.status),
    )
    with st.container(key="notices", gap="small"):
        if not found:
            st.caption(_calm(look.columns, look.status))
        for name, finding in list(found.items())[:MOST]:
            _line(name, finding, run, settings)


def _calm(columns, status: Status) -> str:
    rows = len(columns.get("step", ()))
    if rows < diagnosis.BLOCK * 5:
        return ":material/monitor_heart: The diagnosis begins after some fifty steps."
    return ":material/monitor_heart: Nothing unusual " + ("so far." if status.alive else "was found in its curves.")


def _line(name: str, finding: Finding, run: Run, settings: config.TrainConfig) -> None:
    colour, icon = LOOKS[finding.severity]
    help_with = diagnosis.applicable_change(settings, finding.suggested_changes)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"notice-{name}"):
        st.markdown(
            f":{colour}-badge[:material/{icon}: {finding.title}] {for_markdown(finding.observation)} "
            f":gray[Since step {finding.since:,}.]",
            width="stretch",
            help=for_markdown(finding.advice),
        )
        if help_with:
            st.page_link(
                "pages/train.py",
                label=f"Duplicate with {changed(help_with)}",
                icon=":material/content_copy:",
                query_params=session.as_query(recipe.changes(settings) | help_with),
                width="content",
            )


def changed(values: dict) -> str:
    """Changes in words, e.g. `label smoothing 0.1 and batch size 32`."""
    parts = [
        f"{_within(messages.field_title(field))} {messages.value(field, value)}" for field, value in values.items()
    ]
    return ", ".join(parts)


def _within(title: str) -> str:
    """A field's title within a sentence: `learning rate of G`, but `R1 penalty γ`; without what is in brackets."""
    title = title.partition(" (")[0]
    return title[0].lower() + title[1:] if title[1:2].islower() or title[1:2] == "-" else title
