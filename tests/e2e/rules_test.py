"""What a rule author does without a server: rules check, rules test."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import gate

GOOD = "rules:\n  - {id: one, why: w, words: [pills], score: 1, examples: {hit: [pills]}}\n"
DOUBTFUL = "rules:\n  - {id: one, why: w, words: [pills, PILLS], score: 1}\n"
BAD = "rules:\n  - {id: one, why: w, wrods: [pills], score: 1, sites: [blgo]}\n"


def sluice(*arguments, text=None):
    """Runs the command line without a server; returns (exit code, output, errors)."""
    done = subprocess.run([gate.SLUICE, *arguments], input=text, capture_output=True, text=True, timeout=120, check=False,
                          env={"PATH": "/usr/bin:/bin"})
    return done.returncode, done.stdout, done.stderr


class RulesFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sluice-rules-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, text, name="a.yaml"):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


class Check(RulesFolder):
    def check(self, *flags):
        return sluice("rules", "check", *flags, str(self.folder))

    def test_the_exit_status_is_for_a_hook(self):
        for text, plain, strict in ((GOOD, 0, 0), (DOUBTFUL, 0, 1), (BAD, 1, 1)):
            self.write(text)
            self.assertEqual(self.check()[0], plain, text)
            self.assertEqual(self.check("--strict")[0], strict, text)
        self.assertEqual(sluice("rules", "check", "/no/such/folder")[0], 2)
        self.assertEqual(self.check("--no-such-flag")[0], 2)

    def test_what_it_prints(self):
        self.write(GOOD)
        self.assertRegex(self.check()[1], r"^OK  1 rules, 1 examples, version [0-9a-f]{12}\n$")
        self.write(DOUBTFUL)
        out = self.check()[1]
        self.assertIn(f"{self.folder}/a.yaml:2:38: warning: 'pills' and 'PILLS' are the same when folded ('pills')\n", out)
        self.assertIn("OK  1 rules, 0 examples, 1 warning, version ", out)
        self.write(BAD)
        self.assertIn("unknown key 'wrods'; did you mean 'words'?", self.check()[1])
        self.assertIn("1 error; the rules do not load\n", self.check()[1])

    def test_sites_are_checked_if_they_are_named(self):
        self.write(GOOD.replace("score: 1", "score: 1, sites: [blgo]"))
        self.assertEqual(self.check()[0], 0)
        code, out, _ = self.check("--sites", "blog,shop")
        self.assertEqual(code, 1)
        self.assertIn("there is no site 'blgo'; did you mean 'blog'?", out)

    def test_json_is_a_diagnostic_a_line(self):
        self.write(BAD)
        told = [json.loads(line) for line in self.check("--json")[1].splitlines()]
        self.assertEqual(told[0]["severity"], "SEVERITY_ERROR")
        self.assertEqual((told[0]["file"], told[0]["line"], told[0]["column"]), (f"{self.folder}/a.yaml", 2, 23))
        self.assertIn("did you mean 'words'?", told[0]["message"])
        self.write(GOOD)
        self.assertEqual(self.check("--json"), (0, "", ""))


class Test(RulesFolder):
    LINES = ["""{"text": "cheap pills", "author": "Ann", "email": null, "label": "spam", "source": "unknown key"}""",
             """{"text": "fine words", "label": "ham"}""", "", """{"text": "the pills", "label": "ham"}"""]

    def test_a_table_and_json(self):
        self.write(GOOD.replace("score: 1", "verdict: hold"))
        comments = self.folder / "judged.jsonl"
        comments.write_text("\n".join(self.LINES), encoding="utf-8")
        code, out, err = sluice("rules", "test", str(self.folder), "--comments", str(comments))
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"(?m)^3 comments, ruleset [0-9a-f]{12}$")
        self.assertRegex(out, r"(?m)^spam +0 \( 0\.0 %\) +1 \(100\.0 %\) +0 \( 0\.0 %\)$")
        self.assertRegex(out, r"(?m)^ham +0 \( 0\.0 %\) +1 \(50\.0 %\) +1 \(50\.0 %\)$".replace("\\(50", "\\( ?50")
                         .replace("( 0", "( *0"))
        self.assertRegex(out, r"(?m)^ +hold one +2 +50\.0 % \(9\.5 - 90\.5\) +1 +1$")
        code, out, _ = sluice("rules", "test", str(self.folder), "--comments", "-", "--json", text="\n".join(self.LINES))
        self.assertEqual(code, 0)
        report = json.loads(out)
        self.assertEqual(report["comments"], "3")
        self.assertEqual(report["rules"][0]["bad_share"], 0.5)

    def test_what_is_wrong_with_a_line_is_named(self):
        self.write(GOOD)
        for line, told in (("{", "line 2: is not one comment as a JSON object"), ('{"text": "x"}', "line 2: label is spam"),
                           ('{"label": "ham"}', "line 2: text is empty"), ("x" * 2_000_000, "longer than")):
            code, _, err = sluice("rules", "test", str(self.folder), "--comments", "-", text=self.LINES[0] + "\n" + line)
            self.assertEqual(code, 2)
            self.assertIn(told, err)
        self.assertEqual(sluice("rules", "test", str(self.folder), "--comments", "/no/such/file")[0], 2)
        self.write(BAD)
        code, _, err = sluice("rules", "test", str(self.folder), "--comments", "-", text=self.LINES[0])
        self.assertEqual(code, 1)
        self.assertIn("unknown key 'wrods'", err)


if __name__ == "__main__":
    unittest.main()
