"""Clients written by others: grpc-js through npm, and Debian's Python; and the seed's comments."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import gate


class Clients(unittest.TestCase):
    def test_node_with_grpc_js(self):
        with gate.Server() as server, tempfile.TemporaryDirectory() as folder:
            for name in ("check.mjs", "package.json"):
                shutil.copy(gate.ROOT / "client/examples/node" / name, folder)
            subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"], cwd=folder,
                           check=True, capture_output=True, timeout=300)
            environment = dict(os.environ, SLUICE_PROTO=str(gate.ROOT / "proto"))
            for text, verdict in (("A *fine* point", "VERDICT_ACCEPT"), ("sluice-test-hold", "VERDICT_HOLD")):
                done = subprocess.run(["node", "check.mjs", server.address, text], cwd=folder, capture_output=True,
                                      text=True, env=environment, check=True, timeout=60)
                self.assertEqual(json.loads(done.stdout)["verdict"], verdict)
            done = subprocess.run(["node", "check.mjs", server.address, " "], cwd=folder, capture_output=True, text=True,
                                  env=environment, check=False, timeout=60)
            self.assertEqual(done.returncode, 1)
            self.assertIn("INVALID_ARGUMENT: comment.body: is empty", done.stderr)

    def test_python_with_debians_grpc(self):
        with gate.Server() as server:
            done = subprocess.run(["/usr/bin/python3", str(gate.ROOT / "client/examples/python/check.py"),
                                   server.address, "Hello *there*"], capture_output=True, text=True, check=True)
            answer = json.loads(done.stdout)
            self.assertEqual(answer["verdict"], "VERDICT_ACCEPT")
            self.assertIn("<em>there</em>", answer["html"])


class Seed(unittest.TestCase):
    def test_every_comment_of_the_seed_is_accepted(self):
        path = gate.DATA / "seed/comments.jsonl"
        if not path.exists():
            self.skipTest(f"left out: {path} is absent")
        with gate.Server() as server:
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                code, answer = server.check(row["text"], "--author", row["author"])
                self.assertEqual(code, 0, (row["id"], answer["decision"]))
                paragraphs = len([block for block in row["text"].split("\n\n") if block.strip()])
                self.assertEqual(answer["html"].count("<p>"), paragraphs, row["id"])
                self.assertEqual(answer.get("removed", []), [])


if __name__ == "__main__":
    unittest.main()
