"""What all groups of the config have in common."""

from pydantic import BaseModel, ConfigDict


class Group(BaseModel):
    """The base of every group: frozen, no unknown keys, no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=False)
