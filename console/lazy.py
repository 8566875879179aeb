"""Commands that are imported when they are asked for, so that each loads only what it needs."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


class Place(NamedTuple):
    """Where a command stands.

    Attributes:
        module: module of the command.
        name: name in that module: of a function, or of a `typer.Typer` with commands of its own.
        summary: what the list of commands says of it: the first paragraph of its own help.
    """

    module: str
    name: str
    summary: str


class Commands(Mapping[str, Any]):
    """Command by name: reading one imports its module, going through the names imports nothing."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - Typer has no public type for it
        place = self._places[name]
        found = getattr(import_module(place.module), place.name)
        shelf = typer.Typer(rich_markup_mode="markdown")
        if isinstance(found, typer.Typer):
            shelf.add_typer(found, name=name)
        else:
            shelf.command(name)(found)
        return get_group(shelf).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class LazyGroup(TyperGroup):
    """A group of commands at known places; its own help lists them and imports none."""

    places: ClassVar[Mapping[str, Place]] = {}

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - handed on as they come
        super().__init__(**attributes)
        self.commands = Commands(self.places)  # type: ignore[assignment]  # it is only read

    def list_commands(self, _context: object) -> list[str]:
        """Names of the commands in the order of their places."""
        return list(self.places)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - types of Typer's own
        """Write the help of a plain group with the summaries alone."""
        lines = [TyperCommand(name, help=place.summary) for name, place in self.places.items()]
        plain = TyperGroup(
            name=self.name,
            help=self.help,
            params=self.params,
            commands=lines,
            rich_markup_mode=self.rich_markup_mode,
        )
        plain.format_help(ctx, formatter)
