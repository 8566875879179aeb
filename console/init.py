"""`init`: a few questions, a look at the CRM, and the first two files."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from console.init_report import print_found, print_next, print_written
from console.option import to_stderr, to_stdout
from console.question import Asked, Question
from jobs.answer import (
    fault_in_account,
    fault_in_timezone,
    fault_in_token_file,
    fault_in_variable,
)
from jobs.exits import KNOWN_ERRORS, Exit, exit_of, sentence_of
from jobs.first_file import write_both
from jobs.init import (
    DEFAULT_TIMEZONE,
    HUBSPOT,
    TOKEN_ENV,
    Answers,
    Found,
    Source,
    first_files,
    language_for,
    look_at,
)
from jobs.setup import SCOPES

CONFIG = Path("config.yaml")

WHERE_A_KEY_COMES_FROM = """\
An admin makes a key in HubSpot under Development > Keys > Service keys, with the scopes below. Keep
it where nobody else can read it: in a variable (export HUBSPOT_TOKEN=…), or in a file that you name
with --token-file FILE.
"""


def init(
    *,
    crm: Annotated[
        Literal["hubspot", "files"] | None,
        typer.Option("--crm", help="hubspot, or files: a folder of CSV files."),
    ] = None,
    token_env: Annotated[
        str | None,
        typer.Option("--token-env", help="Environment variable that holds the key; never the key."),
    ] = None,
    token_file: Annotated[
        str | None, typer.Option("--token-file", help="File that holds the key instead.")
    ] = None,
    base_url: Annotated[
        str, typer.Option("--base-url", help="Where the API answers; another for the sandbox.")
    ] = HUBSPOT,
    folder: Annotated[
        str | None, typer.Option("--folder", help="With files: the folder of the export.")
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", help="Name of the account in store and logs.")
    ] = None,
    language: Annotated[
        Literal["nl", "en"] | None,
        typer.Option("--language", help="Language of what sellers read: nl or en."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="Zone that decides what day it is.")
    ] = None,
    to: Annotated[
        Path, typer.Option("--to", help="Configuration to write; the mapping goes beside it.")
    ] = CONFIG,
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing; take the default of what is not given.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that exist; they are kept as .bak.")
    ] = False,
) -> None:
    """Ask little, read the CRM, and write a commented configuration and a suggested mapping.

    Nothing is written to the CRM, and here nothing unless both files can be.

    Example: `toprelatie init --crm hubspot --token-env HUBSPOT_TOKEN --language nl --yes`
    """
    if fault := _contradiction(crm, token_env=token_env, token_file=token_file, folder=folder):
        raise typer.BadParameter(fault)
    _refuse_existing(to, "--to", force=force)
    asked = Asked(takes_defaults=yes)
    questions = _Questions(
        asked,
        crm=crm,
        token_env=token_env,
        token_file=token_file,
        folder=folder,
        account=account,
        language=language,
        timezone=timezone,
    )
    asked.refuse_unless_answerable(questions.all())
    source = questions.source(base_url)
    found = _looked_at(source)
    console = to_stdout()
    print_found(console, source, found)
    answers = questions.answers(source, found)
    files = first_files(source, found, answers, config=to)
    _refuse_existing(files.mapping, "--account", force=force)
    for kept in write_both(files):
        console.print(f"kept     {kept}: what stood there before", markup=False, highlight=False)
    print_written(console, files)
    print_next(console, source, None if to == CONFIG else to)


def _contradiction(
    crm: str | None, *, token_env: str | None, token_file: str | None, folder: str | None
) -> str | None:
    """Say which options exclude each other, without repeating what was given; None: none do."""
    has_key = token_env is not None or token_file is not None
    if folder is not None and (crm == "hubspot" or has_key):
        return "--folder goes with --crm files, which has no key"
    if crm == "files" and has_key:
        return (
            "--crm files reads a folder, which has no key: leave --token-env and --token-file out"
        )
    if token_env is not None and token_file is not None:
        return "--token-env and --token-file name two places of the key: give one"
    return None


class _Questions:
    """The questions of `init`, with what was given on the command line."""

    def __init__(
        self,
        asked: Asked,
        *,
        crm: str | None,
        token_env: str | None,
        token_file: str | None,
        folder: str | None,
        account: str | None,
        language: str | None,
        timezone: str | None,
    ) -> None:
        self._asked = asked
        self._crm = Question("--crm", "CRM: hubspot or files", crm, choices=("hubspot", "files"))
        self._token_env = Question("--token-env", "", token_env, fault=fault_in_variable)
        self._way_in = Question(
            "--token-env",
            "Environment variable or file (with a /) that holds the key",
            token_env,
            fault=lambda text: (fault_in_token_file if "/" in text else fault_in_variable)(text),
        )
        self._token_file = Question("--token-file", "", token_file, fault=fault_in_token_file)
        self._folder = Question("--folder", "Folder of the export", folder)
        self._account = Question(
            "--account",
            "Name of this account in store and logs",
            account,
            fault=fault_in_account,
        )
        self._language = Question(
            "--language", "Language of what sellers read: nl or en", language, choices=("nl", "en")
        )
        self._timezone = Question(
            "--timezone", "Time zone that decides what day it is", timezone, fault=fault_in_timezone
        )

    def all(self) -> list[Question]:
        """Questions that will be asked, as far as can be told."""
        is_files = self._crm.given == "files" or self._folder.given is not None
        place = self._folder if is_files else self._token_env
        is_placed = not is_files and self._token_file.given is not None
        way_in = self._token_file if is_placed else place
        return [self._crm, way_in, self._timezone, self._language, self._account]

    def source(self, base_url: str) -> Source:
        """Ask where the CRM is."""
        kind = self._asked.answer(self._crm, "files" if self._folder.given else "hubspot")
        if kind == "files":
            return Source(kind="files", folder=Path(self._asked.answer(self._folder, "export")))
        if self._token_file.given is not None:
            path = Path(self._asked.answer(self._token_file, ""))
            return Source(kind="hubspot", base_url=base_url, token_file=path)
        name = self._asked.answer(self._way_in, TOKEN_ENV)
        if "/" in name:
            return Source(kind="hubspot", base_url=base_url, token_file=Path(name))
        return Source(kind="hubspot", base_url=base_url, token_env=name)

    def answers(self, source: Source, found: Found) -> Answers:
        """Ask the rest, with what the CRM told as defaults."""
        timezone = self._asked.answer(self._timezone, found.timezone or DEFAULT_TIMEZONE)
        language = self._asked.answer(self._language, language_for(timezone))
        account = self._asked.answer(self._account, found.account(source.kind))
        return Answers(
            account=account, language="nl" if language == "nl" else "en", timezone=timezone
        )


def _refuse_existing(path: Path, option: str, *, force: bool) -> None:
    """End when a file stands there already; the option gives the new one another name."""
    if path.exists() and not force:
        to_stderr().print(
            f"init: {path} exists and is left as it is: choose another name with {option}, or "
            "write over it with --force, which keeps the old one beside it",
            style="red",
            markup=False,
        )
        raise typer.Exit(Exit.USAGE)


def _looked_at(source: Source) -> Found:
    """Look at the CRM; when that fails, say why, that nothing was written, and how to go on."""
    remarks = to_stderr()
    try:
        with remarks.status("reading the CRM"):
            return look_at(source)
    except KNOWN_ERRORS as error:
        told = sentence_of(error).replace("`toprelatie check`", "`toprelatie init`")  # no file yet
        remarks.print(told, style="red", markup=False, highlight=False)
        remarks.print("nothing was written: mend that, then run the same command again")
        if "no token" in told:
            remarks.print(f"\n{WHERE_A_KEY_COMES_FROM}\n{SCOPES}", markup=False, highlight=False)
        raise typer.Exit(exit_of(error)) from None
