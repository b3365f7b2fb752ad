"""The part of every process but the first: it obeys process 0, on its shard of every batch."""

import signal

from gan_core.config import TrainConfig
from gan_core.training import process
from gan_core.training.parallel import Command, Team
from gan_core.training.trainer import Trainer
from gan_core.worker.worker import load_dataset


def follow(team: Team) -> None:
    """Obey commands until the end. Only process 0 writes files and decides when to stop.

    Raises ProcessLost if process 0, or another one, ends in any other way.
    """
    for number in (signal.SIGTERM, signal.SIGINT):  # sent to all: process 0 handles it and ends the others
        signal.signal(number, signal.SIG_IGN)
    if team.receive().command == Command.END:  # the run was stopped while it waited for its turn
        return
    trainer = _build(team)
    while (message := team.receive()).command != Command.END:
        if message.command == Command.STEP:
            trainer.seconds, trainer.lr = message.seconds, message.lr
            trainer.advance()
        else:
            trainer.drain()


def _build(team: Team) -> Trainer:
    """The trainer of process 0, in the same state."""
    text, state = team.receive_start()
    config = TrainConfig.from_json(text)
    process.prepare(config.schedule)
    trainer = Trainer(config, load_dataset(config), team)
    trainer.load_state_dict(state)
    team.barrier()
    return trainer
