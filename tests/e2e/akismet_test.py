"""Akismet's protocol: requests of real clients byte for byte, and each promise of docs/akismet.md."""

import json
import pathlib
import re
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer

import doors
import gate

KEY = "123456789abc"
THANKS = "Thanks for making the web a better place."
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
SITES = "- {id: blog, hosts: [blog.example.org, 127.0.0.1]}\n- {id: other, hosts: [other.example.org]%s}"
DATA = gate.DATA / "akismet"


def comment(content="A good point, and well made.", **fields):
    return {"api_key": KEY, "blog": "http://blog.example.org/", "user_ip": "198.51.100.7", "user_agent": "Mozilla/5.0",
            "comment_author": "Ann", "comment_author_email": "ann@example.net",
            "permalink": "http://blog.example.org/p/1", "comment_type": "comment", "comment_content": content, **fields}


def entries(server, state="*"):
    code, out, err = server.sluice("export", "--filter", f"state:{state}", "--full")
    if code:
        raise AssertionError(err)
    return [json.loads(line) for line in out.splitlines()]


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = doors.Doors(sites=SITES % ", akismet: {hold_as: spam}").start()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def ask(self, endpoint, fields, headers=None):
        return self.server.form(f"/1.1/{endpoint}", fields, headers)

    def check(self, content, **fields):
        status, headers, body = self.ask("comment-check", comment(content, **fields))
        self.assertEqual(status, 200)
        self.assertRegex(headers["x-akismet-guid"], UUID)
        return headers, body

    def test_what_is_accepted_is_not_spam(self):
        headers, body = self.check("I agree with the second part most.", comment_author="Bea", user_ip="203.0.113.9",
                                   comment_author_email="bea@example.net", permalink="http://blog.example.org/p/2")
        self.assertEqual(body, "false")
        self.assertEqual([name for name in headers if name.startswith("x-akismet")], ["x-akismet-guid"])

    def test_what_is_held_is_kept_back_by_headers(self):
        headers, body = self.check("sluice-test-hold")
        self.assertEqual(body, "false")
        self.assertEqual(headers["x-akismet-error"], "held for review")
        self.assertGreaterEqual(int(headers["x-akismet-recheck-after"]), 2_000_000)
        self.assertNotIn("x-akismet-alert-code", headers)

    def test_what_is_rejected_is_spam(self):
        self.assertEqual(self.check("sluice-test-reject")[1], "true")

    def test_a_site_whose_client_knows_no_headers_chooses_what_a_hold_is(self):
        _, headers, body = self.ask("comment-check", comment("sluice-test-hold, elsewhere",
                                                             blog="https://OTHER.example.org:8443/x"))
        self.assertEqual((body, "x-akismet-error" in headers), ("true", False))

    def test_keys_come_in_three_places(self):
        for fields, headers in (({"api_key": "a", "blog": "http://b/"}, {}), ({"key": "a", "blog": "http://b/"}, {}),
                                ({"blog": "http://b/"}, {"Host": f"{KEY}.rest.akismet.test:80"})):
            self.assertEqual(self.ask("verify-key", fields, headers)[2], "valid")
        status, headers, body = self.ask("verify-key", {"blog": "http://b/"})
        self.assertEqual((status, body), (200, "invalid"))
        self.assertTrue(headers["x-akismet-debug-help"])

    def test_what_is_missing_is_named(self):
        for name in ("blog", "user_ip"):
            fields = comment()
            del fields[name]
            _, headers, body = self.ask("comment-check", fields)
            self.assertEqual((body, headers["x-akismet-debug-help"]), ("invalid", f'Empty "{name}" value'))

    def test_the_small_endpoints(self):
        fields = {"key": KEY, "blog": "http://blog.example.org"}
        self.assertEqual(self.ask("deactivate", fields)[2], "deactivated")
        self.assertEqual(self.server.request("GET", "/any/prefix/1.1/test")[2], b"connected")
        self.assertEqual(json.loads(self.ask("get-subscription", fields)[2])["status"], "active")
        self.check("One for the statistics.")
        stats = json.loads(self.ask("get-stats", {**fields, "from": "60-days"})[2])
        self.assertGreaterEqual(stats["ham"], 1)
        self.assertEqual(set(stats) - {"breakdown"}, {"spam", "ham", "missed_spam", "false_positives", "accuracy"})
        usage = json.loads(self.server.request("GET", f"/1.2/usage-limit?api_key={KEY}")[2])
        self.assertEqual((usage["limit"], usage["throttled"]), ("none", False))
        self.assertGreaterEqual(usage["usage"], 1)
        sites = json.loads(self.server.request("GET", f"/1.2/key-sites?api_key={KEY}")[2])
        month = next(name for name in sites if name.startswith("20"))
        self.assertEqual(sites[month][0]["site"], "blog.example.org")
        lines = self.server.request("GET", f"/1.2/key-sites?api_key={KEY}&format=csv")[2].decode().splitlines()
        self.assertEqual(lines[1], "Site,Total API Calls,Spam,Ham,Missed Spam,False Positives,Is Revoked")
        self.assertEqual(lines[2].split(",")[0], "blog.example.org")

    def test_what_changes_something_is_not_done_by_get(self):
        self.assertEqual(self.server.request("GET", f"/1.1/submit-ham?api_key={KEY}&blog=http://b/")[0], 405)

    def test_test_values_work_and_leave_no_trace(self):
        before = len(entries(self.server))
        for fields, word in (({"comment_author": "viagra-test-123"}, "true"),
                             ({"comment_author": "akismet-guaranteed-spam"}, "true"),
                             ({"comment_author_email": "akismet-guaranteed-spam@example.com"}, "true"),
                             ({"user_role": "administrator", "is_test": "1"}, "false"),
                             ({"is_test": "true"}, "false")):
            self.assertEqual(self.check("A comment for a test.", **fields)[1], word, fields)
        self.assertEqual(self.ask("submit-spam", comment("Never seen, and a test.", is_test="1"))[2], THANKS)
        self.assertEqual(len(entries(self.server)), before)

    def test_an_administrator_is_never_spam(self):
        self.assertEqual(self.check("sluice-test-reject, I say", user_role="administrator")[1], "false")

    def test_a_honeypot_under_any_name_springs(self):
        for fields in ({"POST_ak_hp_textarea": "x"}, {"honeypot_field_name": "hp", "hp": "x"}):
            headers, _ = self.check(f"Filled in all of {sorted(fields)}", **fields)
            entry = next(e for e in entries(self.server) if e["name"].endswith(headers["x-akismet-guid"]))
            self.assertEqual(entry["checked"]["comment"]["form"]["honeypot"], "x")

    def test_the_same_comment_again_is_the_same_and_a_later_one_with_a_date_is_not(self):
        first, _ = self.check("Once or twice?")
        again, _ = self.check("Once or twice?")
        self.assertEqual(first["x-akismet-guid"], again["x-akismet-guid"])
        later, _ = self.check("Once or twice?", comment_date_gmt="2026-01-02T03:04:05Z")
        self.assertNotEqual(first["x-akismet-guid"], later["x-akismet-guid"])

    def test_a_recheck_tells_how_it_stands_now(self):
        headers, _ = self.check("sluice-test-hold, to be asked about again")
        headers, body = self.check("sluice-test-hold, to be asked about again", recheck_reason="recheck_queue",
                                   comment_date_gmt="2026-11-24 03:00:15")
        self.assertEqual((body, headers["x-akismet-error"]), ("false", "held for review"))
        self.server.sluice("accept", headers["x-akismet-guid"])
        headers, body = self.check("sluice-test-hold, to be asked about again", recheck_reason="recheck_queue")
        self.assertEqual((body, "x-akismet-error" in headers), ("false", False))

    def test_a_submit_finds_its_check_though_wordpress_has_changed_the_text(self):
        headers, _ = self.check('Buy <a href="http://a.example/?x=1&y=2">here</a> & there <script>now</script>')
        stored = comment('Buy <a href="http://a.example/?x=1&amp;y=2" rel="nofollow">here</a>\n &amp; there now',
                         comment_author="ANN ", comment_ID="7", reporter="admin", comment_check_response="false")
        count = len(entries(self.server))
        self.assertEqual(self.ask("submit-spam", stored)[2], THANKS)
        entry = next(e for e in entries(self.server) if e["name"].endswith(headers["x-akismet-guid"]))
        self.assertEqual((entry["state"], entry["review"]["moderator"]), ("STATE_REJECTED", "site:admin"))
        self.assertEqual(self.ask("submit-ham", stored)[2], THANKS)
        self.assertEqual(len(entries(self.server, "REJECTED")) + len(entries(self.server, "HELD"))
                         + len(entries(self.server, "ACCEPTED")), count)

    def test_a_submit_of_what_was_never_checked_is_taken(self):
        self.assertEqual(self.ask("submit-spam", comment("From before the gate was there"))[2], THANKS)
        found = [e for e in entries(self.server, "REJECTED")
                 if e["checked"]["comment"]["body"] == "From before the gate was there"]
        self.assertEqual(len(found), 1)

    def test_hostile_fields_are_made_fit_and_never_break_the_check(self):
        headers, _ = self.check("x" * 10 + "\0\x01", comment_author="A\r\nSet-Cookie: a\0" + "ä" * 400,
                                comment_author_email="no mail", comment_author_url="javascript:alert(1)",
                                permalink="::::", user_ip="not an address", blog_lang="..,", comment_date_gmt="9999",
                                user_agent="u" * 5000, referrer="r" * 5000)
        entry = next(e for e in entries(self.server) if e["name"].endswith(headers["x-akismet-guid"]))
        author = entry["checked"]["comment"]["author"]
        self.assertEqual(set(author), {"name"})
        self.assertLessEqual(len(author["name"].encode()), 256)
        self.assertEqual(entry["checked"]["comment"]["labels"]["akismet.author_url"], "javascript:alert(1)")

    def test_a_text_too_long_to_be_read_is_never_accepted(self):
        headers, body = self.check("word " * 20_000)
        self.assertEqual((body, headers["x-akismet-error"]), ("false", "held for review"))

    def test_a_text_that_is_not_utf8_is_repaired(self):
        body = b"api_key=a&blog=http://blog.example.org&user_ip=192.0.2.1&comment_content=gr%FC%DFe"
        for charset, want in ((b"UTF-8", "gr\ufffd\ufffde"), (b"ISO-8859-1", "gr\u00fc\u00dfe")):
            _, headers, data = self.server.request("POST", "/1.1/comment-check", body + b"&blog_charset=" + charset)
            self.assertIn(data, (b"true", b"false"))
            entry = next(e for e in entries(self.server) if e["name"].endswith(headers["x-akismet-guid"]))
            self.assertEqual(entry["checked"]["comment"]["body"], want)

    def test_multipart_is_read_too(self):
        lines = []
        for name, value in comment("By multipart, for once.").items():
            lines += ["--B", f'Content-Disposition: form-data; name="{name}"', "", value]
        body = "\r\n".join([*lines, "--B--", ""])
        _, headers, data = self.server.request("POST", "/1.1/comment-check", body.encode(),
                                               {"Content-Type": "multipart/form-data; boundary=B"})
        self.assertEqual(data, b"false")


