"""A moderator's commands: decide by filter and campaign, undo, claim, history, similar, watch, export, import, erase."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import gate

WORDPRESS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel><wp:wxr_version>1.2</wp:wxr_version>
<item><title>A post</title><link>https://blog.example/a</link>{comments}</item></channel></rss>
"""
COMMENT = """<wp:comment><wp:comment_id>{id}</wp:comment_id><wp:comment_author>{author}</wp:comment_author>
<wp:comment_date_gmt>2024-03-0{id} 10:00:00</wp:comment_date_gmt><wp:comment_content><![CDATA[{text}]]></wp:comment_content>
<wp:comment_approved>{approved}</wp:comment_approved><wp:comment_type>{type}</wp:comment_type></wp:comment>"""


class Reviewing(unittest.TestCase):
    def setUp(self):
        self.server = gate.Server().start()
        self.addCleanup(self.server.__exit__)

    def hold(self, name, *flags, text=""):
        code, _ = self.server.check(f"{name} says sluice-test-hold {text}", "--id", name, *flags)
        self.assertEqual(code, 10)

    def run_ok(self, *words, text=None):
        code, out, err = self.server.sluice(*words, text=text)
        self.assertEqual((code, err), (0, ""), out)
        return out

    def state(self, name):
        return json.loads(self.run_ok("show", name, "--json"))["entry"]["state"].removeprefix("STATE_").lower()

    def test_a_filter_decides_after_it_was_counted_and_a_batch_is_undone(self):
        for name, author in (("one", "Ann"), ("two", "Ann"), ("three", "Ben")):
            self.hold(name, "--author", author)
        code, out, err = self.server.sluice("reject", "--filter", 'author.name = "Ann"', "--reason", "spam")
        self.assertEqual(code, 2)  # nobody is there to say yes
        self.assertIn("reject 2?", err)
        self.assertIn("--yes", err)
        self.assertEqual(self.state("one"), "held")
        self.assertIn("would reject 2", self.run_ok("reject", "--filter", 'author.name = "Ann"', "--dry-run"))
        out = self.run_ok("reject", "--filter", 'author.name = "Ann"', "--reason", "spam", "--yes")
        batch = re.search(r"--batch (\w+)", out)[1]
        self.assertEqual([self.state(name) for name in ("one", "two", "three")], ["rejected", "rejected", "held"])
        out = self.run_ok("undo", "--batch", batch)
        self.assertEqual(sorted(out.splitlines()), ["one  held again", "two  held again"])
        self.run_ok("accept", "three")
        self.assertIn("three  held again", self.run_ok("undo", "three"))
        self.assertIn("accepted by tester", self.run_ok("show", "three"))
        self.assertIn("taken back by tester", self.run_ok("show", "three"))
        code, _, err = self.server.sluice("undo", "three")
        self.assertEqual(code, 4)
        self.assertIn("sluice queue", err)

    def test_a_campaign_by_one_of_its_comments(self):
        text = "the very best offers of watches and bags for the whole family are waiting for you on our new pages today"
        for number in range(4):
            self.hold(f"c{number}", "--author", f"Seller {number}", text=text)
        self.hold("other", text="something else entirely, about the weather in spring")
        out = self.run_ok("reject", "--campaign", "c3", "--reason", "spam", "--yes")
        self.assertIn("4 rejected", out)
        self.assertEqual(self.state("other"), "held")
        self.assertIn("c0", self.run_ok("similar", "c3"))
        self.assertNotIn("other", self.run_ok("similar", "c3"))
        self.assertIn("c3", self.run_ok("queue", "--state", "any", "--order", "campaign"))
        self.assertIn("nothing matches", self.run_ok("queue", "--filter", "reason:nothing-such"))
        code, _, err = self.server.sluice("queue", "--filter", "auther.name = x")
        self.assertEqual(code, 4)
        self.assertIn("author.name", err)

    def test_claims_history_and_days(self):
        self.hold("mine", "--author", "Ann", "--email", "ann@mail.example")
        self.hold("yours", "--author", "Ann", "--email", "ann@mail.example")
        self.assertEqual(self.run_ok("claim", "mine"), "mine  yours\n")
        code, _, err = self.server.sluice("claim", "mine", "--moderator", "ben")
        self.assertEqual(code, 4)
        self.assertIn("somebody else's", err)
        self.assertIn("claimed by tester", self.run_ok("show", "mine"))
        self.assertEqual(self.run_ok("claim", "mine", "--release"), "mine  released\n")
        for flags in (("mine",), ("--email", "ann@mail.example"), ("--name", "Ann")):
            out = self.run_ok("history", *flags)
            self.assertIn("mine", out)
            self.assertIn("yours", out)
        out = self.run_ok("stats", "--days", "3")
        self.assertEqual(len(re.findall(r"^\d{4}-\d\d-\d\d ", out, re.M)), 3)
        self.assertRegex(out.splitlines()[-1], r" 0 +2 +0  \?+$")
        self.assertEqual(self.server.sluice("history")[0], 2)

    def test_watching_follows_decisions_and_their_undoing(self):
        self.hold("seen")
        with subprocess.Popen([gate.SLUICE, "--server", self.server.address, "watch", "--from", "start"], stdout=subprocess.PIPE,
                              text=True) as watch:
            self.run_ok("reject", "seen", "--reason", "abuse")
            self.assertEqual(watch.stdout.readline(), "seen  rejected as abuse\n")
            self.run_ok("undo", "seen")
            self.assertEqual(watch.stdout.readline(), "seen  held again\n")
            watch.terminate()

    def test_what_is_exported_can_be_imported_and_tried(self):
        self.hold("good", "--author", "Ann")
        self.hold("bad", "--author", "Ben")
        self.hold("open")
        self.run_ok("accept", "good")
        self.run_ok("reject", "bad", "--reason", "spam")
        lines = [json.loads(line) for line in self.run_ok("export").splitlines()]
        self.assertEqual({line["id"]: line.get("label") for line in lines}, {"good": "ham", "bad": "spam", "open": None})
        exported = self.run_ok("export")
        with gate.Server() as other:
            out = other.sluice("import", "-", text=exported)[1]
            self.assertIn("3 comments: 1 accepted by people, 1 rejected, 1 undecided", out)
            self.assertIn("imported 3, 0 there already, 0 refused", out)
            shown = json.loads(other.sluice("show", "bad", "--json")[1])["entry"]
            self.assertEqual(shown["state"], "STATE_REJECTED")
            self.assertEqual(shown["review"]["moderator"], "import")
            self.assertIn("0 refused", other.sluice("import", "-", text=exported)[1])
            self.assertIn("3 there already", other.sluice("import", "-", text=exported)[1])
        judged = self.run_ok("export", "--filter", "state:* AND moderator:*")
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write(judged)
            file.flush()
            self.assertIn("ham", self.run_ok("rules", "test", str(gate.ROOT / "rules"), "--comments", file.name))

    def test_a_wordpress_export(self):
        comments = "".join(COMMENT.format(id=number, author=author, text=text, approved=approved, type=kind)
                           for number, author, text, approved, kind in (
                               (1, "Ann", "I liked the part on bread.", "1", "comment"),
                               (2, "Ben", "Cheap V1AGRA &amp; more", "spam", "comment"),
                               (3, "Blog", "[...] linked [...]", "1", "pingback")))
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "site.xml"
            file.write_text(WORDPRESS.format(comments=comments), encoding="utf-8")
            out = self.run_ok("import", str(file), "--dry-run")
            self.assertIn("2 comments: 1 accepted by people, 1 rejected, 0 undecided; 1 passed over", out)
            self.assertIn("imported 2", self.run_ok("import", str(file)))
            file.write_text("text,label\nhello,perhaps\n", encoding="utf-8")
            code, _, err = self.server.sluice("import", str(file))
            self.assertEqual(code, 1)
            self.assertIn("row 2: 'label' cannot be 'perhaps'", err)
        entry = json.loads(self.run_ok("show", "wp-1", "--json"))["entry"]
        self.assertEqual(entry["create_time"], "2024-03-01T10:00:00Z")
        self.assertEqual(entry["checked"]["comment"]["page"]["url"], "https://blog.example/a")
        self.assertIn("no delivery was given up", self.run_ok("webhooks"))
        with subprocess.Popen([gate.SLUICE, "--server", self.server.address, "watch", "--from", "start"], stdout=subprocess.PIPE,
                              text=True) as watch:  # nobody is told of the past
            self.run_ok("reject", "wp-1")
            self.assertEqual(watch.stdout.readline(), "wp-1  rejected\n")
            watch.terminate()

    def test_an_author_is_erased_after_being_asked(self):
        self.hold("gone", "--author", "Ann Erased", "--email", "ann@mail.example")
        self.assertIn("would remove the texts, names and addresses of 1 comments", self.run_ok("erase", "gone", "--dry-run"))
        self.assertEqual(self.server.sluice("erase", "gone")[0], 2)
        self.assertIn("Ann Erased", self.run_ok("show", "gone"))
        self.assertIn("removed the texts", self.run_ok("erase", "--email", "ann@mail.example", "--yes"))
        self.assertNotIn("Ann Erased", self.run_ok("show", "gone"))


if __name__ == "__main__":
    unittest.main()
