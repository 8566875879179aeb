"""`demo` and `sandbox`: the whole main job against a CRM on this machine.

The look-alike is imported by these two commands when they run, so that no other one loads it.
"""

import tempfile
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from console.option import opened, to_stderr, to_stdout
from console.progress import shown_progress
from console.record import print_relation
from console.report import SELLER_COLUMNS, SELLERS, show
from console.sync import print_report
from jobs.basis import local_date
from jobs.exits import ServiceError
from jobs.outcome import Report, Request
from jobs.report import relation_report, seller_report
from jobs.runs import run_sync
from jobs.setup import plan_setup, run_setup
from jobs.wiring import Wiring, clock
from kpis.parameters import Parameters

SEED = 5469
TOKEN = "sandbox-token"  # noqa: S105 - opens nothing but the sandbox on this machine

CONFIG = """\
account: demo
crm:
  kind: hubspot
  base_url: {base_url}
  token_file: {folder}/token
  limits: {{general_per_10s: 190, associations_per_10s: 150}}
mapping: {folder}/mapping.yaml
store: sqlite:///{folder}/toprelatie.db
reporting: {{rates: {{USD: [[2020-01-01, 0.92]]}}}}
potential: {{margin_rate: 0.25}}
seller_metrics: {{mode: self_and_manager, works_council_consent: 2026-01-01, crm_task: true}}
"""


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after printing.")] = False,
    companies: Annotated[int, typer.Option(help="Companies in the demo CRM.", min=1)] = 60,
) -> None:
    """Start a CRM on this machine, set it up, sync, and show what sellers would see.

    Example: `toprelatie demo --once`
    """
    from connector.sandbox import Sandbox  # noqa: PLC0415 - see above
    from connector.sandbox.demo import demo_portal  # noqa: PLC0415 - see above

    console = to_stdout()
    today = local_date(clock(), Parameters())
    portal = demo_portal(today=today, companies=companies, seed=SEED)
    with (
        tempfile.TemporaryDirectory(prefix="toprelatie-demo-") as folder,
        Sandbox(portal, token=TOKEN, clock=clock) as sandbox,
    ):
        config = _write_config(Path(folder), sandbox.base_url)
        with opened(config) as wiring:
            _set_up(wiring, console)
            with shown_progress(to_stderr()) as progress:
                report = run_sync(wiring, Request(), progress)
            print_report(console, report)
            relation_id = _show_results(wiring, console, report)
            console.print(
                f"\nThe CRM itself: {sandbox.base_url}/companies/{relation_id}", highlight=False
            )
        if once:
            console.print("`toprelatie demo` without --once keeps that page open.")
            return
        console.print("Ctrl-C ends it.")
        _wait()


def _write_config(folder: Path, base_url: str) -> Path:
    from connector.sandbox.demo import DEMO_MAPPING  # noqa: PLC0415 - see above

    (folder / "token").write_text(TOKEN, encoding="utf-8")
    mapping = DEMO_MAPPING.read_text(encoding="utf-8")
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    path = folder / "config.yaml"
    path.write_text(CONFIG.format(base_url=base_url, folder=folder), encoding="utf-8")
    return path


def _set_up(wiring: Wiring, console: Console) -> None:
    plan = plan_setup(wiring)
    run_setup(wiring.crm, wiring.store, plan, wiring.crm.describe())
    created = sum(len(rows) for rows in plan.create.values())
    console.print(
        f"set up   {created} properties created, {plan.unchanged} stood already", highlight=False
    )


def _show_results(wiring: Wiring, console: Console, report: Report) -> str:
    """Print the sellers and one top relation; return that relation's id."""
    sellers = seller_report(wiring, as_of=report.as_of, seller_id=None, only_totals=False)
    console.print()
    show(wiring, sellers, title=SELLERS, columns=SELLER_COLUMNS, output="table")
    relations = relation_report(wiring, as_of=report.as_of, seller_id=None)
    shown = max(
        relations.to_dicts(),
        key=lambda row: (
            row["is_top_relation"],
            row["buying_phase"] == "quote",
            row["revenue_ttm"],
        ),
    )
    console.print()
    print_relation(console, shown, wiring.texts, wiring.parameters)
    return str(shown["relation_id"])


def sandbox(
    *,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8045,
    companies: Annotated[int, typer.Option(help="Companies in the demo CRM.", min=1)] = 60,
    seed: Annotated[int, typer.Option(help="Seed of the demo CRM.")] = SEED,
    load: Annotated[
        Path | None, typer.Option("--load", help="Folder of CSV files instead of the demo CRM.")
    ] = None,
) -> None:
    """Serve a HubSpot look-alike on this machine until Ctrl-C.

    Example: `toprelatie sandbox --port 8045 --load export/`
    """
    from connector.sandbox import Sandbox  # noqa: PLC0415 - see above
    from connector.sandbox.demo import demo_portal  # noqa: PLC0415 - see above
    from connector.sandbox.load import load_portal  # noqa: PLC0415 - see above
    from connector.sandbox.load_table import LoadError  # noqa: PLC0415 - see above

    try:
        portal = (
            demo_portal(today=local_date(clock(), Parameters()), companies=companies, seed=seed)
            if load is None
            else load_portal(load)
        )
    except LoadError as error:
        raise ServiceError(f"sandbox: {error}") from None
    with ExitStack() as stack:
        try:
            server = stack.enter_context(Sandbox(portal, port=port, token=TOKEN, clock=clock))
        except OSError as error:
            raise ServiceError(
                f"sandbox: port {port} cannot be had ({error.strerror or type(error).__name__}): "
                "end what uses it, or let --port 0 take a free one"
            ) from None
        to_stdout().print(f"{server.base_url} token {TOKEN}", highlight=False)
        to_stderr().print(
            f"in another terminal: export HUBSPOT_TOKEN={TOKEN}; "
            f"toprelatie init --base-url {server.base_url}",
            markup=False,
            highlight=False,
        )
        _wait()


def _wait() -> None:
    """Stay up until the person presses Ctrl-C."""
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
