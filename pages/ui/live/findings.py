"""The diagnosis of a run: one calm line for each finding, with a link to the form that may help."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from gan_core import config, diagnosis
from gan_core.diagnosis import Finding
from gan_core.presets import recipe
from gan_core.runs import Run, Status
from gan_core.system.text import for_markdown
from pages.ui.shell import form_state, frame, messages, resources
from pages.ui.shell.shared_run import RunSnapshot

SEVERITIES = {"stopped": ("red", "error"), "warning": ("orange", "warning"), "note": ("blue", "info")}
"""Colour and icon of each severity."""

MAX_FINDINGS = 3
"""Lines at most: the gravest findings; more would only say the same in other words."""


def show(run: Run, settings: config.TrainConfig, now: RunSnapshot) -> None:
    """The findings on `run`; where there are none, a line of the same height in their place."""
    found = resources.shared_run(run).cached(
        "findings",
        (now.version, now.status.state),
        lambda: diagnosis.diagnose(settings, now.columns, now.status),
    )
    with st.container(key="notices", gap="small"):
        if not found:
            st.caption(f":material/monitor_heart: {_nothing_found(now.columns, now.status)}")
        for name, finding in list(found.items())[:MAX_FINDINGS]:
            _show_finding(name, finding, settings)


def _nothing_found(columns: Mapping[str, np.ndarray], status: Status) -> str:
    if len(columns.get("step", ())) < diagnosis.BLOCK * 5:
        return "The diagnosis begins after some fifty steps."
    return "Nothing unusual so far." if status.alive else "Nothing unusual was found in its curves."


def _show_finding(name: str, finding: Finding, settings: config.TrainConfig) -> None:
    colour, icon = SEVERITIES[finding.severity]
    changes = diagnosis.applicable_change(settings, finding.suggested_changes)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"notice-{name}"):
        st.markdown(
            f":{colour}-badge[:material/{icon}: {finding.title}] {for_markdown(finding.observation)} "
            f":gray[Since step {finding.since:,}.]",
            width="stretch",
            help=for_markdown(finding.advice),
        )
        if changes:
            query = form_state.query_of(recipe.changes(settings) | changes)
            frame.link("train", f"Duplicate with {changes_text(changes)}", ":material/content_copy:", query)


def changes_text(values: Mapping[str, Any]) -> str:
    """Changed settings in words, e.g. `label smoothing 0.1, batch size 32`."""
    return ", ".join(
        f"{_inline_title(recipe.title(field))} {messages.setting_text(value)}" for field, value in values.items()
    )


def _inline_title(title: str) -> str:
    """A field's title within a sentence: `learning rate of G`, but `R1 penalty γ`; without what is in brackets."""
    title = title.partition(" (")[0]
    return title[0].lower() + title[1:] if title[1:2].islower() or title[1:2] == "-" else title
