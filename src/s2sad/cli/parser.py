"""The arguments of every command."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any, NoReturn

from s2sad.cli.failure import Failure

TARGET = "path/to/file.py:function, file.py:Class.method, or -:function for standard input"
STATUS = "exit status: 0 done, 1 a check failed, 2 unusable arguments or a program that is refused"


class _Help(argparse.HelpFormatter):
    """Help as wide as the terminal; asked for its width through `os`, because `shutil` is slow to import."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=_width() - 2)


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal():
        return max(int(columns), 40)
    try:
        return max(os.get_terminal_size().columns, 40)
    except (OSError, ValueError):
        return 100


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_Help, **options)

    def error(self, message: str) -> NoReturn:
        command = self.prog.removeprefix("s2sad").strip()
        raise Failure(f"{command}: {message}" if command else message)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of a command, with the function that runs it as `run`."""
    from s2sad.cli import commands

    about = "Derivatives of Python and NumPy functions, as Python text."
    parser = _Parser(prog="s2sad", description=about, epilog=STATUS)
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.set_defaults(run=lambda arguments: commands.version() if arguments.version else commands.usage(parser))
    subparsers = parser.add_subparsers(title="commands (▶ runs the target's file)", metavar="COMMAND", prog="s2sad")

    grad = _command(subparsers, "grad", "print the derivative of a function, as a standalone module")
    grad.add_argument("target", metavar="TARGET", help=TARGET)
    _wrt(grad)
    grad.add_argument("--value", action="store_true", help="return the value beside the gradient")
    grad.add_argument("--mode", choices=("reverse", "forward"), default="reverse", help="forward prints the JVP")
    grad.add_argument("--order", type=int, default=1, metavar="N", help="the order of the derivative (default: 1)")
    grad.add_argument("--style", choices=("readable", "ssa"), default="readable", help="ssa: one operation a line")
    grad.add_argument("--types", metavar="TYPES", help="types of parameters: 'x: float64[N, D]; n: int'")
    grad.add_argument("--backend", choices=("numpy", "numba"), default="numpy", help="what the text is written for")
    grad.add_argument("-o", "--output", metavar="FILE", help="write the module to FILE")
    grad.add_argument("--check", action="store_true", help="write nothing; exit 1 if FILE is not what would be written")
    grad.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="colour the text")
    grad.set_defaults(run=commands.grad)

    trace = _command(subparsers, "trace", "▶ print the evaluation trace of a function at a point")
    trace.add_argument("target", metavar="TARGET", help=TARGET)
    trace.add_argument("--at", required=True, metavar="ARGS", help="the point: '2, 5'; integers count as floats")
    trace.add_argument("--mode", choices=("primal", "forward", "reverse"), default="primal", help="what to add")
    _wrt(trace)
    trace.set_defaults(run=commands.trace)

    check = _command(subparsers, "check", "▶ compare generated with numerical derivatives")
    check.add_argument("target", metavar="TARGET", help=TARGET)
    check.add_argument("--args", required=True, metavar="ARGS", help="an expression or a .npz, .json or .txt file")
    _wrt(check)
    check.add_argument("--methods", action="store_true", help="manual, numerical, symbolic and automatic side by side")
    check.add_argument("--manual", metavar="NAME", help="the gradient by hand: a function in the file (and --methods)")
    check.set_defaults(run=commands.check)

    rules = _command(subparsers, "rules", "list the functions that can be differentiated, with their formulas")
    rules.add_argument("name", nargs="?", metavar="NAME", help="one function")
    rules.set_defaults(run=commands.rules)

    demo = _command(subparsers, "demo", "▶ train two models on real data with printed gradients")
    demo.add_argument("-o", "--output", metavar="DIR", help="where to put the generated modules")
    demo.add_argument("--seeds", type=int, default=5, metavar="N", help="train on N splits (default: 5)")
    demo.set_defaults(run=commands.demo)
    # argparse takes what begins with a hyphen for an option
    return parser.parse_args([f"<stdin>{text[1:]}" if text.startswith("-:") else text for text in argv])


def _command(subparsers: argparse._SubParsersAction[_Parser], name: str, text: str) -> _Parser:
    return subparsers.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", epilog=STATUS)


def _wrt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wrt", metavar="A,B", help="parameters to differentiate with respect to")
