"""The console script. `--version` is answered before anything is imported."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from cosaudit import __version__

        try:
            sys.stdout.write(f"cosaudit {__version__}\n")
            sys.stdout.flush()
        except (OSError, AttributeError, ValueError) as error:  # a full disk, a closed pipe, no stream at all
            import os

            os._exit(0 if isinstance(error, BrokenPipeError) else 2)
        sys.exit(0)
    import gc

    gc.disable()  # a short process that builds one large tree: collecting it again and again takes most of the time
    from cosaudit.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
