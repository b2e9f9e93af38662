#!/usr/bin/env python3
"""Writes the reference pages of docs/reference/ from the doc comments of the protos.

    docs/generate_reference.py            write the pages
    docs/generate_reference.py --check    say which page is out of date; exit status 1 if one is
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = {
    "signals": ("Signals", "What a rule can ask for in `when`, as `signals.links.count >= 3`.", "signals."),
    "ruleset": ("Rule files and policy", "The keys of the files under `rules/`.", ""),
    "config": ("Server configuration", "The keys of `sluice.yaml`.", ""),
    "comment": ("Comments", "What a backend sends, and what a rule can ask for as `comment.author.name`.", "comment."),
    "decision": ("Decisions", "What Sluice answers.", ""),
    "rules_test": ("Judged comments", "What `sluice rules test` reads and prints.", ""),
}
BLOCK = re.compile(r"^(message|enum)\s+(\w+)\s*\{")
FIELD = re.compile(r"^(repeated\s+)?(map<[^>]+>|[\w.]+)\s+(\w+)\s*=\s*\d+")
VALUE = re.compile(r"^([A-Z][A-Z0-9_]*)\s*=\s*\d+")


def parse(path):
    """Yields (qualified name, kind, comment, rows); a row is (name, type, comment)."""
    stack, comment = [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if line.startswith("//"):
            comment.append(line[2:].strip())
            continue
        text = " ".join(comment)
        if match := BLOCK.match(line):
            name = ".".join([block[0] for block in stack] + [match[2]])
            stack.append([match[2], name, match[1], text, []])
        elif line == "}" and stack:
            _, name, kind, about, rows = stack.pop()
            yield name, kind, about, rows
        elif stack and stack[-1][2] == "message" and (match := FIELD.match(line)):
            kind = f"list of {match[2]}" if match[1] else match[2]
            stack[-1][4].append((match[3], kind, text))
        elif stack and stack[-1][2] == "enum" and (match := VALUE.match(line)):
            stack[-1][4].append((match[1], "", text))
        comment = []


def page(name):
    title, about, prefix = PAGES[name]
    out = [f"# {title}", "", about, "", f"Generated from `proto/sluice/v1/{name}.proto` by `docs/generate_reference.py`."]
    blocks = parse(ROOT / "proto/sluice/v1" / f"{name}.proto")
    for block, kind, comment, rows in sorted(blocks, key=lambda b: b[0] != "Signals"):
        out += ["", f"## {block}", "", comment, ""]
        if kind == "message":
            out += ["| key | type | what it is |", "| --- | --- | --- |"]
            out += [f"| `{n}` | {t} | {c} |" for n, t, c in rows]
        else:
            out += ["| value | what it is |", "| --- | --- |"]
            out += [f"| `{n}` | {c} |" for n, _, c in rows]
    return "\n".join(out) + "\n"


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    stale = []
    for name in PAGES:
        path = ROOT / "docs/reference" / f"{name}.md"
        text = page(name)
        if check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(str(path.relative_to(ROOT)))
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.exit("out of date: " + ", ".join(stale) + "; run docs/generate_reference.py")


if __name__ == "__main__":
    main()
