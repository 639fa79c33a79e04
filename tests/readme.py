"""The README's generated parts and console blocks: `python tests/readme.py` rewrites them, the test compares them.

Blocks of ```console are run in order in one empty folder: each line that begins with `$ ` is a command, what follows is
its output, standard error included. `[exit N]` stands behind a command that does not leave with 0.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
_CONSOLE = re.compile(r"```console\n(.*?)```", re.S)
_PART = re.compile(r"(<!-- generated: ([a-z]+) -->\n).*?(<!-- end -->)", re.S)


def environment() -> dict[str, str]:
    """An environment that gives the same output everywhere."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return kept | {"PATH": path, "PYTHONIOENCODING": "utf-8"}


def run_block(block: str, folder: str) -> str:
    """The block with the output that its commands really have."""
    out = []
    for line in block.splitlines():
        if not line.startswith("$ "):
            continue
        command = re.sub(r"\s+\[exit \d+\]$", "", line[2:])
        done = subprocess.run(
            ["bash", "-c", command], cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        mark = f"   [exit {done.returncode}]" if done.returncode else ""
        out.append(f"$ {command}{mark}\n{done.stdout}")
    return "".join(out)


def rules_table() -> str:
    """All rules, from their modules."""
    from cosaudit.rules import rules

    rows = ["| rule | severity | gate | what it finds |", "| --- | --- | --- | --- |"]
    rows += [f"| `{rule.id}` | {rule.severity.value} | {rule.gate} | {rule.title} |" for rule in rules().values()]
    return "\n".join(rows) + "\n"


def fields_table() -> str:
    """All fields of the configuration, from the table that the decoder reads."""
    from cosaudit.config import table
    from cosaudit.config.fields import Listing, Record

    rows = ["| where | field | what it is | value |", "| --- | --- | --- | --- |"]

    def add(where: str, record: Record) -> None:
        for field in record.fields:
            doc = field.doc + (", required" if field.required else "")
            cells = (where, f"`{field.name}`", doc, field.kind.expected)
            rows.append("| " + " | ".join([cell.replace("|", "\\|") for cell in cells]) + " |")

    add("top level", table.CONFIG)
    for field in table.CONFIG.fields:
        if isinstance(field.kind, Listing) and isinstance(field.kind.item, Record) and field.name != "downloads":
            add(f"{field.name}[]" if field.name != "uploads" else "uploads[], downloads[]", field.kind.item)
    add("audit", table.AUDIT)
    return "\n".join(rows) + "\n"


def commands_table() -> str:
    """All commands with the first line of their help."""
    from importlib import import_module

    from cosaudit.cli import COMMANDS

    rows = ["| command | what it does |", "| --- | --- |"]
    for name, module in COMMANDS.items():
        doc = (import_module(f"cosaudit.cli.{module}").command.__doc__ or "").strip().partition("\n\n")[0]
        rows.append(f"| `cosaudit {name}` | {' '.join(doc.split())} |")
    return "\n".join(rows) + "\n"


PARTS = {"rules": rules_table, "fields": fields_table, "commands": commands_table}


def made_anew(text: str) -> str:
    """The README with every generated part and console block as it should be."""
    text = _PART.sub(lambda found: f"{found[1]}{PARTS[found[2]]()}{found[3]}", text)
    with tempfile.TemporaryDirectory() as folder:
        return _CONSOLE.sub(lambda found: f"```console\n{run_block(found[1], folder)}```", text)


if __name__ == "__main__":
    before = README.read_text("utf-8")
    after = made_anew(before)
    if "--check" in sys.argv[1:]:
        sys.exit("the README is stale: run `python tests/readme.py`" if before != after else None)
    README.write_text(after, "utf-8")
