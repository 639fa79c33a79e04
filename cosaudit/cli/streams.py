"""Standard streams and output files: everything that a command prints goes through here."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from cosaudit.config.reader import InputError, Problem, identity
from cosaudit.model import Place
from cosaudit.report.plain import WIDTH, Paint, safe

if TYPE_CHECKING:
    from collections.abc import Iterable


def prepare() -> None:
    """What a stream cannot encode is written as an escape: a GBK console is no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def flush() -> None:
    """Write out what is buffered, so that a closed pipe is met here and not at exit."""
    if sys.stdout is not None:
        sys.stdout.flush()


def asks_for_json(arguments: list[str]) -> bool:
    """Does the command line ask for JSON on standard output?"""
    last = ""
    for index, word in enumerate(arguments):
        if word == "--":
            break
        if word in ("--format", "-f"):
            last = "".join(arguments[index + 1 : index + 2])
        elif word.startswith("--format="):
            last = word[9:]
        elif word.startswith("-f"):
            last = word[2:]
    return last == "json"


def out(text: str) -> None:
    """Print a report, all of it at once. A reader that has left, as `head` does, changes no exit code.

    Raises:
        InputError: standard output takes no more, as on a full disk.
    """
    if sys.stdout is None:  # closed by whoever called us: nobody wants to read
        return
    try:
        sys.stdout.write(_tame(text))
        sys.stdout.flush()
    except BrokenPipeError:  # caught here: the command line's library would leave with 1
        give_up(1)
    except OSError as error:
        give_up(1)
        reason = error.strerror or "it is closed"
        raise InputError([Problem(Place("standard output", 1, 1), f"it cannot be written: {reason}")]) from None


def _tame(text: str) -> str:
    """A line that begins with `::`, or holds `##vso[`, is a command to CI systems that read logs; no name may be one.

    JSON never has either: its lines begin otherwise, and the reporter writes `##` as an escape.
    """
    if "::" not in text and "##" not in text:
        return text
    import re

    text = re.sub(r"(?m)^([ \t]*):(?=:)", r"\1\\x3a", text)
    return re.sub(r"##(?=vso\[|\[)", r"#\\x23", text)


def err(text: str) -> None:
    """Print a line for a person."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"{_tame(text)}\n")
        sys.stderr.flush()
    except OSError:  # nowhere left to say it: the exit code must do
        give_up(2)


def give_up(number: int) -> None:
    """Send what is still buffered nowhere, so that the interpreter does not meet the same error at its end."""
    from contextlib import suppress

    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def paint() -> Paint:
    """Colours on a terminal, unless NO_COLOR is set; FORCE_COLOR sets them anywhere."""
    if os.environ.get("NO_COLOR"):
        return Paint(False)
    if os.environ.get("FORCE_COLOR"):
        return Paint(True)
    return Paint(sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def width() -> int:
    """The columns of the terminal, at most 100; 80 where there is none."""
    if sys.stdout is None or not sys.stdout.isatty():
        return WIDTH
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except OSError:
        return WIDTH
    return min(max(columns, 40), 100)


def problems(some: Iterable[Problem], as_json: bool, *, help: str | None = None) -> None:
    """Tell what is wrong with the input: a line each on standard error, and as JSON when that was asked for."""
    some = list(some)
    framed = sys.stderr is not None and sys.stderr.isatty()
    for problem in some:
        place = problem.place
        file = safe(place.file)
        if file != file.strip():  # a name of blanks must not look like no name
            file = f"'{file}'"
        err(f"{file}:{place.line}:{place.column}: {safe(sentence(problem))}")
        if framed:
            _frame(problem)
    if help is not None:
        err(f"  help: {help}")
    if as_json and all(problem.place.file != "standard output" for problem in some):
        from cosaudit.report.json_ import dump

        errors = [{**problem.place._asdict(), "message": sentence(problem)} for problem in some]
        try:
            out(dump({"errors": errors}))
        except InputError:
            err("standard output:1:1: it cannot be written")


def sentence(problem: Problem) -> str:
    """The message, what was expected and the nearest word, in one line."""
    text = problem.message
    if problem.expected is not None and problem.expected not in text:
        text += f"; expected {problem.expected}"
    if problem.also is not None:
        text += f"; {problem.also_text} is at {problem.also}"
    if problem.nearest is not None:
        text += f"; did you mean `{problem.nearest}`?"
    elif problem.help is not None:
        text += f" ({problem.help})"
    return text


def _frame(problem: Problem) -> None:
    from cosaudit.report.text import frame

    if problem.line:
        line = problem.line
        for row in frame(problem.place, lambda file, number: line, WIDTH):
            err(f"  {row}")


def fault(error: Exception, as_json: bool) -> None:
    """A fault of ours: say so and how to report it, without the configuration's values."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    last = [f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames[-3:]]
    message = (
        f"a fault of cosaudit itself ({type(error).__name__}); please report it with: {' < '.join(reversed(last))}"
    )
    problems([Problem(Place("cosaudit", 1, 1), message)], as_json)


def write_files(files: list[tuple[str, str]], read: Iterable[str]) -> None:
    """Write output files, whole or not at all.

    What is no file, such as a device or a pipe, is written to as it is. A link stays, and what it leads to is
    replaced.

    Args:
        files: (path, text).
        read: files that this run has read, which are never overwritten.

    Raises:
        InputError: a file cannot be written, or was an input; then none is changed.
    """
    inputs = {identity(path) for path in read if path != "-"}
    for path, _ in files:
        if identity(path) in inputs:
            raise InputError(
                [Problem(Place(path, 1, 1), "this file is an input; it is not overwritten", "another file")]
            )
        if os.path.isdir(path):
            raise InputError([Problem(Place(path, 1, 1), "this is a folder", "the name of a file")])
    waiting: list[tuple[str, str]] = []
    try:
        for path, text in files:
            target = identity(path)
            temporary = f"{target}.{os.getpid()}.tmp"
            try:
                special = os.path.exists(path) and not os.path.isfile(path)
                with open(
                    path if special else temporary,
                    "w" if special else "x",
                    encoding="utf-8",
                    errors="backslashreplace",
                    newline="\n",
                ) as stream:
                    if not special:
                        waiting.append((temporary, target))
                    stream.write(text)
                if not special and os.path.exists(target):
                    os.chmod(temporary, os.stat(target).st_mode & 0o777)
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "not a file name"
                raise InputError([Problem(Place(path, 1, 1), f"the file cannot be written: {reason}")]) from None
        while waiting:
            temporary, path = waiting[0]
            try:
                os.replace(temporary, path)
            except OSError as error:
                raise InputError(
                    [Problem(Place(path, 1, 1), f"the file cannot be written: {error.strerror}")]
                ) from None
            waiting.pop(0)
    finally:
        for temporary, _ in waiting:
            try:  # noqa: SIM105 - one import less on the way that every run takes
                os.unlink(temporary)
            except OSError:
                pass
