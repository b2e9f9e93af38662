"""BlogSpam's protocol, as ikiwiki's plugin `blogspam` speaks it."""

import json
import unittest

import doors

SITES = "- {id: blog, hosts: [wiki.example.org]}\n- {id: open, hosts: [open.example.org], akismet: {hold_as: accept}}"


def comment(text, **fields):
    """What the plugin sends: IkiWiki/Plugin/blogspam.pm, checkcontent."""
    return {"ip": "198.51.100.7", "comment": text, "subject": "", "name": "Ann", "link": "",
            "options": "min-words=0,exclude=lotsaurls,exclude=size,exclude=stopwords",
            "site": "https://wiki.example.org/", "version": "ikiwiki 3.20200202.3", **fields}


class BlogSpam(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = doors.Doors(sites=SITES).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def ask(self, message, path="/"):
        status, _, body = self.server.request("POST", path, json.dumps(message), {"Content-Type": "application/json"})
        return status, json.loads(body)

    def test_good_and_bad_comments(self):
        self.assertEqual(self.ask(comment("The page on gardens is right."))[1]["result"], "OK")
        for text in ("sluice-test-reject", "sluice-test-hold"):
            answer = self.ask(comment(text))[1]
            self.assertEqual(answer["result"], "SPAM")
            self.assertTrue(answer["reason"])
        self.assertEqual(self.ask(comment("fine", subject="sluice-test-reject"), "/blogspam")[1]["result"], "SPAM")

    def test_a_site_may_publish_what_waits(self):
        self.assertEqual(self.ask(comment("sluice-test-hold", site="https://open.example.org/"))[1]["result"], "OK")

    def test_what_a_moderator_says_is_learned(self):
        self.ask(comment("To be called spam later."))
        self.assertEqual(self.ask({**comment("To be called spam later."), "train": "spam"}, "/classify")[1]["result"], "OK")
        code, out, _ = self.server.sluice("export", "--filter", "state:REJECTED AND moderator:*")
        self.assertEqual(code, 0)
        self.assertIn("To be called spam later.", out)

    def test_what_is_none_of_it_is_an_error_that_the_plugin_passes_over(self):
        self.assertEqual(self.server.request("GET", "/")[0], 405)
        self.assertEqual(self.server.request("POST", "/", b"{")[0], 400)
        self.assertEqual(self.ask({**comment("x"), "train": "maybe"}, "/classify")[0], 400)
        self.assertEqual(self.ask(comment("x", ip=""))[1]["result"], "ERROR")


if __name__ == "__main__":
    unittest.main()
