"""The form of a new race: what all lanes share, and what is different in each."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from gan_core import config, data, presets, variants
from gan_core.presets import recipe
from gan_core.runs import lanes, race
from gan_core.system.errors import WorkshopError
from pages.ui.form import fields
from pages.ui.shell import form_state, messages, visitor

Lane = dict[str, Any]
FIRST = ("dcgan", "wgan_gp")
STEPS = 500
"""A race that a class can wait for."""

CHANGEABLE = ("network", "objective", "optimiser", "regularization")


def show() -> None:
    """Draw the form; Start creates the race and goes to it."""
    chosen, common = _from_form()
    st.markdown(
        "Two to four settings start together and take turns on this machine, a second of training each, so that "
        "all have had the same time. They share seed, pictures and their order: what differs is the idea."
    )
    common = _common(common, chosen[0])
    chosen = _lanes(chosen, common)
    form_state.show_race_form_in_url(";".join(map(lanes.to_text, chosen)), common)
    try:
        configs = lanes.build(chosen, common)
    except WorkshopError as error:
        messages.show_error(error)
        return
    st.caption(" ".join(lanes.describe_common(configs)))
    if any(mine == other for i, mine in enumerate(configs) for other in configs[:i]):
        st.info("Two lanes have the same settings and will draw the same curves; change one of them.")
    visitor.show_limits()
    if st.button("Start the race", type="primary", icon=":material/sports_score:", key="start-race"):
        _start(configs)


def _start(configs: list[config.TrainConfig]) -> None:
    try:
        with visitor.admit(configs) as admitted:
            contest = race.create(admitted)
            for run in contest.runs():
                visitor.record_owner(run)
            contest.start()
    except WorkshopError as error:
        messages.show_error(error)
        return
    st.query_params.from_dict({"race": contest.name})
    st.rerun()


def _from_form() -> tuple[list[Lane], dict[str, Any]]:
    """Lanes and common settings as the form or the URL has them; what is wrong is left out with a message."""
    form, chosen = form_state.race_form(), []
    for text in form["lanes"][: race.MAX_RUNS]:
        try:
            lane = lanes.parse(text) if text else None
            if lane and recipe.build(lane):
                chosen.append(lane)
        except WorkshopError as error:
            st.error(f"A lane of the link was left out. {messages.error_text(error)}")
    chosen += [{"variant": name} for name in FIRST[len(chosen) :]]
    common = {"schedule.steps": STEPS, **form["common"]}
    for field in ("variant", "preset"):
        common.pop(field, None)
    try:
        recipe.build({**common, "variant": FIRST[0]})
    except WorkshopError as error:
        st.error(f"Settings of the link were left out. {messages.error_text(error)}")
        common = {"schedule.steps": STEPS}
    return chosen, common


def _common(common: dict[str, Any], first: Lane) -> dict[str, Any]:
    """The settings that all lanes share: data set, seed, length, batch and size."""
    key = f"race/{form_state.form_version()}"
    base = config.flatten(recipe.build(first))
    places = st.columns(3, gap="medium")
    with places[0]:
        dataset = fields.choose_dataset(common.get("data.dataset", base["data.dataset"]), key)
    with places[1]:
        seed = fields.choose_seed(common.get("seed", base["seed"]), key)
    with places[2]:
        size = {f: value for f, value in common.items() if f == "data.size"}
        fields.show_fields("data", ["size"], base, f"race/{dataset}", size, columns=1)
    if missing := data.get(dataset).missing():
        st.warning(messages.error_text(missing))
    schedule = {f: value for f, value in common.items() if f.startswith("schedule.")}
    defaults = base | {"schedule.seconds": None, "schedule.epochs": None, "schedule.steps": STEPS}
    fields.show_fields("schedule", ["steps", "seconds", "batch"], defaults, "race", schedule, columns=3)
    for field in ("schedule.steps", "schedule.seconds", "schedule.epochs"):
        schedule.setdefault(field, defaults[field])
    others = {f: v for f, v in common.items() if f not in ("data.size", "data.dataset", "seed") and f not in schedule}
    if others.get("data.classes") and common.get("data.dataset", dataset) != dataset:
        others.pop("data.classes")  # the numbers mean other classes there
    common = {**others, **schedule, **size, "data.dataset": dataset, "seed": seed}
    form_state.race_form()["common"] = common
    return common


def _lanes(chosen: list[Lane], common: Mapping[str, Any]) -> list[Lane]:
    """A card for each lane, and what can be made of them with one click."""
    pairs = lanes.suggested_changes(chosen[0], common)
    title = st.selectbox(
        "With and without",
        list(pairs),
        index=None,
        placeholder="Race lane 1 against itself with one change …",
        key=f"race/{form_state.form_version()}/with",
        help="Keeps lane 1 and sets beside it the same settings with one more regularization.",
    )
    if title:
        _replace_lanes([chosen[0], pairs[title]])
    places, edited = st.columns(len(chosen), gap="medium"), []
    for number, (place, lane) in enumerate(zip(places, chosen, strict=True), start=1):
        with place, st.container(border=True, key=f"lane-{number}"):
            edited.append(_lane(number, lane, common))
            with st.container(horizontal=True):
                full, few = len(chosen) == race.MAX_RUNS, len(chosen) == race.MIN_RUNS
                if st.button("Duplicate", key=f"copy-{number}", icon=":material/content_copy:", disabled=full):
                    _replace_lanes([*chosen[:number], edited[-1], *chosen[number:]])
                if st.button("Remove", key=f"remove-{number}", icon=":material/close:", disabled=few):
                    _replace_lanes([*chosen[: number - 1], *chosen[number:]])
    form_state.race_form()["lanes"] = [lanes.to_text(lane) for lane in edited]
    return edited


def _replace_lanes(chosen: Sequence[Lane]) -> None:
    form_state.replace_race_form([lanes.to_text(lane) for lane in chosen], form_state.race_form()["common"])
    st.rerun()


def _lane(number: int, lane: Lane, common: Mapping[str, Any]) -> Lane:
    """One lane: its variant or preset, and the few settings that are to differ."""
    key = f"race/{form_state.form_version()}/{number}"
    options = [*variants.all_variants(), *presets.all_presets()]
    before = lane.get("preset") or lane["variant"]
    name = fields.choose(f"Lane {number}", options, before, _title, f"{key}/name")
    which = {"preset": name} if name in presets.all_presets() else {"variant": name}
    base = recipe.build({**which, **common})
    defaults, hidden = config.flatten(base), recipe.unused(base.variant)
    names = [f for f in defaults if f.partition(".")[0] in CHANGEABLE and f not in hidden]
    edits = {field: value for field, value in lane.items() if field in names}
    changed = st.multiselect(
        "Changed settings",
        names,
        default=list(edits),
        format_func=recipe.title,
        placeholder="none",
        key=f"{key}/{name}/fields",
    )
    edits = {field: value for field, value in edits.items() if field in changed}
    forbids = variants.get(base.variant).forbids
    for group in CHANGEABLE:
        shown = [field.partition(".")[2] for field in changed if field.startswith(f"{group}.")]
        if shown:
            fields.show_fields(group, shown, defaults, f"race/{number}/{name}", edits, forbids, columns=1)
    return {**which, **edits}


def _title(name: str) -> str:
    known = presets.all_presets()
    return f"Preset: {known[name].title}" if name in known else variants.get(name).title


def show_earlier() -> None:
    """Links to the races so far."""
    earlier = [(contest, members) for contest in race.list_races()[:20] if (members := contest.runs())]
    if earlier:
        st.subheader("Earlier races")
    for contest, members in earlier:
        title = " · ".join(lanes.labels([run.config() for run in members]))
        label = f"{int(contest.name)}: {title}"
        st.page_link("pages/race.py", label=label, query_params={"race": contest.name})
