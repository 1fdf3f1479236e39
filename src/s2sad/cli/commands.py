"""What each command does. Imports stand inside, because starting quickly is part of the interface."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from s2sad.cli.failure import Failure

if TYPE_CHECKING:
    from s2sad.check import Comparison


def usage(parser: argparse.ArgumentParser) -> int:
    """Print what there is to choose from."""
    parser.print_help()
    return 0


def version() -> int:
    """Print the version."""
    from importlib.metadata import version as installed

    print(f"s2sad {installed('s2sad')}")
    return 0


def grad(arguments: argparse.Namespace) -> int:
    """Print a derivative, or write it to a file, or compare it with one."""
    if arguments.backend == "numba":
        raise Failure("grad: the numba back end does not exist yet: leave --backend out")
    if arguments.check and not arguments.output:
        raise Failure("grad: --check compares with a file: name it with -o FILE")
    if arguments.order < 1:
        raise Failure(f"grad: --order must be 1 or more, not {arguments.order}")
    from s2sad.cli.target import read_target

    target = read_target(arguments.target)
    from s2sad import differentiate

    text = differentiate(
        target.text,
        target.name,
        argnums=names(arguments.wrt) or 0,
        mode=arguments.mode,
        value=arguments.value,
        order=arguments.order,
        style=arguments.style,
        types=arguments.types,
        backend=arguments.backend,
        filename=target.path,
    )
    if arguments.check:
        return _compare(arguments.output, text)
    if arguments.output:
        _write(arguments.output, text)
        return 0
    from s2sad.cli.terminal import show

    show(text, arguments.color, python=True)
    return 0


def names(text: str | None) -> str | tuple[str, ...] | None:
    """Return what `--wrt a,b` names: one name, or several as a tuple."""
    if text is None:
        return None
    listed = tuple(name.strip() for name in text.split(",") if name.strip())
    if not listed:
        raise Failure(f"--wrt {text!r} names no parameter")
    return listed[0] if len(listed) == 1 else listed


def _compare(path: str, text: str) -> int:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            same = file.read() == text
    except FileNotFoundError:
        same = False
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: cannot be read: {error}") from error
    if not same:
        print(f"s2sad: {path} is not what would be written", file=sys.stderr)
    return 0 if same else 1


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        raise Failure(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from error


def trace(arguments: argparse.Namespace) -> int:
    """Print an evaluation trace."""
    from s2sad.cli.target import evaluate_args, load_target, raised, read_target

    target = read_target(arguments.target)

    from s2sad.cli.terminal import show
    from s2sad.errors import DifferentiationError
    from s2sad.frontend.lower import lower_function
    from s2sad.frontend.static import read_function
    from s2sad.numeric import map_leaves
    from s2sad.trace import trace_text

    function = lower_function(read_function(target.path, target.name, target.text)).function
    _, scope = load_target(target)
    args = [map_leaves(lambda _, leaf: _as_float(leaf), arg) for arg in evaluate_args(arguments.at, scope)]
    parameters = [parameter.name for parameter in function.parameters]
    if len(args) != len(parameters):
        raise Failure(f"trace: {target.name} takes {', '.join(parameters)}, and --at gives {len(args)} of them")
    wrt = names(arguments.wrt)
    chosen = (wrt,) if isinstance(wrt, str) else wrt
    _known(chosen or (), parameters, target.name)
    try:
        text = trace_text(function, args, arguments.mode, chosen)
    except (DifferentiationError, Failure):
        raise
    except Exception as error:
        raise raised(target, error) from error
    show(text)
    return 0


def _known(wrt: tuple[str, ...], parameters: list[str], function: str) -> None:
    for name in wrt:
        if name not in parameters:
            raise Failure(f"--wrt: {function} has no parameter {name!r}: it takes {', '.join(parameters)}")


def _as_float(leaf: Any) -> Any:
    import numpy as np

    if isinstance(leaf, int) and not isinstance(leaf, bool):
        return float(leaf)
    return leaf.astype(np.float64) if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "iu" else leaf


def check(arguments: argparse.Namespace) -> int:
    """Compare derivatives, and print a row an argument."""
    from s2sad.cli.target import load_target, raised, read_args, read_target

    target = read_target(arguments.target)
    from s2sad import grad as make_gradient
    from s2sad.check import compare, differentiable_positions, parameter_names
    from s2sad.errors import DifferentiationError
    from s2sad.numeric import numerical_gradient

    function, scope = load_target(target)
    parameters = parameter_names(function, function.__code__.co_argcount if hasattr(function, "__code__") else 0)
    args = read_args(arguments.args, scope, parameters)
    wrt = names(arguments.wrt)
    chosen = (wrt,) if isinstance(wrt, str) else wrt or ()
    _known(chosen, parameters, target.name)
    positions = tuple(map(parameters.index, chosen)) or differentiable_positions(args)
    if not positions:
        raise Failure("check: no argument holds floats, so there is nothing to differentiate: write 2.0 for 2")
    try:
        gradients = make_gradient(function, positions)(*args)
        rows = [
            compare(parameter_names(function, len(args))[i], args[i], gradient, numerical_gradient(function, args, i))
            for i, gradient in zip(positions, gradients, strict=True)
        ]
    except DifferentiationError:
        raise
    except Exception as error:
        raise raised(target, error) from error
    from s2sad.cli.terminal import show

    table = [("argument, worst index", "generated", "numerical", "difference", "verdict")]
    table += [
        (row.place, f"{row.generated:.10g}", f"{row.numerical:.10g}", f"{row.difference:.1e}", _verdict(row))
        for row in rows
    ]
    widths = [max(len(row[column]) for row in table) for column in range(4)]
    for first, *rest, last in table:
        numbers = "  ".join(f"{cell:>{width}}" for cell, width in zip(rest, widths[1:], strict=True))
        show(f"{first:<{widths[0]}}  {numbers}  {last}\n")
    return 0 if all(row.agrees for row in rows) else 1


def _verdict(row: Comparison) -> str:
    if row.agrees:
        return "agree"
    return "generated says 0" if "generated says 0" in row.complaint else "DIFFER"


def rules(arguments: argparse.Namespace) -> int:
    """List the rules."""
    from s2sad.cli.catalogue import catalogue, entry
    from s2sad.cli.terminal import show

    show(catalogue() if arguments.name is None else entry(arguments.name))
    return 0


def demo(arguments: argparse.Namespace) -> int:
    """Train two models."""
    if arguments.seeds < 1:
        raise Failure(f"demo: --seeds must be 1 or more, not {arguments.seeds}")
    from s2sad.demo import MissingDataError, run

    try:
        run(arguments.output, arguments.seeds)
    except MissingDataError as error:
        raise Failure(f"demo: {error}") from error
    return 0
