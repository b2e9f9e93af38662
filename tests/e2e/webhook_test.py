"""Webhooks as a blog receives them: signed, tried again, given up and tried again by hand, also across a restart."""

import http.server
import json
import pathlib
import re
import threading
import unittest

import gate
import watch_test

KEY = "a key of the blog, long enough"
DOCUMENT = gate.ROOT / "docs/watching.md"


def documented_verify():
    """The example of docs/watching.md, as a reader would copy it."""
    source = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S).group(1)
    names = {}
    exec(source, names)  # pylint: disable=exec-used
    return names["verify"]


class Blog:
    """An HTTP server on loopback that answers as it is told and keeps what it was sent."""

    def __init__(self):
        self.calls = []
        self.statuses = {}  # by comment: those of the next calls; then 204
        self.location = None
        blog = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told = json.loads(body)
                comment = told["name"].rsplit("/", 1)[1]
                waiting = blog.statuses.get(comment, [])
                status = waiting.pop(0) if waiting else 204
                blog.calls.append((comment, told["state"], status, dict(self.headers), body))
                self.send_response(status)
                if blog.location:
                    self.send_header("Location", blog.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def wait_for(self, count):
        gate.wait_until(lambda: len(self.calls) >= count)
        return [(comment, state.replace("STATE_", ""), status) for comment, state, status, *_ in self.calls]


class Webhooks(unittest.TestCase):
    check = watch_test.Watch.check
    decide = watch_test.Watch.decide
    call = watch_test.Watch.call

    def setUp(self):
        self.protos = gate.python_protos()

    def server(self, blog, options="allow_private: true"):
        server = gate.Server(config=f"{watch_test.STORE}webhooks:\n  - url: {blog.url}\n    secret_file: key\n"
                             + "".join(f"    {option}\n" for option in options.split(", ")))
        (server.folder / "key").write_text(KEY + "\n", encoding="utf-8")
        return server

    def letters(self, server):
        return self.call(server, "ReviewService", "ListDeadLetters",
                         self.protos.review.ListDeadLettersRequest(parent="sites/default"),
                         self.protos.review.ListDeadLettersResponse)

    def retry(self, server, *ids):
        return self.call(server, "ReviewService", "RetryDeadLetters",
                         self.protos.review.RetryDeadLettersRequest(parent="sites/default", ids=ids),
                         self.protos.review.RetryDeadLettersResponse).count

    def test_a_decision_comes_signed_and_the_documented_example_verifies_it(self):
        verify = documented_verify()
        with Blog() as blog, self.server(blog) as server:
            self.check(server, "a")
            self.decide(server, ["a"], reason="ok")
            self.assertEqual(blog.wait_for(1), [("a", "ACCEPTED", 204)])
            _, _, _, headers, body = blog.calls[0]
            self.assertEqual(headers["Content-Type"], "application/json")
            signature = headers["Sluice-Signature"]
            self.assertTrue(verify(KEY.encode(), signature, body))
            self.assertFalse(verify(KEY.encode(), signature, body + b" "))
            self.assertFalse(verify(b"another key, as long as it", signature, body))
            old = re.sub(r"t=\d+", "t=1000000000", signature)
            self.assertFalse(verify(KEY.encode(), old, body))
            told = json.loads(body)
            self.assertEqual(told["name"], "sites/default/comments/a")
            self.assertEqual(told["reason_code"], "ok")
            self.assertIn("<em>a</em>", told["html"])
            watcher = watch_test.Watcher(self.protos, server, told["resume_token"]).begun()
            self.decide(server, ["a"], accept=False)
            self.assertEqual(watcher.wait_for(1), [("a", self.protos.event.STATE_REJECTED)])
            watcher.close()

    def test_a_call_that_failed_is_made_again_and_blocks_no_other(self):
        with Blog() as blog, self.server(blog) as server:
            blog.statuses["a"] = [500]
            self.check(server, "a")
            self.check(server, "b")
            self.decide(server, ["a"])
            blog.wait_for(1)
            self.decide(server, ["a"], accept=False)
            self.decide(server, ["b"])
            self.assertEqual(blog.wait_for(4), [("a", "ACCEPTED", 500), ("b", "ACCEPTED", 204), ("a", "ACCEPTED", 204),
                                                ("a", "REJECTED", 204)])
            self.assertEqual(self.letters(server).count, 0)

    def test_what_was_given_up_is_shown_and_tried_again_across_restarts(self):
        with Blog() as blog, self.server(blog, "allow_private: true, max_attempts: 2") as server:
            blog.statuses["a"] = [500, 503]
            self.check(server, "a")
            self.decide(server, ["a"])
            blog.wait_for(1)
            server.kill()
            server.start()
            self.assertEqual(blog.wait_for(2)[1], ("a", "ACCEPTED", 503))
            gate.wait_until(lambda: self.letters(server).count == 1)
            letter = self.letters(server).letters[0]
            self.assertEqual((letter.url, letter.name, letter.attempts, letter.error),
                             (blog.url, "sites/default/comments/a", 2, "status 503"))
            self.assertEqual(server.stop(), 0)
            server.start()
            self.assertEqual(self.letters(server).letters[0].id, letter.id)
            self.assertEqual(self.retry(server, letter.id), 1)
            self.assertEqual(blog.wait_for(3)[2], ("a", "ACCEPTED", 204))
            gate.wait_until(lambda: self.letters(server).count == 0)

    def test_no_redirect_is_followed(self):
        with Blog() as elsewhere, Blog() as blog, \
                self.server(blog, "allow_private: true, max_attempts: 1") as server:
            blog.location = elsewhere.url
            blog.statuses["a"] = [307]
            self.check(server, "a")
            self.decide(server, ["a"])
            gate.wait_until(lambda: self.letters(server).count == 1)
            self.assertEqual(self.letters(server).letters[0].error, "status 307")
            self.assertEqual(elsewhere.calls, [])

    def test_an_address_behind_the_firewall_is_not_called(self):
        with Blog() as blog:
            port = blog.server.server_port
            for host in ("127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "[::ffff:127.0.0.1]"):
                blog.url = f"http://{host}:{port}/hook"
                with self.server(blog, "max_attempts: 1") as server:
                    self.check(server, "a")
                    self.decide(server, ["a"])
                    gate.wait_until(lambda server=server: self.letters(server).count == 1)
                    self.assertIn("allow_private", self.letters(server).letters[0].error, host)
            self.assertEqual(blog.calls, [])

    def test_a_wrong_configuration_is_named_at_the_start(self):
        cases = (("url: ftp://blog.example/\n    secret_file: key", "not an http or https URL"),
                 ("url: https://me:pass@blog.example/\n    secret_file: key", "user name or password"),
                 ("url: https://blog.example/\n    secret_file: none", "cannot be read as a key"),
                 ("url: https://blog.example/\n    secret_file: key\n    site: shop", "'shop' is not one of sites"))
        for text, says in cases:
            server = gate.Server(config=f"webhooks:\n  - {text}\n")
            (server.folder / "key").write_text(KEY, encoding="utf-8")
            with self.assertRaises(AssertionError) as caught, server:
                pass
            self.assertIn(says, str(caught.exception))


if __name__ == "__main__":
    unittest.main()
