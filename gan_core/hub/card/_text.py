"""The body of a card: what a model draws, from what it has learned, how good it is, and how to use it."""

import json
from collections.abc import Sequence

from gan_core.data import UNKNOWN
from gan_core.hub.card import _metadata as metadata
from gan_core.hub.card._facts import Facts
from gan_core.presets import recipe
from gan_core.reports import table
from gan_core.system import text

GAN = "https://arxiv.org/abs/1406.2661"
SHOWN_CLASSES = 20

LIMITS = (
    "It is a small model for teaching: to look at, to take apart, and to compare with others. Its pictures are small, "
    "may be wrong or copies of what it has learned from, and are fit for no decision and no product."
)
ARROWS = {"lower": "lower", "higher": "higher", "none": "–"}


def body(facts: Facts) -> str:
    """The whole body, as Markdown."""
    parts = [
        f"# {safe(facts.title)}",
        *_drawn(facts),
        "## Data",
        _data(facts),
        "## Training",
        *_training(facts),
        "## Scores",
        *_scores(facts),
        *_shares(facts),
        "## How to use it",
        *_use(facts),
        "## Intended use and limits",
        LIMITS,
        "## Papers",
        _papers(facts),
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def safe(foreign: str) -> str:
    """What others have named, as plain text in one line: nothing in it is Markdown."""
    return text.for_markdown(text.one_line(foreign))


def _drawn(facts: Facts) -> list[str]:
    size, grey = facts.told["size"], facts.told["channels"] == 1
    columns = ", a class a column" if facts.conditional and len(facts.classes) == 10 else ""
    z = facts.config.network
    how = "uniform from −1 to 1" if z.z_distribution == "uniform" else "N(0, 1)"
    told = f" It is told the class: {_names(facts.classes)}." if facts.conditional else " It is told no class."
    summary = "" if facts.foreign else f" {facts.variant.summary}"
    return [
        f"![Samples of this model]({facts.picture})",
        f"*Its samples, from the noise that every model of GAN Workshop is shown with{columns}.*",
        f"It draws {'grey' if grey else 'colour'} pictures of {size} × {size} pixels from z, {z.z_dim} numbers, "
        f"{how}.{told}{summary}",
    ]


def _names(classes: Sequence[str]) -> str:
    shown = [safe(name) for name in classes[:SHOWN_CLASSES]]
    more = [f"{len(classes) - SHOWN_CLASSES} more"] if len(classes) > SHOWN_CLASSES else []
    return ", ".join(shown + more)


def _data(facts: Facts) -> str:
    said = facts.data_licence
    licence = f"Their licence: {safe(said)}." if said else "Their licence is unknown: nobody has said it."
    if facts.given:
        licence += f" The licence of this model, as its publisher says: {safe(facts.given)}."
    if facts.dataset == UNKNOWN:
        return f"It is unknown what pictures it has learned from. {licence}"
    source = facts.source
    if source is None or facts.dataset.startswith("own-"):
        title = safe(source.title) if source else safe(facts.dataset)
        return f"It has learned from pictures of its maker's own, {title}. {licence}"
    part = facts.config.data
    limits = [f"{part.limit:,} of its pictures"] if part.limit else []
    limits += [f"its classes {_names(facts.classes)}"] if part.classes else []
    only = f" Only {' and '.join(limits)} were used." if limits else ""
    return f"It has learned from {source.title} (`{facts.dataset}`): {source.origin}.{only} {licence}"


def _training(facts: Facts) -> list[str]:
    known, step = facts.known, facts.told["step"]
    found: list[str] = []
    if known.origin:
        found.append(_origin(facts))
    if facts.foreign:
        return [*found, "It was not trained by GAN Workshop, so nothing is known of its training."]
    parts = [f"{step:,} steps of G"]
    parts += [f"{known.images:,} pictures seen"] if known.images else []
    parts += [f"{known.seconds:,.0f} s of training"] if known.seconds else []
    where = f" on {safe(known.machine)}" if known.machine else "; the time it took and the machine are not known"
    found.append(f"{', '.join(parts)}{where}. Its settings, where they are not as usual:")
    found.append(_settings(facts))
    if known.command:
        found += ["This trains it again:", _code(known.command, "bash")]
    return found


def _origin(facts: Facts) -> str:
    origin = facts.known.origin
    assert origin is not None
    if origin.kind == "pulled":
        return f"It was pulled from {safe(origin.repo)}, commit `{origin.commit}`. {safe(facts.known.found)}".strip()
    return f"It was imported from a file. {safe(facts.known.found)}".strip()


def _settings(facts: Facts) -> str:
    given = recipe.changes(facts.config)
    rows = [[recipe.title(field), f"`{field}`", safe(_value(value))] for field, value in given.items()]
    return table.to_markdown(["Setting", "Field", "Value"], rows)


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value)


