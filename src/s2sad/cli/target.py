"""Targets: which function of which file; reading it, and for some commands running it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from s2sad.cli.failure import Failure

STDIN = "<stdin>"


@dataclass(frozen=True, slots=True)
class Target:
    """A function in a file, by name.

    Attributes
    ----------
    path : str
        The file, or `STDIN`; what diagnostics call it.
    name : str
        The function, or `Class.method`.
    text : str
        What the file says.
    """

    path: str
    name: str
    text: str


def read_target(text: str) -> Target:
    """Read the file that `path:function` names, without running it."""
    path, colon, name = text.rpartition(":")
    if not colon or not path:
        raise Failure(f"{text!r} is not a target: write path/to/file.py:function")
    if not name or not all(part.isidentifier() for part in name.split(".")):
        raise Failure(f"{name!r} in {text!r} is not the name of a function: write path/to/file.py:function")
    if path == STDIN:
        return Target(path, name, _standard_input())
    from s2sad.frontend.files import read_text

    return Target(path, name, read_text(path))


def _standard_input() -> str:
    from importlib.util import decode_source

    try:
        return decode_source(sys.stdin.buffer.read())
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise Failure(f"<stdin>: the source cannot be decoded: {error}") from error


def load_target(target: Target) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Run the target's file as a module, and return the function and the module's names."""
    import importlib.util
    import linecache
    import os
    import types

    try:
        code = compile(target.text, target.path, "exec")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise Failure(f"{target.path}:{line}: {getattr(error, 'msg', error)}") from error
    directory = os.getcwd() if target.path == STDIN else os.path.dirname(os.path.abspath(target.path))
    module_name = os.path.splitext(os.path.basename(target.path))[0] if target.path != STDIN else "stdin"
    if not module_name.isidentifier() or module_name in sys.modules or importlib.util.find_spec(module_name):
        module_name = f"s2sad_target_{abs(hash(target.path))}"
    module = types.ModuleType(module_name)
    module.__file__ = target.path
    linecache.cache[target.path] = (len(target.text), None, target.text.splitlines(True), target.path)
    sys.modules[module_name] = module
    sys.path.insert(0, directory)
    try:
        exec(code, module.__dict__)
        found: Any = module
        for part in target.name.split("."):
            found = getattr(found, part)
    except AttributeError as error:
        if error.obj is not None and _is_ours(error):
            raise Failure(f"{target.path}: there is no function {target.name!r}") from error
        raise Failure(_raised(target, "running", error)) from error
    except (Exception, SystemExit) as error:
        raise Failure(_raised(target, "running", error)) from error
    finally:
        sys.path.remove(directory)
    return found, module.__dict__


def _is_ours(error: BaseException) -> bool:
    return error.__traceback__ is not None and error.__traceback__.tb_next is None


def _raised(target: Target, doing: str, error: BaseException) -> str:
    place, trace = target.path, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == target.path:
            place = f"{target.path}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{place}: {doing} the file raised {type(error).__name__}: {error}".splitlines()[0]


def raised(target: Target, error: BaseException) -> Failure:
    """Return the failure for an exception that the target's function has raised."""
    return Failure(_raised(target, f"{target.name} of", error))


def evaluate_args(text: str, names: dict[str, Any]) -> tuple[Any, ...]:
    """Evaluate a comma-separated list of arguments in the module of the target."""
    import numpy as np

    scope = {"np": np, "numpy": np, **names}
    try:
        return tuple(eval(f"[{text}\n]", scope))
    except SyntaxError as error:
        raise Failure(f"the arguments {text!r} are not Python: {error.msg}") from error
    except Exception as error:
        raise Failure(f"the arguments {text!r} raise {type(error).__name__}: {error}") from error


def read_args(text: str, names: dict[str, Any], parameters: Sequence[str]) -> tuple[Any, ...]:
    """Return arguments from a `.npz`, `.json` or `.txt` file of that name, or from an expression."""
    import os

    if not os.path.isfile(text):
        return evaluate_args(text, names)
    ending = os.path.splitext(text)[1]
    if ending == ".npz":
        import numpy as np

        with np.load(text, allow_pickle=False) as archive:
            return _ordered(text, {key: archive[key] for key in archive.files}, parameters)
    with open(text, encoding="utf-8") as file:
        content = file.read()
    if ending != ".json":
        return evaluate_args(content, names)
    import json

    try:
        loaded = json.loads(content)
    except ValueError as error:
        raise Failure(f"{text}: not JSON: {error}") from error
    return _ordered(text, loaded, parameters) if isinstance(loaded, dict) else tuple(loaded)


def _ordered(path: str, found: dict[str, Any], parameters: Sequence[str]) -> tuple[Any, ...]:
    if all(name in parameters for name in found):
        return tuple(found[name] for name in parameters if name in found)
    if all(name.startswith("arr_") for name in found):
        return tuple(found[f"arr_{i}"] for i in range(len(found)))
    strange = next(name for name in found if name not in parameters)
    raise Failure(f"{path}: {strange!r} is not a parameter: they are {', '.join(parameters)}")
