"""The command line against the server: every verdict, the queue, what is refused."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

import gate


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = gate.Server()
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def test_a_good_comment_is_accepted_with_its_html(self):
        code, answer = self.server.check("A *fine* point.\n\n> quoted\n\n- one\n- two", "--author", "Ann")
        self.assertEqual(code, 0)
        self.assertEqual(answer["decision"]["verdict"], "VERDICT_ACCEPT")
        for part in ("<em>fine</em>", "<blockquote><p>quoted</p>", "<ul><li>one</li><li>two</li></ul>"):
            self.assertIn(part, answer["html"])

    def test_spam_is_rejected_with_the_words_marked(self):
        code, out, _ = self.server.sluice(
            "check", "-", "--author", "Cheap Pills",
            text='Buy <a href="http://pills.example/">V1AGRA</a> and c.i.a.l.i.s, no prescription needed!')
        self.assertEqual(code, 11)
        self.assertIn("REJECT", out)
        self.assertIn("[V1AGRA]", out)
        self.assertIn("[c.i.a.l.i.s]", out)

    def test_a_doubtful_comment_is_held_reviewed_and_remembered(self):
        code, _ = self.server.check("please try sluice-test-hold", "--id", "doubt")
        self.assertEqual(code, 10)
        self.assertIn("doubt", self.server.sluice("queue", "--all")[1])
        self.assertEqual(self.server.sluice("accept", "doubt", "--note", "fine by me"), (0, "doubt  accepted\n", ""))
        shown = self.server.sluice("show", "doubt")[1]
        self.assertIn("accepted by tester: fine by me", shown)
        self.assertNotIn("doubt ", self.server.sluice("queue", "--all")[1])
        self.assertEqual(self.server.sluice("reject", "doubt", "--reason", "spam")[0], 0)
        entry = json.loads(self.server.sluice("show", "doubt", "--json")[1])["entry"]
        self.assertEqual(entry["state"], "STATE_REJECTED")
        self.assertEqual(entry["review"]["moderator"], "tester")
        self.assertEqual(entry["review"]["reason_code"], "spam")
        self.assertIn("review_time", entry)

    def test_ids_can_be_piped(self):
        for name in ("pipe-1", "pipe-2"):
            self.server.check("sluice-test-hold", "--id", name)
        code, out, _ = self.server.sluice("reject", "-", text="pipe-1\nsites/default/comments/pipe-2\n")
        self.assertEqual(code, 0)
        self.assertEqual(out, "pipe-1  rejected\npipe-2  rejected\n")

    def test_the_same_comment_twice_is_one_entry(self):
        first = self.server.check("sluice-test-hold again", "--id", "twice")[1]
        again = self.server.check("sluice-test-hold again", "--id", "twice")[1]
        self.assertTrue(again.pop("repeated_check"))
        self.assertEqual(first, again)
        code, _, err = self.server.sluice("check", "-", "--id", "twice", text="another text")
        self.assertEqual(code, 4)
        self.assertIn("another comment was checked under this name", err)

    def test_a_dry_run_leaves_no_trace(self):
        self.assertEqual(self.server.check("sluice-test-hold dry", "--id", "dry", "--dry-run")[0], 10)
        self.assertEqual(self.server.sluice("show", "dry")[0], 4)

    def test_what_is_wrong_is_named(self):
        code, _, err = self.server.sluice("check", "-", "--email", "nobody", "--url", "javascript:x", text=" ")
        self.assertEqual(code, 4)
        for field in ("comment.body", "comment.author.email", "comment.author.url"):
            self.assertIn(field, err)
        for arguments, exit_code in ((["check", "/no/such/file"], 2), (["show", "no-such"], 4), (["frobnicate"], 2),
                                     (["queue", "--state", "odd"], 2), (["check", "-", "--format", "rtf"], 2)):
            code, _, err = self.server.sluice(*arguments, text="x")
            self.assertEqual(code, exit_code, (arguments, err))
            self.assertNotIn("StatusCode", err)

    def test_an_unknown_site_is_refused(self):
        code, _, err = self.server.sluice("check", "-", "--id", "sites/other/comments/x", text="x")
        self.assertEqual(code, 4)
        self.assertIn("comment.name: names the site 'other', which is not known", err)

    def test_no_escape_sequence_reaches_the_terminal(self):
        code, out, _ = self.server.sluice("check", "-", "--id", "escape", text="sluice-test-hold \x1b]0;owned\x07\x1b[2J")
        self.assertEqual(code, 10)
        self.assertNotIn("\x1b", out + self.server.sluice("queue")[1] + self.server.sluice("show", "escape")[1])

    def test_rules_are_shown_explained_and_reloaded(self):
        self.assertIn("test-hold", self.server.sluice("rules", "show")[1])
        explained = self.server.sluice("rules", "explain", "-", text="cheap V1AGRA")[1]
        self.assertIn("pharma-names", explained)
        self.assertIn("none of its words is in text", explained)
        self.assertRegex(self.server.sluice("rules", "reload")[1],
                         r"^in force  version [0-9a-f]{12}  nothing new since it was taken \d+s ago$")

    def test_an_edited_rule_works_after_a_reload(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        rules = folder / "rules"
        shutil.copytree(gate.ROOT / "rules", rules)
        with gate.Server(rules=rules) as server:
            self.assertEqual(server.check("I love kumquats")[0], 0)
            rule = "rules:\n  - id: fruit\n    why: No fruit here\n    words: [kumquats]\n    verdict: hold\n"
            (rules / "own.yaml").write_text(rule, encoding="utf-8")
            # The server may have seen the file change by itself and have been faster.
            self.assertRegex(server.sluice("rules", "reload")[1], "^in force .* (taken now|nothing new since)")
            code, answer = server.check("I love kumquats still")
            self.assertEqual(code, 10)
            self.assertEqual(answer["decision"]["reasons"][0]["id"], "fruit")
            (rules / "own.yaml").write_text(rule.replace("verdict: hold", "verdict: hodl"), encoding="utf-8")
            code, _, err = server.sluice("rules", "reload")
            self.assertEqual(code, 4)
            self.assertIn("own.yaml:5:14: ", err)
            self.assertIn("did you mean 'hold'?", err)
            self.assertEqual(server.check("kumquats again")[0], 10, "the rules in force stay")
            self.assertEqual(server.sluice("rules", "status")[0], 1)
        shutil.rmtree(folder)

    def test_rules_check_says_ok_or_where(self):
        self.assertTrue(self.server.sluice("rules", "check", str(gate.ROOT / "rules"))[1].startswith("OK"))
        with tempfile.TemporaryDirectory() as folder:
            bad = pathlib.Path(folder) / "bad.yaml"
            bad.write_text("rules:\n  - id: x\n    why: y\n    when: signals.link.count >= 3\n    score: 1\n", encoding="utf-8")
            code, out, _ = self.server.sluice("rules", "check", folder)
            self.assertEqual(code, 1)
            self.assertIn("bad.yaml:4:", out)
            self.assertIn("did you mean", out)
            self.assertIn("^", out)

    def test_a_server_that_is_not_there(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run([gate.SLUICE, "queue", "--server", address, "--timeout", "2"], capture_output=True,
                              text=True, check=False, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"})
        self.assertEqual(done.returncode, 3)
        self.assertIn(f"cannot reach {address}", done.stderr)
        self.assertIn("deploy/quickstart", done.stderr)


if __name__ == "__main__":
    unittest.main()
