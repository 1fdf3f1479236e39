"""Reading the text of a file as Python does, whatever is in it."""

from __future__ import annotations

import io
import os
import stat
from typing import NoReturn

from s2sad.errors import Diagnostic, DifferentiationError
from s2sad.ir.program import Span


def read_text(path: str) -> str:
    """Return the text of a Python file, decoded as its byte order mark or its coding comment says.

    Raises
    ------
    DifferentiationError
        S2S001 where there is no such file, S2S002 where it cannot be read or decoded.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            _refuse("S2S002", f"`{path}` is not a regular file", "give the path of a Python file")
        with open(path, "rb") as stream:
            data = stream.read()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        _refuse("S2S001", f"there is no file `{path}`", "check the path; it is relative to the working directory")
    except OSError as error:
        _refuse("S2S002", f"`{path}` cannot be read ({error.strerror})", "check the permissions of the file")
    return _decode(path, data)


def _decode(path: str, data: bytes) -> str:
    # needed for static reading alone, and slow to import
    from tokenize import detect_encoding

    encoding = "utf-8"
    try:
        encoding, _ = detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        span = Span(path, line, 0, line, 0)
        message = f"byte 0x{data[error.start]:02x} is not valid {encoding}"
    except (SyntaxError, LookupError, UnicodeError) as error:
        span = Span(path, 1, 0, 1, 0)
        message = f"the file cannot be decoded ({error})"
        if (offset := _first_invalid(data)) is not None:
            line = data.count(b"\n", 0, offset) + 1
            span = Span(path, line, 0, line, 0)
            message = f"byte 0x{data[offset]:02x} is not valid utf-8"
    _refuse("S2S002", message, "save the file as UTF-8, or name its encoding in a `coding` comment", span)


def _first_invalid(data: bytes) -> int | None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


def _refuse(code: str, message: str, advice: str, span: Span | None = None) -> NoReturn:
    raise DifferentiationError([Diagnostic(code, message, advice, span)]) from None
