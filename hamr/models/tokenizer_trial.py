"""Run as a script by `hamr.models.tokenizer`: reads a tokenizer.json and tokenizes a few texts.

Prints "good", or in one line why not, or crashes; within limits of memory and seconds. Nothing of
the package is imported, so that it starts in a tenth of a second.
"""

from __future__ import annotations

import sys
from contextlib import suppress

MEMORY, MEMORY_PER_BYTE, SECONDS = 1 << 30, 40, 20
TEXTS = (
    "a",
    "The quick brown fox, 7.",
    "",
    " \t\n",
    "naïve 你好 🙂 e\u0301",
    "x" * 2000,
    ". " * 500,
)


def main(path: str) -> None:
    """Tries the file."""
    from tokenizers import Tokenizer

    try:
        with open(path, encoding="utf-8") as stream:
            _limit(len(content := stream.read()))
        tokenizer = Tokenizer.from_str(content)
        tokenizer.no_padding()  # how far to pad is the caller's choice, at each call
        tokenizer.no_truncation()
        for text in TEXTS:
            tokenizer.encode(text)
        print("good")
    except BaseException as error:  # a panic of the native code is no Exception
        print(" ".join(str(error).split())[:200] or type(error).__name__)
        sys.exit(1)


def _limit(characters: int) -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource

        most = MEMORY + MEMORY_PER_BYTE * characters
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(sys.argv[1])
