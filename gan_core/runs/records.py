"""What the small JSON files of a run hold: how it is, what is wanted of it, and which weights scored best."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["created", "waiting", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted"]
ACTIVE_STATES = ("waiting", "starting", "running", "paused")


class Status(BaseModel):
    """What the worker last said of itself (`status.json`). `interrupted` is never written, only concluded."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: State = "created"
    pid: int = 0
    pid_started: float = 0.0
    pid_born: str = ""
    """As `processes.birth` tells it."""
    heartbeat: float = 0.0
    step: int = 0
    steps: int | None = None
    """Planned; None: until something else ends it."""
    images: int = 0
    epoch: float = 0.0
    seconds: float = 0.0
    speed: float = 0.0
    """Real pictures a second, lately."""
    eta: float | None = None
    """Seconds of training left."""
    device: str = ""
    message: str = ""
    served: int = 0
    """The serial of the last request the worker has acted on."""
    lr_g: float = 0.0
    lr_d: float = 0.0

    def progress(self, limit: float | None) -> float:
        """How much of the run is done, 0 to 1, where `limit` is its time limit in seconds or None."""
        by_steps = self.step / self.steps if self.steps else 0.0
        return min(1.0, max(by_steps, self.seconds / limit if limit else 0.0))

    @property
    def alive(self) -> bool:
        """Whether a worker has this run in its hands."""
        return self.state in ACTIVE_STATES


class Request(BaseModel):
    """What a run should do (`request.json`); it holds until it is replaced."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    serial: int = 0
    action: Literal["run", "pause", "stop"] = Field("run", alias="wanted")
    single_steps: int = 0
    """How many single steps have been asked for since the beginning."""
    lr_g: float | None = None
    lr_d: float | None = None


class BestWeights(BaseModel):
    """Which kept weights had the best score so far, and what score (`weights/best.json`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    step: int
    value: float
    """The Fréchet distance; lower is better."""
    low: float
    high: float
    extractor: str
    count: int
    """Pictures it was measured on."""
    extra: bool = False
    """Whether its weights are kept for this alone, and go when there are better ones."""
