"""A process that helps another one train: it does what process 0 orders, on its share of every batch."""

import signal

from gan_core.config import TrainConfig
from gan_core.training.parallel import Kind, Team
from gan_core.training.trainer import Trainer
from gan_core.worker.worker import load_dataset


def follow(team: Team) -> None:
    """Follow orders until the end. It writes nothing, and leaves it to process 0 when to stop.

    Raises Lost if process 0, or another one, ends in any other way.
    """
    for number in (signal.SIGTERM, signal.SIGINT):  # meant for all: process 0 hears it and ends the others
        signal.signal(number, signal.SIG_IGN)
    if team.hear().kind == Kind.END:  # the run was stopped while it waited for its turn
        return
    trainer = _build(team)
    while (order := team.hear()).kind != Kind.END:
        if order.kind == Kind.STEP:
            trainer.seconds, trainer.lr = order.seconds, order.lr
            trainer.advance()
        else:
            trainer.drain()


def _build(team: Team) -> Trainer:
    """The trainer of process 0, in the same state."""
    text, state = team.hear_beginning()
    config = TrainConfig.from_json(text)
    trainer = Trainer(config, load_dataset(config), team)
    trainer.load_state_dict(state)
    team.meet()
    return trainer