class Receiver:
    """The blog's end of callbacks."""

    def __init__(self, failures=0):
        receiver = self
        self.got = []
        self.failures = failures

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, json.loads(body)))
                receiver.failures -= 1
                self.send_response(500 if receiver.failures >= 0 else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/?rest_route=/akismet/v1/webhook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Callbacks(unittest.TestCase):
    def setUp(self):
        self.receiver = Receiver(failures=1)

    def tearDown(self):
        self.receiver.close()

    def held(self, server, content="sluice-test-hold", **fields):
        fields.setdefault("callback", self.receiver.url)
        _, headers, _ = server.form("/1.1/comment-check", comment(content, **fields))
        return headers["x-akismet-guid"]

    def test_a_decision_is_told_though_the_first_call_fails_and_the_server_restarts(self):
        site = "- {id: blog, hosts: [blog.example.org, 127.0.0.1], akismet: {allow_private: true}}"
        with doors.Doors(sites=site) as server:
            guid = self.held(server)
            other = self.held(server, "sluice-test-hold too")
            server.stop()
            server.start()
            server.sluice("accept", guid)
            gate.wait_until(lambda: len(self.receiver.got) == 2)
            for path, body in self.receiver.got:
                self.assertEqual(path, "/?rest_route=/akismet/v1/webhook")
                self.assertEqual(body, {"key": KEY, "endpoint": "comment-check",
                                        "comments": [{"guid": guid, "result": "false"}]})
            # What the blog decided itself it is not told; what comes after it is.
            server.form("/1.1/submit-spam", comment("sluice-test-hold"))
            server.sluice("reject", other)
            gate.wait_until(lambda: len(self.receiver.got) == 3)
            self.assertEqual(self.receiver.got[2][1]["comments"], [{"guid": other, "result": "true"}])
            self.assertNotIn(KEY.encode(), b"".join(path.read_bytes() for path in server.folder.glob("sluice.db*")))

    def test_nobody_is_called_whom_the_site_does_not_allow(self):
        with doors.Doors(sites="- {id: blog, hosts: [blog.example.org], akismet: {allow_private: true}}") as server:
            guid = self.held(server)
            server.sluice("accept", guid)
            self.assertNotIn(b"akismet.callback",
                             b"".join(path.read_bytes() for path in server.folder.glob("sluice.db*")))

    def test_a_private_address_is_not_called_unless_the_site_allows_it(self):
        with doors.Doors(sites="- {id: blog, hosts: [blog.example.org, 127.0.0.1]}") as server:
            guid = self.held(server)
            server.sluice("accept", guid)
            rows = server.folder / "sluice.db"
            gate.wait_until(lambda: attempts(rows) == 1)
            self.assertEqual(self.receiver.got, [])


def attempts(path):
    import sqlite3
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return database.execute("SELECT max(attempts) FROM deliveries").fetchone()[0]


class Recorded(unittest.TestCase):
    """Every recorded request, as the real client sent it."""

    def test_each_is_answered_as_its_client_understands(self):
        if not (DATA / "index.json").exists():
            self.skipTest(f"left out: {DATA} is absent")
        index = json.loads((DATA / "index.json").read_text(encoding="utf-8"))
        with doors.Doors(sites=SITES % "") as server:
            for row in index:
                self.one(server, DATA / row["file"], row)
            self.assertEqual(len(index), 106)
            stored = b"".join(path.read_bytes() for path in server.folder.glob("sluice.db*"))
            for name in (b"HTTP_", b"SERVER_SOFTWARE", b"POST_", b"DOCUMENT_ROOT", KEY.encode(), b"REQUEST_URI"):
                self.assertNotIn(name, stored)

    def one(self, server, path: pathlib.Path, row):
        head, _, body = path.read_bytes().partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        got = server.raw(b"\r\n".join([*lines, b"Connection: close", b"", body]), read_all=False)
        head, _, body = got.partition(b"\r\n\r\n")
        answer = path.with_suffix(".resp").read_bytes().partition(b"\r\n\r\n")[2].decode()
        with self.subTest(row["file"]):
            self.assertEqual(head.split(b" ")[1], b"200", got)
            endpoint = row["path"].rsplit("/", 1)[1]
            text = body.decode()
            if endpoint == "comment-check":
                self.assertIn(b"akismet-guid:", head.lower())
                want = "true" if "viagra" in path.read_text(encoding="utf-8", errors="replace") else "(true|false)"
                self.assertRegex(text, f"^{want}$")
            elif endpoint in ("get-stats", "get-subscription"):
                self.assertLessEqual(set(json.loads(answer)), set(json.loads(text)))
            elif endpoint == "verify-key":
                self.assertEqual(text, "valid")  # a server without keys takes any
            else:
                self.assertEqual(text, answer)


if __name__ == "__main__":
    unittest.main()
