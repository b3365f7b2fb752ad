"""The form of a new race: what all lanes share, and what is different in each."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from gan_core import config, data, presets, variants
from gan_core.presets import recipe
from gan_core.runs import lanes, race
from gan_core.system.errors import WorkshopError
from pages.ui.form import fields as forms
from pages.ui.shell import messages, session, visitor

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
    session.show_race_form_in_url(";".join(lanes.to_text(given) for given in chosen), common)
    try:
        configs = lanes.build(chosen, common)
    except WorkshopError as error:
        st.error(messages.said(error).replace("\n", "  \n"))
        return
    st.caption(" ".join(lanes.describe_common(configs)))
    if any(mine == other for i, mine in enumerate(configs) for other in configs[:i]):
        st.info("Two lanes have the same settings and will draw the same curves; change one of them.")
    visitor.say_limits()
    if st.button("Start the race", type="primary", icon=":material/sports_score:", key="start-race"):
        _start(configs)


def _start(configs: list[config.TrainConfig]) -> None:
    try:
        with visitor.starting(configs) as fitting:
            contest = race.create(fitting)
            for run in contest.runs():
                visitor.mark(run)
            contest.start()
    except WorkshopError as error:
        st.error(messages.said(error).replace("\n", "  \n"))
        return
    st.query_params.from_dict({"race": contest.name})
    st.rerun()


def _from_form() -> tuple[list[Lane], dict[str, Any]]:
    """Lanes and common settings as they were left or as the URL has them; what is wrong is told and left out."""
    form, chosen = session.race_form(), []
    for text in form["lanes"][: race.MAX_RUNS]:
        try:
            given = lanes.parse(text) if text else None
            if given and recipe.build(given):
                chosen.append(given)
        except WorkshopError as error:
            st.error(f"A lane of the link was left out. {messages.said(error)}")
    for name in FIRST[len(chosen) :]:
        chosen.append({"variant": name})
    common = {"schedule.steps": STEPS, **form["common"]}
    for field in ("variant", "preset"):
        common.pop(field, None)
    try:
        recipe.build({**common, "variant": FIRST[0]})
    except WorkshopError as error:
        st.error(f"Settings of the link were left out. {messages.said(error)}")
        common = {"schedule.steps": STEPS}
    return chosen, common


def _common(common: dict[str, Any], first: Lane) -> dict[str, Any]:
    """What all lanes share: data set, seed, length, batch and size."""
    key = f"race/{session.generation()}"
    usual = config.flatten(recipe.build(first))
    names = list(data.sources())
    places = st.columns(3, gap="medium")
    with places[0]:
        dataset = st.selectbox(
            "Data set",
            names,
            index=names.index(common.get("data.dataset", usual["data.dataset"])),
            format_func=lambda name: data.get(name).title,
            key=f"{key}/dataset",
        )
    with places[1]:
        seed = st.number_input("Seed", 0, 2**31 - 1, int(common.get("seed", usual["seed"])), key=f"{key}/seed")
    with places[2]:
        size = {k: v for k, v in common.items() if k == "data.size"}
        forms.fields("data", ["size"], usual, f"race/{dataset}", edits=size, wide=1)
    if missing := data.get(dataset).missing():
        st.warning(messages.said(missing))
    length = {f: v for f, v in common.items() if f.startswith("schedule.")}
    defaults = usual | {"schedule.seconds": None, "schedule.epochs": None, "schedule.steps": STEPS}
    forms.fields("schedule", ["steps", "seconds", "batch"], defaults, "race", edits=length, wide=3)
    length = {f: length.get(f, defaults[f]) for f in ("schedule.steps", "schedule.seconds", "schedule.epochs")} | length
    others = {f: v for f, v in common.items() if f not in ("data.size", "data.dataset", "seed") and f not in length}
    if others.get("data.classes") and common.get("data.dataset", dataset) != dataset:
        others.pop("data.classes")  # the numbers mean other classes there
    common = {**others, **length, **size, "data.dataset": dataset, "seed": seed}
    session.race_form()["common"] = common
    return common


def _lanes(chosen: list[Lane], common: Mapping[str, Any]) -> list[Lane]:
    """A card for each lane, and what can be made of them in a click."""
    fitting = lanes.suggested_changes(chosen[0], common)
    title = st.selectbox(
        "With and without",
        list(fitting),
        index=None,
        placeholder="Race lane 1 against itself with a remedy …",
        key=f"race/{session.generation()}/with",
        help="Keeps lane 1 and sets beside it the same settings with one remedy more.",
    )
    if title:
        _anew([chosen[0], fitting[title]])
    places, made = st.columns(len(chosen), gap="medium"), []
    for number, (place, given) in enumerate(zip(places, chosen, strict=True), start=1):
        with place, st.container(border=True, key=f"lane-{number}"):
            made.append(_lane(number, given, common))
            with st.container(horizontal=True):
                full, few = len(chosen) == race.MAX_RUNS, len(chosen) == race.MIN_RUNS
                again = st.button("Duplicate", key=f"copy-{number}", icon=":material/content_copy:", disabled=full)
                gone = st.button("Remove", key=f"remove-{number}", icon=":material/close:", disabled=few)
            if again:
                _anew([*chosen[:number], made[-1], *chosen[number:]])
            if gone:
                _anew([*chosen[: number - 1], *chosen[number:]])
    session.race_form()["lanes"] = [lanes.to_text(given) for given in made]
    return made


def _anew(chosen: list[Lane]) -> None:
    session.replace_race_form([lanes.to_text(given) for given in chosen], session.race_form()["common"])
    st.rerun()


def _lane(number: int, given: Lane, common: Mapping[str, Any]) -> Lane:
    """One lane: its variant or preset, and the few settings that are to differ."""
    key = f"race/{session.generation()}/{number}"
    before = given.get("preset") or given["variant"]
    options = [*variants.all_variants(), *presets.all_presets()]
    name = st.selectbox(f"Lane {number}", options, index=options.index(before), format_func=_title, key=f"{key}/name")
    which = {"preset": name} if name in presets.all_presets() else {"variant": name}
    base = recipe.build({**which, **common})
    usual, hidden = config.flatten(base), recipe.unused(base.variant)
    fields = [f for f in usual if f.partition(".")[0] in CHANGEABLE and f not in hidden]
    edits = {field: value for field, value in given.items() if field in fields}
    changed = st.multiselect(
        "Changed settings",
        fields,
        default=list(edits),
        format_func=recipe.title,
        placeholder="as usual",
        key=f"{key}/{name}/fields",
    )
    edits = {field: value for field, value in edits.items() if field in changed}
    for group in CHANGEABLE:
        shown = [field.partition(".")[2] for field in changed if field.startswith(f"{group}.")]
        if shown:
            refused = variants.get(base.variant).forbids
            forms.fields(group, shown, usual, f"race/{number}/{name}", refused, edits, wide=1)
    return {**which, **edits}


def _title(name: str) -> str:
    known = presets.all_presets()
    return f"Preset: {known[name].title}" if name in known else variants.get(name).title


def earlier() -> None:
    """Links to the races so far."""
    found = [(contest, contest.runs()) for contest in race.list_races()[:20]]
    if any(members for _, members in found):
        st.subheader("Earlier races")
    for contest, members in found:
        if members:
            title = " · ".join(lanes.labels([run.config() for run in members]))
            st.page_link("pages/race.py", label=f"{int(contest.name)}: {title}", query_params={"race": contest.name})
