"""One account as it would be with another mapping or configuration; nothing is kept of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

from connector.ports import ConfigError
from jobs.config import SQLITE, Config, load_config
from jobs.configuration import settings_of
from jobs.wiring import Wiring
from kpis.vocabulary import ObjectType
from kpis.wording import Texts
from mappings.load import load_mapping
from mappings.schema import Mapping
from mappings.texts import texts_digest, texts_source


def with_mapping(wiring: Wiring, file: Path) -> Wiring:
    """The account as it would be with another mapping.

    Raises:
        FileFaultsError: every fault of the mapping.
    """
    mapping = load_mapping(file, prefix=wiring.parameters.write_back.prefix)
    return _with(wiring, wiring.config, mapping, wiring.load_texts)


def with_config(wiring: Wiring, file: Path) -> Wiring:
    """The account as it would be with the parameters, mapping and texts of another configuration.

    Raises:
        FileFaultsError: every fault of the configuration, or else of its mapping or texts.
        ConfigError: it is the configuration of another account or store.
    """
    config = load_config(file)
    _check_same(wiring.config, config, file)
    mapping = load_mapping(config.mapping, prefix=config.parameters.write_back.prefix)
    return _with(wiring, config, mapping, texts_source(config.texts))


def _with(
    wiring: Wiring, config: Config, mapping: Mapping, load_texts: Callable[[], Texts]
) -> Wiring:
    return replace(
        wiring,
        config=config,
        mapping=mapping,
        parameters=config.parameters,
        load_texts=load_texts,
        settings=settings_of(config, mapping, texts_digest(config.texts)),
    )


def _check_same(in_force: Config, other: Config, file: Path) -> None:
    """Let pass what is of one account and one store.

    Raises:
        ConfigError: it is not.
    """
    if other.account != in_force.account:
        raise ConfigError(
            f'what-if: {file} is of account "{other.account}", the configuration in force of '
            f'"{in_force.account}": compare two configurations of one account'
        )
    if _place(other.store) != _place(in_force.store):
        raise ConfigError(
            f"what-if: {file} names another store than the configuration in force: both are "
            "computed from one mirror: write the same store in both (a relative path counts from "
            "the folder of its file)"
        )


def _place(store: str) -> str:
    """URL of a store, however its file is written."""
    if not store.startswith(SQLITE):
        return store
    return str(Path(store.removeprefix(SQLITE)).resolve())


def unseen(wiring: Wiring, other: Wiring) -> Iterator[str]:
    """What the other side would read from the CRM and the mirror does not hold."""
    objects: tuple[ObjectType, ...] = get_args(ObjectType)
    fields = [
        f"{object_type}.{name}"
        for object_type in objects
        for (name, target), (_, wanted) in zip(
            wiring.mapping.fields.of(object_type),
            other.mapping.fields.of(object_type),
            strict=True,
        )
        if target != wanted
    ]
    if wiring.mapping.fields.message_direction != other.mapping.fields.message_direction:
        fields.append("activities.message_direction")
    if fields:
        yield (
            f"other properties are named for {', '.join(fields)}: they are first read by the pull "
            "that follows the change, so this comparison still rests on the present ones"
        )
    if wiring.config.activities.since != other.config.activities.since:
        yield (
            "activities.since differs: other activities are first read by the pull that follows "
            "the change, so this comparison still rests on the present ones"
        )
