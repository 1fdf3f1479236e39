"""The text form of a program, for tests and for people: one operation a line, values numbered in program order."""

from __future__ import annotations

from s2sad.ir.program import Call, Constant, Form, Function, If, Operation, Region, Scan, Value

_INDENT = "  "


def to_text(function: Function) -> str:
    """Return the program as text; equal programs have equal text."""
    names: dict[Value, str] = {}
    params = ", ".join(f"{_name(v, names)}: {v.type}" for v in function.body.params)
    lines = [f"func {function.name}({params}):", *_region_lines(function.body, names, 1)]
    return "\n".join(lines) + "\n"


def _name(value: Value, names: dict[Value, str]) -> str:
    if value not in names:
        names[value] = f"%{len(names)}" + (f"_{value.hint}" if value.hint else "")
    return names[value]


def _list(values: tuple[Value, ...], names: dict[Value, str]) -> str:
    return ", ".join(_name(v, names) for v in values)


def _region_lines(region: Region, names: dict[Value, str], depth: int) -> list[str]:
    lines: list[str] = []
    for operation in region.operations:
        lines += _operation_lines(operation, names, depth)
    lines.append(_INDENT * depth + f"{region.exit.kind.value} {_list(region.exit.values, names)}".rstrip())
    return lines


def _operation_lines(operation: Operation, names: dict[Value, str], depth: int) -> list[str]:
    pad = _INDENT * depth
    match operation:
        case Constant(value=value, result=result):
            return [f"{pad}{_name(result, names)} = const {value!r}"]
        case Call():
            args = [_name(v, names) for v in operation.positional]
            args += [f"{key}={_name(v, names)}" for key, v in operation.named.items()]
            form = "" if operation.form is Form.FUNCTION else f".{operation.form.value}"
            results = ", ".join(f"{_name(v, names)}: {v.type}" for v in operation.results)
            return [f"{pad}{results} = {operation.function.__name__}{form}({', '.join(args)})"]
        case If():
            test = _name(operation.test, names)
            then = _region_lines(operation.then, names, depth + 1)
            orelse = _region_lines(operation.orelse, names, depth + 1)
            results = _list(operation.results, names)
            return [f"{pad}{results} = if {test}:", *then, f"{pad}else:", *orelse]
        case Scan():
            sources = ", ".join(
                _name(s.value, names) + (" backwards" if s.backwards else "") for s in operation.sources
            )
            start = _list(operation.initial, names)
            params = ", ".join(f"{_name(v, names)}: {v.type}" for v in operation.body.params)
            body = _region_lines(operation.body, names, depth + 1)
            head = f"{pad}{_list(operation.results, names)} = scan [{sources}] from ({start}) do ({params}):"
            if operation.test is None:
                return [head, *body]
            return [head, *body, f"{pad}while:", *_region_lines(operation.test, names, depth + 1)]
