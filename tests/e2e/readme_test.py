"""Every command of README.md that is marked `<!-- test -->`, run in order, in a copy of the tree, against a running gate."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

import gate

BLOCK = re.compile(r"<!-- test -->\n```sh\n(.*?)```", re.S)
DEFAULT_ADDRESS = "127.0.0.1:7711"
EXPECTED = [  # parts of the output, in this order
    "is serving", "ACCEPT", "<em>second</em>", "VERDICT_REJECT", "VERDICT_ACCEPT", "<strong>Node</strong>", "VERDICT_ACCEPT",
    "<strong>Python</strong>", "OK", "in force", "HOLD", "no-kumquats", "kumquats-1", "The fruit dealers are back",
    "kumquats-1  accepted", "accepted by ann: only hungry", "rejected"]
COPIED = ("CMakeLists.txt", "client", "deploy", "proto", "rules")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Readme(unittest.TestCase):
    def test_its_commands_do_what_it_says(self):
        text = (gate.ROOT / "README.md").read_text(encoding="utf-8")
        script = "".join(BLOCK.findall(text))
        self.assertIn(DEFAULT_ADDRESS, script)
        port = free_port()
        address = f"127.0.0.1:{port}"
        with tempfile.TemporaryDirectory(prefix="sluice-readme-") as folder:
            tree = pathlib.Path(folder) / "sluice"
            tree.mkdir()
            for name in COPIED:
                copy = shutil.copytree if (gate.ROOT / name).is_dir() else shutil.copy
                copy(gate.ROOT / name, tree / name)
            for program in (gate.SLUICED, gate.SLUICE):  # built already; the quickstart's build is not what is tested here
                place = tree / "build/quickstart" / pathlib.Path(program).parent.name
                place.mkdir(parents=True)
                (place / pathlib.Path(program).name).symlink_to(program)
            environment = dict(os.environ, HOME=folder, SLUICE_PORT=str(port), SLUICE_SERVER=address,
                               SLUICE_PREBUILT="1")
            quickstart = self.run_bash("deploy/quickstart", tree, environment)
            try:
                for part in ("ACCEPT", "HOLD", "REJECT", "safe HTML", f"sluiced runs on {address}", "--stop"):
                    self.assertIn(part, quickstart)
                again = self.run_bash("deploy/quickstart", tree, environment)
                self.assertIn("sluiced runs already", again)
                # a verdict is an exit status of its own; any other one is a failure
                guard = "trap 'c=$?; [ $c = 10 ] || [ $c = 11 ] || { echo \"failed: $BASH_COMMAND\" >&2; exit $c; }' ERR\n"
                out = self.run_bash(guard + script.replace(DEFAULT_ADDRESS, address), tree, environment)
                at = 0
                for part in EXPECTED:
                    self.assertIn(part, out[at:], f"after {out[:at][-200:]}")
                    at = out.index(part, at) + len(part)
            finally:
                self.assertIn("stopped", self.run_bash("deploy/quickstart --stop", tree, environment))

    def test_every_command_is_marked_or_is_one_of_the_two(self):
        text = (gate.ROOT / "README.md").read_text(encoding="utf-8")
        unmarked = re.sub(BLOCK, "", text)
        commands = [line.split("#")[0].strip() for block in re.findall(r"```sh\n(.*?)```", unmarked, re.S)
                    for line in block.splitlines()]
        self.assertEqual(commands, ["deploy/quickstart", "tests/run"])

    def test_its_links_lead_somewhere(self):
        for page in [gate.ROOT / "README.md", gate.ROOT / "CONTRIBUTING.md", *(gate.ROOT / "docs").rglob("*.md")]:
            for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
                self.assertTrue((page.parent / link).exists(), f"{page.name}: {link}")

    def run_bash(self, script, tree, environment):
        done = subprocess.run(["bash", "-c", script], cwd=tree, env=environment, capture_output=True, text=True, timeout=400,
                              check=False)
        self.assertIn(done.returncode, (0, 10, 11), done.stdout[-3000:] + done.stderr[-3000:])
        return done.stdout


if __name__ == "__main__":
    unittest.main()
