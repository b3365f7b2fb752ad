"""The logged series: their charts, units and labels, and how to read them.

The name of a series is `chart/line`. Any further `d/...` or `g/...` term that a variant logs becomes a line of that
chart, labelled with its own name.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Chart:
    """A chart: its title, the unit of the y-axis, and a sentence on how to read it."""

    title: str
    unit: str
    reading: str


CHARTS: dict[str, Chart] = {
    "loss": Chart(
        "Losses of D and G",
        "loss",
        "Neither should win: two curves that settle apart from zero are healthy, one that falls to zero is not.",
    ),
    "accuracy": Chart(
        "Accuracy of D",
        "share judged right",
        "1 means D tells every picture apart, 0.5 means it guesses; falling towards 0.5 means G fools it.",
    ),
    "score": Chart(
        "D's mean opinion",
        "D(x), D(G(z))",
        "The gap between real and generated is what G tries to close.",
    ),
    "diversity": Chart(
        "Diversity of a batch",
        "share of the real distance",
        "How far generated pictures lie apart: 1 is as varied as real ones; a fall towards 0 is mode collapse.",
    ),
    "frechet": Chart(
        "Fréchet distance during training",
        "Fréchet distance",
        "Lower is nearer to the real pictures; the band is the 95 % interval. The best point owes something to luck: "
        "believe only a lead that the intervals do not bridge.",
    ),
    "coverage": Chart(
        "Classes among the generated pictures",
        "share",
        "1 means every class of the data appears; a fall is mode collapse.",
    ),
    "memory": Chart(
        "Memorisation",
        "share nearer than unseen",
        "0.5 is as near to the training pictures as unseen ones are; towards 1 they are copied.",
    ),
    "grad": Chart(
        "Gradient norms",
        "‖gradient‖",
        "How strongly each network is pushed. G near zero learns nothing; sudden peaks mean instability.",
    ),
    "d": Chart(
        "Parts of D's loss",
        "loss",
        "The terms whose weighted sum D minimises.",
    ),
    "g": Chart(
        "Parts of G's loss",
        "loss",
        "The terms whose weighted sum G minimises.",
    ),
    "cost": Chart("Cost of scoring", "share of training time", "What the scores so far have cost."),
    "speed": Chart("Speed", "images/s", "Real pictures processed in a second of training."),
    "lr": Chart("Learning rates", "learning rate", "Step sizes; they change with their decay and when you say so."),
}

LABELS: dict[str, str] = {
    "loss/d": "D (total)",
    "loss/g": "G (total)",
    "accuracy/real": "on real",
    "accuracy/fake": "on generated",
    "accuracy/all": "overall",
    "accuracy/class": "class of real",
    "score/real": "D(x), real",
    "score/fake": "D(G(z)), generated",
    "diversity/pairs": "any two pictures",
    "diversity/nearest": "nearest neighbours",
    "diversity/features": "in features (score)",
    "frechet/distance": "Fréchet distance",
    "frechet/low": "lower end",
    "frechet/high": "upper end",
    "coverage/classes": "classes drawn",
    "memory/nearer": "nearer than unseen",
    "cost/scoring": "scoring",
    "grad/d": "D",
    "grad/g": "G",
    "speed/images": "images/s",
    "lr/d": "D",
    "lr/g": "G",
}

AXES: dict[str, str] = {"step": "step", "images": "images seen", "seconds": "training time (s)"}
"""The x-axes of curves: column of a row to axis title."""


def label(name: str) -> str:
    """The legend of a series, e.g. `penalty` for `d/penalty`."""
    return LABELS.get(name, name.partition("/")[2].replace("_", " "))


def chart(name: str) -> str:
    """The chart of a series, e.g. `accuracy` for `accuracy/real`."""
    return name.partition("/")[0]
