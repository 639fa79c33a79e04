"""The commands: each module parses, calls and prints. Heavy imports stand inside the commands."""

from __future__ import annotations

import sys

#: Command → its module in this package; a command of a group has two words. Only the module of the command that is
#: called is imported.
COMMANDS = {
    "check": "check",
    "allowlist": "allowlist",
    "trace": "trace",
    "policy simulate": "policy_simulate",
    "policy diff": "policy_diff",
    "policy lint": "policy_lint",
    "policy minimal": "policy_minimal",
    "cors": "cors",
    "why": "why",
    "sign explain": "sign_explain",
    "host": "host_command",
    "facts": "facts_command",
    "rules": "rules",
    "schema": "schema",
    "init": "init",
}

#: Group → what its commands are about.
GROUPS = {
    "policy": "Say what a CAM policy, such as that of a temporary key, allows.",
    "sign": "Say what is wrong with a signature.",
}

#: Exit codes, the same for every command.
CLEAN, FINDINGS, WRONG_INPUT, UNKNOWN, OUR_FAULT = 0, 1, 2, 3, 4


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code. Nothing but the exit code and the streams leaves it."""
    from cosaudit.cli import streams

    streams.prepare()
    try:
        code = _run(arguments)
        streams.flush()
        return code
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        streams.give_up(1)
        return CLEAN
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> int:
    import typer

    from cosaudit.cli import streams
    from cosaudit.config.reader import InputError, Problem
    from cosaudit.model import Place

    usage_error: type[Exception] = next(one for one in typer.BadParameter.__mro__ if one.__name__ == "ClickException")
    as_json = streams.asks_for_json(arguments)
    if not arguments or _no_command_of(arguments):
        group = "".join(arguments[:1])
        expected = "one of " + ", ".join([f"`{command}`" for command in _called(arguments)])
        text = f"no command of `{group}`" if group else "no command"
        streams.problems([Problem(Place("cosaudit", 1, 1), text, expected)], as_json, help=_try_help(arguments))
        return WRONG_INPUT
    try:
        result = _app(arguments)(arguments, standalone_mode=False, prog_name="cosaudit")
        return int(result or 0)
    except InputError as error:
        streams.problems(error.problems, as_json)
        return WRONG_INPUT
    except typer.Exit as leave:
        return int(leave.exit_code)
    except typer.Abort:
        return 130
    except usage_error as error:
        message: str = error.format_message()  # type: ignore[attr-defined]
        if arguments[0] == "sign":  # what people paste there may be a key
            from cosaudit.cos.signature_explain import hide

            message = hide(message)
        place = Place(_flag_of(error) or "cosaudit", 1, 1)
        streams.problems([Problem(place, message.rstrip("."))], as_json, help=_try_help(arguments))
        return WRONG_INPUT
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except OSError as error:  # the help text is printed by the command line's library, which lets it through
        streams.problems([Problem(Place("cosaudit", 1, 1), f"cannot be written: {error.strerror}")], as_json)
        return WRONG_INPUT
    except Exception as fault:
        streams.fault(fault, as_json)
        return OUR_FAULT


def _flag_of(error: Exception) -> str | None:
    """The option or argument that a wrong call is about, as the command line's library keeps it."""
    name: str | None = getattr(error, "option_name", None)
    param = getattr(error, "param", None)
    if name is not None or param is None:
        return name
    found: str = max(param.opts, key=len) if param.opts[0].startswith("-") else param.human_readable_name
    return found


def _no_command_of(arguments: list[str]) -> bool:
    """Is a group called without any of its commands?"""
    return arguments[0] in GROUPS and "--help" not in arguments and all(one.startswith("-") for one in arguments[1:2])


def _called(arguments: list[str]) -> list[str]:
    """The command that is called; those of its group for an unknown second word; all for an unknown first one."""
    for words in (2, 1):
        command = " ".join(arguments[:words])
        if command in COMMANDS:
            return [command]
    group = [one for one in COMMANDS if arguments and one.startswith(f"{arguments[0]} ")]
    return group or list(COMMANDS)


def _try_help(arguments: list[str]) -> str:
    called = _called(arguments)
    if len(called) == 1:
        return f"cosaudit {called[0]} --help"
    return f"cosaudit {arguments[0]} --help" if arguments and arguments[0] in GROUPS else "cosaudit --help"


def _app(arguments: list[str]):  # type: ignore[no-untyped-def]  # a Typer; importing it here would cost at start
    """The Typer of the command that is called, or of all commands for `--help` and unknown words."""
    import typer

    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        help="Audits direct uploads from WeChat Mini Programs and web pages to Tencent Cloud COS before a release.",
    )

    @app.callback()
    def main(
        version: bool = typer.Option(False, "--version", help="Print the version and leave.", is_eager=True),
    ) -> None:
        if version:
            from cosaudit import __version__

            sys.stdout.write(f"cosaudit {__version__}\n")
            raise typer.Exit

    main.__doc__ = None
    from importlib import import_module

    groups: dict[str, typer.Typer] = {}
    for called in _called(arguments):
        group, _, name = called.rpartition(" ")
        if group and group not in groups:
            groups[group] = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
            app.add_typer(groups[group], name=group, help=GROUPS[group])
        module = import_module(f"cosaudit.cli.{COMMANDS[called]}")
        groups.get(group, app).command(name)(module.command)
    return app
