"""The ``dataset-safety`` command: its verbs are loaded only when they are used.

Exit codes of ``run``, ``verdicts`` and ``verify``: 0 compliant, 1 not compliant, 2 usage or configuration,
3 incomplete, 4 internal error. Every other verb ends with 0 when it did its work.
"""

from __future__ import annotations

import importlib
import logging
import sys

import click

from dataset_safety import __version__
from dataset_safety.errors import DatasetSafetyError

VERBS = {
    "demo": "Make a corpus with planted defects, run everything on it, and say what was found.",
    "run": "Take an inbox through every artifact: ledger, shards, labels, corpus, draws, verdicts, report.",
    "ui": "Open Dagster's web interface on this machine.",
    "scan": "Look for risks in files, without ledger or home folder.",
    "ledger": "Show what is known of every source, and add documents, legal bases and grades.",
    "review": "Let people judge the drawn samples, on a page or in files.",
    "verdicts": "Show the verdicts of section 8 and what blocks the export.",
    "report": "Write the report of a release, or all it rests on as a signed bundle.",
    "verify": "Check a bundle on any machine: every byte, its signature, every verdict.",
    "doctor": "Check this installation and the home folder.",
    "encryption": "Encrypt the stored objects, change their key, and show their state.",
    "backup": "Copy a home folder to a safe place, or bring a copy back.",
    "keywords": "Look after the keyword library (Appendix B.1).",
    "classifier": "Train, probe and describe the classification models (Appendix B.2).",
    "audit": "Verify the audit log, and keep signed checkpoints of it in a second place.",
    "probe": "Probe the protection and monitoring of this deployment (section 5, 8.1).",
    "incident": "Keep the emergency team, its plan and drills, and handle incidents (8.1 b 4).",
}


class LazyVerbs(click.Group):
    """Imports ``dataset_safety.cli.<verb>`` only when the verb is used, so that help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs in their natural order."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command object."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"dataset_safety.cli.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the near verb for a misspelt one."""
        import difflib

        if args and args[0] not in VERBS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], VERBS, n=1)
            ctx.fail(f"No such verb {args[0]!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Verbs with one line each, without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.command(cls=LazyVerbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dataset-safety")
@click.option("-v", "--verbose", is_flag=True, help="Show log lines of the program on stderr.")
def command(verbose: bool) -> None:
    """Pre-training and fine-tuning data, provably lawful and safe.

    Implements the draft Chinese national standard of 28 March 2024 on the safety of training data for generative AI.
    """
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


def main() -> None:
    """Entry point: our own errors become one line on stderr and their exit code."""
    try:
        command(standalone_mode=False)
    except DatasetSafetyError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; what was committed is kept, the next run goes on from there", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)


if __name__ == "__main__":
    main()
