"""Gate of the documentation: links lead somewhere, and the page of commands is the real help.

`python tests/docs/check.py --write` writes docs/commands.md anew from the command line itself.
"""

import re
import sys
from pathlib import Path

from typer.main import get_command

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from console.cli import app  # noqa: E402 - the checkout must be found first

COMMANDS = ROOT / "docs" / "commands.md"
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")


def command_page() -> str:
    """Markdown with one section per command: what it does, its example, its options."""
    lines = [
        "# Commands",
        "",
        "Written from the command line's own help. What the exit codes mean, and what to do about",
        "each, stands in [operations](operations.md#what-runs-when).",
    ]
    for name, command in sorted(_leaves("", get_command(app))):
        help_text = " ".join((command.help or "").split())
        summary, _, example = help_text.partition("Example:")
        lines += ["", f"## toprelatie {name}", "", summary.strip(), ""]
        lines += ["```console", f"$ {example.strip().strip('`.').rstrip('`')}", "```"]
        options = [_option(one) for one in command.params if getattr(one, "help", None)]
        if options:
            lines += ["", "| option | meaning |", "| --- | --- |", *options]
    return "\n".join(lines) + "\n"


def _leaves(prefix: str, command):
    for name, child in getattr(command, "commands", {}).items():
        path = f"{prefix} {name}".strip()
        if getattr(child, "commands", None):
            if getattr(child, "invoke_without_command", False):
                yield path, child
            yield from _leaves(path, child)
        else:
            yield path, child


def _option(option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    return f"| {names} | {option.help} |"


def dead_links() -> list[str]:
    """Relative links of all pages that lead nowhere."""
    written = [page for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts]
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(written)]
    return [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target, _ in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]


def main() -> int:
    """Print what is wrong; 0 when nothing is."""
    page = command_page()
    if "--write" in sys.argv:
        COMMANDS.write_text(page, encoding="utf-8")
    faults = dead_links()
    if not COMMANDS.exists() or COMMANDS.read_text(encoding="utf-8") != page:
        faults.append("docs/commands.md is stale: python tests/docs/check.py --write")
    faults += [
        f"command {name} has no help with an example"
        for name, command in _leaves("", get_command(app))
        if "Example:" not in (command.help or "")
    ]
    for fault in faults:
        sys.stderr.write(fault + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
