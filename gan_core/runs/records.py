"""The small JSON files of a run: its status, the newest request, and which weights scored best."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["created", "waiting", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted"]
ACTIVE_STATES = ("waiting", "starting", "running", "paused")


class Status(BaseModel):
    """State and progress as the worker last wrote them (`status.json`); `interrupted` is inferred, never written."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: State = "created"
    pid: int = 0
    pid_started: float = 0.0
    pid_born: str = ""
    """From `processes.birth`."""
    heartbeat: float = 0.0
    step: int = 0
    steps: int | None = None
    """Planned; None if seconds or epochs alone end the run."""
    images: int = 0
    epoch: float = 0.0
    seconds: float = 0.0
    speed: float = 0.0
    """Real images a second, recently."""
    eta: float | None = None
    """Seconds of training left; None if unknown."""
    device: str = ""
    message: str = ""
    served: int = 0
    """Serial number of the last request the worker acted on."""
    lr_g: float = 0.0
    lr_d: float = 0.0

    def progress(self, limit: float | None) -> float:
        """The fraction of the run that is done, 0 to 1; `limit` is its time limit in seconds, if it has one."""
        by_steps = self.step / self.steps if self.steps else 0.0
        return min(1.0, max(by_steps, self.seconds / limit if limit else 0.0))

    @property
    def alive(self) -> bool:
        """Whether a worker waits for its turn with this run, trains it, or holds it paused."""
        return self.state in ACTIVE_STATES


class Request(BaseModel):
    """What a run should do (`request.json`); it holds until it is replaced."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    serial: int = 0
    action: Literal["run", "pause", "stop"] = Field(default="run", alias="wanted")
    single_steps: int = 0
    """How many single steps were requested in all."""
    lr_g: float | None = None
    lr_d: float | None = None


class BestWeights(BaseModel):
    """The kept weights with the best score so far, and that score (`weights/best.json`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    step: int
    value: float
    """The Fréchet distance, with its 95 % interval; lower is better."""
    low: float
    high: float
    extractor: str
    count: int
    """Generated images it was measured on."""
    extra: bool = False
    """Whether the weights are kept only for their score, to be deleted once others are better."""
