"""Rules that change under a running server: each way people change files is one reload, a bad file none."""

import os
import pathlib
import shutil
import subprocess
import unittest

import gate

RULE = """rules:
  - id: the-rule
    why: The one rule of this test
    words: [{word}]
    verdict: hold
    examples:
      hit: ["{word}"]
"""


class Reload(unittest.TestCase):
    def setUp(self):
        self.server = gate.Server()
        self.rules = self.server.folder / "rules"
        self.server.rules = self.rules
        self.reloads = []

    def tearDown(self):
        self.server.__exit__()

    def write(self, word, folder=None):
        folder = pathlib.Path(folder or self.rules)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "a.yaml").write_text(RULE.format(word=word), encoding="utf-8")

    def expect(self, outcome, word):
        """The next reload, and none beside it, has this outcome; then this word is what holds."""
        self.reloads.append(outcome)
        told = lambda: [line.split("rules=")[1].split(" cause")[0].strip('"')  # noqa: E731
                        for line in self.server.log_text().splitlines() if " reload rules=" in line]
        gate.wait_until(lambda: len(told()) >= len(self.reloads))
        self.assertEqual(told(), self.reloads)
        for other in ("apricot", "blueberry", "cherry", "damson", "elderberry"):
            verdict = self.server.check(f"{other} cake", "--dry-run")[0]
            self.assertEqual(verdict, 10 if other == word else 0, other)

    def test_editors_bad_files_and_signals(self):
        self.write("apricot")
        self.server.start()
        self.write("blueberry")  # written in place
        self.expect("taken", "blueberry")
        fresh = self.rules / "a.yaml~"
        fresh.write_text(RULE.format(word="cherry"), encoding="utf-8")
        fresh.rename(self.rules / "a.yaml")  # written beside it, renamed over it
        self.expect("taken", "cherry")

        (self.rules / "a.yaml").write_text("rules:\n  - idd: x\n", encoding="utf-8")
        self.expect("refused, those in force stay", "cherry")
        code, out, _ = self.server.sluice("rules", "status")
        self.assertEqual(code, 1)
        self.assertIn("a.yaml:2:5: unknown key 'idd'; did you mean 'id'?", out)
        self.assertIn("the files on disk do not load; the version above stays in force", out)
        self.assertIn("unknown key 'idd'", self.server.log_text())

        self.write("damson")
        self.expect("taken", "damson")
        self.assertEqual(self.server.sluice("rules", "status")[0], 0)
        os.utime(self.rules / "a.yaml")  # nothing differs: no reload, and the next one counts alone
        self.server.process.send_signal(1)
        self.expect("unchanged", "damson")
        self.write("elderberry")
        self.expect("taken", "elderberry")

    def test_a_git_checkout_of_many_files(self):
        git = lambda *words: subprocess.run(  # noqa: E731
            ["git", "-c", "user.name=t", "-c", "user.email=t@mail.example", "-C", str(self.rules), *words], check=True,
            capture_output=True)
        self.rules.mkdir()
        git("init", "-q", "-b", "apricot")
        for branch in ("apricot", "blueberry"):
            if branch != "apricot":
                git("checkout", "-q", "-b", branch)
            self.write(branch)
            for number in range(60):
                (self.rules / f"z{number}.yaml").write_text(
                    f"rules:\n  - {{id: z{number}, why: {branch}, words: [zz{number}], score: 1}}\n", encoding="utf-8")
            git("add", ".")
            git("commit", "-q", "-m", branch)
        self.server.start()
        for branch in ("apricot", "blueberry", "apricot"):
            git("checkout", "-q", branch)
            self.expect("taken", branch)

    def test_a_configmap(self):
        def publish(word):
            self.write(word, self.rules / f"..{word}")
            os.symlink(f"..{word}", self.rules / "..data_tmp")
            os.replace(self.rules / "..data_tmp", self.rules / "..data")

        publish("apricot")
        os.symlink("..data/a.yaml", self.rules / "a.yaml")
        self.server.start()
        for word in ("blueberry", "cherry"):
            publish(word)
            self.expect("taken", word)
        shutil.rmtree(self.rules / "..apricot")  # as the kubelet tidies up
        publish("damson")
        self.expect("taken", "damson")


if __name__ == "__main__":
    unittest.main()
