"""How long it takes to compile, in processor time: `python tests/benchmarks/compile_time.py`.

Straight-line functions of 10 to 1,000 statements, and nests of one to five loops. The growth exponent is the slope of
log(time) over log(size): 1 is linear.
"""
from __future__ import annotations

import statistics
import time
import timeit

import numpy as np

import s2sad

SIZES = (10, 30, 100, 300, 1000)
DEPTHS = (1, 2, 3, 4, 5)


def straight_line(size: int) -> str:
    """Return a function of so many statements: arithmetic, functions, and now and then a store."""
    kinds = (
        "y = np.sin(y) * x + {i}.0", "z = y * z - x", "z[1:] = y[:-1] * 0.5", "y = np.tanh(z) + y / 2.0",
        "z *= y", "s = np.sum(y * z) * s",
    )
    lines = [f"    {kinds[i % len(kinds)].format(i=i % 7)}\n" for i in range(size - 5)]
    head = "import numpy as np\n\n\ndef f(x):\n    y = np.cos(x)\n    z = x * 2.0\n    s = 0.5\n"
    return head + "".join(lines) + "    s = s + np.sum(y)\n    return s + np.sum(z)\n"


def nest(depth: int) -> str:
    """Return a function with so many loops inside each other, that overwrites items of an array."""
    lines = ["import numpy as np", "", "", "def f(x, n):", "    s = 0.0"]
    for level in range(depth):
        lines.append("    " * (level + 1) + f"for i{level} in range(n):")
        lines.append("    " * (level + 2) + f"s = np.sin(s) + x[i{level}]")
    inside = "    " * (depth + 1)
    lines += [f"{inside}x[i{depth - 1}] = x[i{depth - 1}] * s", "    return s + np.sum(x * x)", ""]
    return "\n".join(lines)


def seconds(source: str, types: str, times: int) -> float:
    """Return the median of the processor time of compiling a gradient, in seconds."""
    taken = []
    for _ in range(times):
        begin = time.process_time()
        s2sad.differentiate(source, "f", types=types, filename="f.py")
        taken.append(time.process_time() - begin)
    return statistics.median(taken)


def exponent(sizes: tuple[int, ...], times: list[float]) -> float:
    """Return the slope of log(time) over log(size)."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def main() -> None:
    """Print both tables, and how fast the machine is."""
    once = min(timeit.repeat("sum(range(1000))", number=1000, repeat=5)) / 1000
    print(f"sum(range(1000)) takes {1e6 * once:.1f} µs here; a machine of these days takes about 10\n")
    seconds(straight_line(10), "x: float64[N]", 1)
    times = [seconds(straight_line(size), "x: float64[N]", 1 if size > 300 else 3) for size in SIZES]
    for size, taken in zip(SIZES, times, strict=True):
        print(f"{size:5} statements {taken:8.3f} s   {1e3 * taken / size:6.2f} ms each")
    last = exponent(SIZES[-3:], times[-3:])
    print(f"growth exponent {exponent(SIZES, times):.2f}, from {SIZES[-3]} on {last:.2f}   (≤ 2 s wanted for 1,000)\n")
    times = [seconds(nest(depth), "x: float64[N]; n: int", 3) for depth in DEPTHS]
    for depth, taken in zip(DEPTHS, times, strict=True):
        print(f"{depth:5} loops nested {taken:8.3f} s")
    print(f"growth exponent {exponent(DEPTHS, times):.2f}   (≤ 0.2 s wanted for 5)")


if __name__ == "__main__":
    main()
