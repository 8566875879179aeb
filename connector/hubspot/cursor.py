"""Positions in a pull, as the store keeps them: opaque there, JSON here.

A pull of everything is `full` (by list, a large type from its other end too) or `since` (activities
from a day on, by search). After it the type rests in `waiting`; a later pull of many changes is in
a `window` of modified dates until all of them are read.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


class Position(BaseModel):
    """Base of all positions: closed and frozen. Instants are epoch milliseconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def dump(self) -> str:
        """The position as text for the store."""
        return self.model_dump_json(by_alias=True)


class Full(Position):
    """In a list of everything; `after` is the CRM's own mark, None at the start.

    Of a type that is read from both ends the records from the id `below` on have been read too.
    A list that did not rise once (`rises`) says nothing about what lies past it: it is read to its
    end, also when the pull is taken up again.
    """

    mode: Literal["full"] = "full"
    started: int
    after: str | None = None
    below: int | None = None
    rises: bool = True


class Since(Position):
    """In a search of everything from a day on, past the record `last_id`."""

    mode: Literal["since"] = "since"
    started: int
    last_id: int = 0


class Window(Position):
    """In a search of what was modified from `opens` on, past the record `last_id`.

    Read to its end, everything modified before `until` has been delivered.
    """

    mode: Literal["incremental"] = "incremental"
    opens: int = Field(alias="from")
    until: int
    last_id: int = 0

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)


class Waiting(Position):
    """Between two pulls: everything modified before `until` has been delivered."""

    mode: Literal["waiting"] = "waiting"
    until: int


_ANY: TypeAdapter[Full | Since | Window | Waiting] = TypeAdapter(
    Annotated[Full | Since | Window | Waiting, Field(discriminator="mode")]
)


def load_position(cursor: str | None) -> Full | Since | Window | Waiting | None:
    """Position that the store kept; None, a pull of everything, when it cannot be read."""
    if cursor is None:
        return None
    try:
        return _ANY.validate_json(cursor)
    except ValidationError:
        return None
