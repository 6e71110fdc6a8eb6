"""The table of scores as text for a paper: Markdown and LaTeX.

Lines are methods or configurations, columns are scores: macro-F1 first, then the classes, rarest
first. Papers compare few methods, so a line holds all scores of one of them.
"""

from __future__ import annotations

import re

from hamr.views.compare.scores import Scores, caption, cell

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "±": r"$\pm$", "τ": r"$\tau$", "λ": r"$\lambda$", "γ": r"$\gamma$", "η": r"$\eta$",
    "α": r"$\alpha$", "·": r"$\cdot$", "–": "--",
}  # fmt: skip


def markdown(scores: Scores, data: str) -> str:
    """A Markdown table, the best of each column in bold, and its caption."""
    head = ["Method", *scores.titles]
    lines = [head, [":--", *["--:"] * (len(head) - 1)]]
    lines += [[_plain(name), *own] for name, own in _lines(scores, "**{}**")]
    lines[0] = [_plain(name) for name in head]
    rows = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([*rows, "", caption(scores, data), ""])


def latex(scores: Scores, data: str) -> str:
    """A LaTeX table for the package booktabs, the best of each column in bold."""
    head = " & ".join(["Method", *map(_tex, scores.titles)])
    body = [
        " & ".join([_tex(name), *(_tex(text) for text in own)]) + r" \\"
        for name, own in _lines(scores, "\0{}\1")
    ]
    bold = "\n".join(body).replace("\0", r"\textbf{").replace("\1", "}")
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_tex(caption(scores, data))}}}",
            rf"\begin{{tabular}}{{l{'r' * len(scores.titles)}}}",
            r"\toprule",
            head + r" \\",
            r"\midrule",
            bold,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _lines(scores: Scores, strong: str) -> list[tuple[str, list[str]]]:
    """Each configuration with its cells; the best of a column as `strong`."""
    best = scores.best()
    return [
        (
            name,
            [
                strong.format(cell(scores, a, k)) if best[a, k] else cell(scores, a, k)
                for k in range(best.shape[1])
            ],
        )
        for a, name in enumerate(scores.configurations)
    ]


def _plain(text: str) -> str:
    """Names that Markdown shows as they are, within a table's cell."""
    return re.sub(r"([\\`*_{}\[\]<>|])", r"\\\1", " ".join(text.split()))


def _tex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in " ".join(text.split()))
