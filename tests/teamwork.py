"""What each process of a team does in `test_parallel.py`."""

import sys
from pathlib import Path

import torch
from toys import ALL, tiny

from gan_core.training import parallel
from gan_core.training.parallel import ALONE, Command, Team
from gan_core.training.trainer import Trainer
from gan_core.worker.follower import follow
from gan_core.worker.worker import load_dataset

STEPS = 2
LABEL_NOISE = {
    "regularization.label_noise": 0.1,
    "regularization.label_flips": 0.3,
    "regularization.label_smoothing": 0.1,
}
MAGNITUDE = {"regularization.critic_magnitude": 0.3, "regularization.label_flips": 0.3}
RANDOM = {
    "regularization.augment": "advanced",
    "regularization.augment_where": "both",
    "regularization.input_noise": 0.1,
    "network.dropout": 0.3,
}
CASES = (
    {(name, "usual"): {} for name in ALL}
    | {(name, "random"): RANDOM for name in ("acgan", "r3gan", "wgan_gp")}
    | {(name, "labels"): LABEL_NOISE for name in ("acgan", "vanilla")}
    | {("wgan_gp", "magnitude"): MAGNITUDE}
    | {
        # batch norm in D: the penalty's second derivative goes through the statistics of all processes
        ("dcgan", "penalties"): {"regularization.r1": 1.0, "regularization.r2": 1.0},
        ("wgan_gp", "critic steps"): {"objective.d_steps": 3},
        ("r3gan", "lazy"): {"regularization.reg_every": 2, "regularization.grad_clip": 0.5},
        ("dcgan", "schedule"): {"optimiser.lr_decay": "cosine", "network.z_distribution": "uniform"},
        ("cgan", "augmented data"): {"regularization.augment": "advanced"},
        ("sngan", "projection"): {"network.conditional": True, "network.norm_g": "instance"},
    }
)


def build(case: tuple[str, str], team: Team = ALONE) -> Trainer:
    """The trainer of one case; a step of D before each of G, so that gradients can be told from what they did."""
    usual = {"objective.d_steps": 1, "schedule.batch": 8, "schedule.precision": "fp32", "schedule.steps": 10}
    config = tiny(case[0], **({"data.limit": 24} | usual | CASES[case]))
    return Trainer(config, load_dataset(config), team)


def outcome(trainer: Trainer) -> dict:
    """The gradients of the first step, and after STEPS steps the state and the rows."""
    trainer.advance()
    both = (("G", trainer.g_weights), ("D", trainer.d_weights))
    gradients = {net: weights.values.grad.clone() for net, weights in both if weights.values.grad is not None}
    for _ in range(STEPS - 1):
        trainer.advance()
    return {"gradients": gradients, "rows": list(trainer.drain()), "state": trainer.state_dict()}


def lead(team: Team, case: tuple[str, str]) -> dict:
    """The outcome of a case, computed together with the followers of the team."""
    trainer = build(case, team)
    team.send_start(trainer.config.to_json(), trainer.state_dict())
    found = outcome(trainer)
    team.send(Command.END)
    return found


def main(arguments: list[str]) -> None:
    """Every case in a process of a team; process 0 keeps the outcomes in the folder that is given."""
    with parallel.join() as team:
        if team.rank == 0:
            torch.save({case: lead(team, case) for case in CASES}, Path(arguments[0]) / "outcomes.pt")
        else:
            for _ in CASES:
                follow(team)
            team.receive()  # the end of `join`


if __name__ == "__main__":
    main(sys.argv[1:])