def _scores(facts: Facts) -> list[str]:
    report = facts.known.report
    if report is None:
        return ["This model is not scored."]
    how = report.protocol
    rows = [[metadata.metric_name(score, how), score.text(), ARROWS[score.better]] for score in report.scores.values()]
    about = f"{how.sentence()[:-1]}. In brackets: 95 % intervals, which hold for these weights and other noise."
    return [table.to_markdown(["Score", "Value", "Better is"], rows), about]


def _shares(facts: Facts) -> list[str]:
    """Of a model that is told the class: how often it draws each."""
    if not facts.conditional:
        return []
    head = ["Class", "drawn as asked", "real pictures known"]
    if facts.known.shares:
        rows = [[safe(one.name), f"{one.right:.1%}", f"{one.real_right:.1%}"] for one in facts.known.shares]
        each = f"{facts.known.shares[0].count:,} pictures of each class"
    else:
        report = facts.known.report
        accuracy = report.scores.get("class_accuracy") if report else None
        found = accuracy.details.get("by_class", {}) if accuracy else {}
        if not found:
            return []
        head, rows = head[:2], [[safe(name), "–" if of is None else f"{of:.1%}"] for name, of in found.items()]
        each = "the scored pictures of each class"
    about = f"Of {each} the share that the classifier takes for it; it errs on real pictures, too."
    return [table.to_markdown(head, rows), about]


def _use(facts: Facts) -> list[str]:
    where = facts.repo or (facts.known.name if facts.known.bundled else "model.safetensors")
    size, channels = facts.told["size"], facts.told["channels"]
    lines = [
        "from PIL import Image",
        "",
        "from gan_core import Generator",
        "",
        f"generator = Generator.from_pretrained({_quoted(where)})",
        f"pictures = generator.sample(16, seed=0)  # uint8 (16, {size}, {size}, {channels})",
    ]
    if facts.conditional:
        lines.append(f"pictures = generator.sample(16, seed=0, label={_quoted(facts.classes[-1])})")
    lines.append('Image.fromarray(pictures[0].squeeze()).save("picture.png")')
    commands = [f"python -m gan_core pull {facts.repo}"] if facts.repo else []
    commands.append(f"python -m gan_core sample {where} --count 64 --seed 0 --out pictures.npz")
    return [
        "From Python, in the folder of GAN Workshop:",
        _code("\n".join(lines), "python"),
        "From the command line:",
        _code("\n".join(commands), "bash"),
    ]


def _code(lines: str, language: str) -> str:
    return f"```{language}\n{lines}\n```"


def _quoted(name: str) -> str:
    """As Python and JSON write it, in double quotes."""
    return json.dumps(name, ensure_ascii=False)


def _papers(facts: Facts) -> str:
    papers = {"Generative adversarial networks": GAN}
    if not facts.foreign:
        papers[facts.variant.title] = facts.variant.paper
    seen = {link: title for title, link in papers.items()}  # the variant's title wins where both are one paper
    return "\n".join(f"- {title}: {link}" for link, title in seen.items())
