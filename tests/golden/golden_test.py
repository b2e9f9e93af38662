#!/usr/bin/env python3
"""The golden corpus: comments of our own through the real server; verdict, reasons, what was removed and HTML compared whole.

    SLUICED=... SLUICE=... tests/golden/golden_test.py             compare
    SLUICED=... SLUICE=... tests/golden/golden_test.py --update    rewrite what is expected, to be reviewed as a diff

A file of cases/ is a list of {id, why, body, author, email, url, page_url, page_title, format, expect}. Every comment comes
from a newcomer: no case sees another. Long texts are lists of lines.
"""

import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import gate  # noqa: E402

FLAGS = {"author": "--author", "email": "--email", "url": "--url", "page_url": "--page-url", "page_title": "--page-title",
         "format": "--format"}
KEYS = {"id", "why", "body", "expect", *FLAGS}


def load():
    """(path, cases) of every file."""
    return [(path, json.loads(path.read_text(encoding="utf-8"))) for path in sorted((HERE / "cases").glob("*.json"))]


def judge(server, case):
    """What the server makes of a case, in the form of `expect`."""
    body = case["body"] if isinstance(case["body"], str) else "\n".join(case["body"])
    flags = [part for key, flag in FLAGS.items() if key in case for part in (flag, case[key])]
    _, answer = server.check(body, "--dry-run", "--id", case["id"], *flags)
    decision = answer["decision"]
    html = answer.get("html", "").split("\n")
    out = {
        "verdict": decision["verdict"].removeprefix("VERDICT_").lower(),
        "score": round(decision.get("score", 0), 2),
        "reasons": [reason["id"] for reason in decision.get("reasons", [])],
        "html": html if len(html) > 1 else html[0],
    }
    removed = sorted({f"{item['kind']} {item.get('name', '')}".strip() for item in answer.get("removed", [])})
    return {**out, "removed": removed} if removed else out


def update():
    with gate.Server() as server:
        for path, cases in load():
            for case in cases:
                case["expect"] = judge(server, case)
            path.write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


class Golden(unittest.TestCase):
    maxDiff = None

    def test_every_case_comes_out_as_expected(self):
        with gate.Server() as server:
            for path, cases in load():
                for case in cases:
                    with self.subTest(f"{path.name} {case['id']}"):
                        self.assertEqual(judge(server, case), case["expect"], case["why"])

    def test_cases_are_well_formed(self):
        seen = set()
        for path, cases in load():
            for case in cases:
                self.assertEqual(set(case) - KEYS, set(), path.name)
                self.assertTrue(case["why"] and case["body"], case["id"])
                self.assertNotIn(case["id"], seen)
                seen.add(case["id"])
        self.assertGreaterEqual(len(seen), 40)


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        update()
    else:
        unittest.main()
