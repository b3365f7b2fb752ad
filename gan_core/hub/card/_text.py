"""The body of a card: what a model draws, what it was trained on and how, its scores, and how to use it."""

import json
from collections.abc import Sequence

from gan_core.data import UNKNOWN
from gan_core.hub.card._facts import CardFacts
from gan_core.hub.card._front_matter import metric_name
from gan_core.presets import recipe
from gan_core.reports import table
from gan_core.system import text

GAN = "https://arxiv.org/abs/1406.2661"
MAX_CLASSES = 20

LIMITS = (
    "It is a small model for teaching: to look at, to take apart, and to compare with others. Its pictures are small, "
    "may be wrong or copies of its training data, and are fit for no decision and no product."
)
ARROWS = {"lower": "lower", "higher": "higher", "none": "–"}


def body(facts: CardFacts) -> str:
    """The whole body, as Markdown."""
    parts = [
        f"# {safe(facts.title)}",
        *_samples(facts),
        "## Data",
        _data(facts),
        "## Training",
        *_training(facts),
        "## Scores",
        *_scores(facts),
        *_class_accuracy(facts),
        "## How to use it",
        *_use(facts),
        "## Intended use and limits",
        LIMITS,
        "## Papers",
        _papers(facts),
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def safe(foreign: str) -> str:
    """Foreign text as one line without Markdown."""
    return text.for_markdown(text.one_line(foreign))


def _samples(facts: CardFacts) -> list[str]:
    metadata, network = facts.metadata, facts.config.network
    columns = ", one class per column" if facts.conditional and len(metadata.classes) == 10 else ""
    colours = "grey" if metadata.channels == 1 else "colour"
    distribution = "uniform from −1 to 1" if network.z_distribution == "uniform" else "N(0, 1)"
    classes = f"conditional on the class: {_names(metadata.classes)}" if facts.conditional else "unconditional"
    summary = "" if facts.foreign else f" {facts.variant.summary}"
    return [
        f"![Samples of this model]({facts.samples})",
        f"*Samples from the same noise for every model of GAN Workshop{columns}.*",
        f"It draws {colours} pictures of {metadata.size} × {metadata.size} pixels from z of {network.z_dim} numbers, "
        f"{distribution}. It is {classes}.{summary}",
    ]


def _names(classes: Sequence[str]) -> str:
    shown = [safe(name) for name in classes[:MAX_CLASSES]]
    more = [f"{len(classes) - MAX_CLASSES} more"] if len(classes) > MAX_CLASSES else []
    return ", ".join(shown + more)


def _data(facts: CardFacts) -> str:
    licence = f"Licence of the pictures: {safe(facts.data_licence) or 'unknown'}."
    if facts.given_licence:
        licence += f" Licence of this model, as its publisher states it: {safe(facts.given_licence)}."
    if facts.dataset == UNKNOWN:
        return f"What it was trained on is unknown. {licence}"
    source = facts.source
    if source is None or facts.own_pictures:
        title = safe(source.title) if source else safe(facts.dataset)
        return f"It was trained on its maker's own pictures, {title}. {licence}"
    part = facts.config.data
    limits = [f"{part.limit:,} of its pictures"] if part.limit else []
    limits += [f"its classes {_names(facts.metadata.classes)}"] if part.classes else []
    only = f" Only {' and '.join(limits)} were used." if limits else ""
    return f"It was trained on {source.title} (`{facts.dataset}`): {source.origin}.{only} {licence}"


def _training(facts: CardFacts) -> list[str]:
    known = facts.provenance
    parts: list[str] = []
    if origin := known.origin:
        pulled = f"It was pulled from {safe(origin.repo)}, commit `{origin.commit}`."
        source = pulled if origin.kind == "pulled" else "It was imported from a file."
        parts.append(f"{source} {safe(known.found)}".strip())
    if facts.foreign:
        return [*parts, "GAN Workshop did not train it, so nothing is known of its training."]
    effort = [f"{facts.metadata.step:,} steps of G"]
    effort += [f"{known.images:,} pictures seen"] if known.images else []
    effort += [f"{known.seconds:,.0f} s of training"] if known.seconds else []
    machine = f" on {safe(known.machine)}" if known.machine else "; its time and machine are unknown"
    changes = recipe.changes(facts.config).items()
    rows = [[recipe.title(field), f"`{field}`", safe(_value(value))] for field, value in changes]
    parts.append(f"{', '.join(effort)}{machine}. Settings that differ from the defaults:")
    parts.append(table.to_markdown(["Setting", "Field", "Value"], rows))
    return [*parts, "To train it again:", _code(known.command, "bash")] if known.command else parts


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value)


def _scores(facts: CardFacts) -> list[str]:
    report = facts.provenance.report
    if report is None:
        return ["This model has not been scored."]
    protocol = report.protocol
    rows = [[metric_name(score, protocol), score.text(), ARROWS[score.better]] for score in report.scores.values()]
    note = f"{protocol.sentence()[:-1]}. In brackets: 95 % intervals, for these weights and other noise."
    return [table.to_markdown(["Score", "Value", "Better is"], rows), note]


def _class_accuracy(facts: CardFacts) -> list[str]:
    """Of a conditional model: how often the classifier recognises each requested class."""
    report, shares = facts.provenance.report, facts.provenance.shares
    accuracy = report.scores.get("class_accuracy") if report else None
    by_class = accuracy.details.get("by_class", {}) if accuracy else {}
    if not facts.conditional or not (shares or by_class):
        return []
    head = ["Class", "recognised when generated", "recognised in real pictures"]
    if shares:
        rows = [[safe(one.name), f"{one.right:.1%}", f"{one.real_right:.1%}"] for one in shares]
        pictures = f"{shares[0].count:,} pictures of each class"
    else:
        head.pop()
        rows = [[safe(name), "–" if share is None else f"{share:.1%}"] for name, share in by_class.items()]
        pictures = "the scored pictures of each class"
    return [table.to_markdown(head, rows), f"By the classifier, on {pictures}; it errs on real pictures, too."]


def _use(facts: CardFacts) -> list[str]:
    name = facts.repo or (facts.provenance.name if facts.provenance.bundled else "model.safetensors")
    metadata = facts.metadata
    lines = [
        "from PIL import Image",
        "",
        "from gan_core import Generator",
        "",
        f"generator = Generator.from_pretrained({_quoted(name)})",
        f"pictures = generator.sample(16, seed=0)  # uint8 (16, {metadata.size}, {metadata.size}, {metadata.channels})",
    ]
    if facts.conditional:
        lines.append(f"pictures = generator.sample(16, seed=0, label={_quoted(metadata.classes[-1])})")
    lines.append('Image.fromarray(pictures[0].squeeze()).save("picture.png")')
    commands = [f"python -m gan_core pull {facts.repo}"] if facts.repo else []
    commands.append(f"python -m gan_core sample {name} --count 64 --seed 0 --out pictures.npz")
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


def _papers(facts: CardFacts) -> str:
    titles = {GAN: "Generative adversarial networks"}
    if not facts.foreign:
        titles[facts.variant.paper] = facts.variant.title
    return "\n".join(f"- {title}: {link}" for link, title in titles.items())
