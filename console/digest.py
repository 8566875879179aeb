"""`report digest`: what sellers would read in their task of the week, before it is switched on."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from console.option import ConfigOption, check_format, opened, printable, to_stderr, to_stdout
from console.sync import parse_instant
from jobs.exits import Exit
from jobs.seller.preview import Preview, preview_digests
from jobs.wiring import Wiring

FORMATS = ("text", "json")


def digest(
    *,
    config: ConfigOption = None,
    seller: Annotated[str | None, typer.Option("--seller", help="One seller's id.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Moment of the results.")] = None,
    output: Annotated[
        str, typer.Option("--format", help="text or json.", show_default="text")
    ] = "text",
) -> None:
    """Weekly digest per seller as its task in the CRM would tell it; writes nothing.

    Example: `toprelatie report digest --seller 1001`
    """
    check_format(output, FORMATS)
    with opened(config) as wiring:
        _check_mode(wiring, seller)
        moment = parse_instant(as_of, wiring.parameters.reporting.timezone) or wiring.clock()
        previews = preview_digests(wiring, as_of=moment, seller_id=seller)
    if seller is not None and not previews:
        reason = f'report digest: seller "{seller}" owns no top relation: nothing is told to them'
        to_stderr().print(reason, markup=False)
        raise typer.Exit(Exit.USAGE)
    _print(previews, output)
    if not previews:
        to_stderr().print("report digest: no seller owns a top relation: nobody is told anything")


def _check_mode(wiring: Wiring, seller: str | None) -> None:
    """Let pass what `seller_metrics.mode` allows.

    Raises:
        Exit: it allows none of this.
    """
    match wiring.parameters.seller_metrics.mode:
        case "off":
            reason = 'seller_metrics.mode is "off": no figures per seller are made'
        case "self" if seller is None:
            reason = 'seller_metrics.mode is "self": name one seller with --seller'
        case _:
            return
    to_stderr().print(reason)
    raise typer.Exit(Exit.USAGE)


def _print(previews: list[Preview], output: str) -> None:
    out = to_stdout().file
    if output == "json":
        out.write(
            json.dumps([asdict(one) for one in previews], ensure_ascii=False, indent=2) + "\n"
        )
        return
    for number, one in enumerate(previews):
        heading = printable(f"{one.seller} ({one.seller_id})")
        before = "\n\n" if number else ""
        out.write(f"{before}{heading}\n{'=' * len(heading)}\n{printable(one.text)}\n")
