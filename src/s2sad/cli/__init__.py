"""The command line: `s2sad COMMAND TARGET`."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from s2sad.cli.failure import Failure, describe
from s2sad.cli.parser import parse

__all__ = ["main"]

DONE, FAILED, UNUSABLE, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process unless given.

    Returns
    -------
    int
        0 done, 1 a check failed, 2 unusable arguments or a program that is refused.
    """
    if argv is None:
        # a compiler keeps most of what it makes, so collecting garbage early finds little and costs start-up time
        gc.set_threshold(100_000)
    try:
        arguments = parse(sys.argv[1:] if argv is None else argv)
        status = int(arguments.run(arguments))
        sys.stdout.flush()
        return status
    except Failure as failure:
        return _complain(str(failure))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # what is still buffered must not be written to the closed pipe when the interpreter shuts down
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:
        if os.environ.get("S2SAD_TRACEBACK"):
            raise
        return _complain(describe(error))


def _complain(message: str) -> int:
    from s2sad.cli.terminal import escape

    print(f"s2sad: {escape(message)}", file=sys.stderr)
    return UNUSABLE
