"""The command line. Each command is a module with ``add_parser`` and ``run``; torch is imported by those that need it.

Exit codes: 0 done, 2 a mistake that the person can fix (said in one line), 130 or 143 ended by a signal after saving,
1 anything else.
"""

import sys
from collections.abc import Sequence

from mtldemo import __version__
from mtldemo.cli import compare, data, model, output, predict, runs, sharings, strategies, train
from mtldemo.cli.parser import Parser
from mtldemo.errors import MtlDemoError, disk_is_full

COMMANDS = (data, train, compare, model, predict, runs, strategies, sharings)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that ``arguments`` (else the process's own) name, and return the exit code."""
    output.prepare_output()
    try:
        code = _done(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader, such as head, has seen enough.
        output.give_up()
        return 1
    except OSError as error:
        if not disk_is_full(error):
            raise
        output.give_up()
        where = error.filename or "what is printed"
        print(f"mtldemo: No room is left on the disk for {where}; free some space, then try again.", file=sys.stderr)
        return 2


def _done(arguments: Sequence[str] | None) -> int:
    try:
        chosen = _parser().parse_args(arguments)
        return chosen.command(chosen)
    except MtlDemoError as error:
        print("mtldemo: " + " ".join(str(error).split()), file=sys.stderr)
        return 2


def _parser() -> Parser:
    parser = Parser(prog="python -m mtldemo", description="Multi-task learning at work: train, look and compare.")
    parser.add_argument("--version", action="version", version=f"mtldemo {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=Parser)
    for module in COMMANDS:
        module.add_parser(commands).set_defaults(command=module.run)
    return parser
