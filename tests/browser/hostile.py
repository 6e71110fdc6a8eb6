"""Texts of which Markdown, or Streamlit on its own, makes something else."""

IMAGE = "http://127.0.0.1:9/x.png"
TEXTS = (
    f"![]({IMAGE})", f"[x]({IMAGE})", f"<img src={IMAGE}>", f"<{IMAGE}>", f"[x]: {IMAGE}",
    "www.example.com", "http://example.com/x", "https://example.com", "a@example.com",
    "mailto:a@b.com", "xmpp:a@b.c", ":smile:", ":material/home:", ":streamlit:", ":+1:",
    ":red[x]", ":violet-badge[x]", ":small[x]", "$x^2$", "[^1] note", "`code`", "    code",
    "\tcode", "1) list", "1. list", "- list", "+ list", "> quote", "# title", "a\n# title",
    "a\n\n- list", "a\r> quote", "a\n===", "---", "***", "**bold**", "_it_ *it*", "~~x~~",
    "a -> b <- c", "a <-> b", "a >= b <= c ~= d != e", "a -- b", "|a|b|\n|-|-|", "&amp; &#33;",
    "\\[x\\]", "^sup^", "~sub~", "::: x", "- [ ] task", "==x==", "a\\nb", "'x' \"y\" ...",
)  # fmt: skip
