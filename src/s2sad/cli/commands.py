"""What each command does. Imports stand inside, because starting quickly is part of the interface."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from s2sad.cli.failure import Failure


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
    known(chosen or (), parameters, target.name)
    try:
        text = trace_text(function, args, arguments.mode, chosen)
    except (DifferentiationError, Failure):
        raise
    except Exception as error:
        raise raised(target, error) from error
    show(text)
    return 0


def known(wrt: tuple[str, ...], parameters: list[str], function: str) -> None:
    """Refuse names that are no parameters."""
    for name in wrt:
        if name not in parameters:
            raise Failure(f"--wrt: {function} has no parameter {name!r}: it takes {', '.join(parameters)}")


def _as_float(leaf: Any) -> Any:
    import numpy as np

    if isinstance(leaf, int) and not isinstance(leaf, bool):
        return float(leaf)
    return leaf.astype(np.float64) if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "iu" else leaf


def check(arguments: argparse.Namespace) -> int:
    """Compare derivatives, and print a row an argument, or a row a method."""
    from s2sad.cli.checking import check_gradients, compare_methods

    return compare_methods(arguments) if arguments.methods or arguments.manual else check_gradients(arguments)


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
