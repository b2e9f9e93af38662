"""`sluice review` in a real terminal (tmux) against the real server: a moderator's day, hostile text, and sixty keys."""

import os
import shlex
import shutil
import subprocess
import tempfile
import unicodedata
import unittest

import grpc

import gate

TMUX = shutil.which("tmux")
LOCALE = "C.UTF-8"


class Terminal:
    """One program in a tmux of its own; every byte that it sends is kept in `raw`."""

    def __init__(self, command, columns=100, rows=30, **environment):
        self.folder = tempfile.mkdtemp(prefix="sluice-tmux-")
        self.socket = os.path.join(self.folder, "tmux")
        self.raw = os.path.join(self.folder, "raw")
        variables = {"PATH": os.environ["PATH"], "HOME": self.folder, "LANG": LOCALE, "LC_ALL": LOCALE,
                     "TERM": "tmux-256color", **environment}
        program = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
        program = f"env -i {program} {' '.join(shlex.quote(word) for word in command)}"
        # It starts when told, so that nothing it sends is missed.
        self.tmux("-u", "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                  f"read go; {program}; echo ended with $?; read end")
        self.tmux("pipe-pane", "-o", f"cat > {shlex.quote(self.raw)}")
        self.keys_pressed = 0
        self.tmux("send-keys", "Enter")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([TMUX, "-S", self.socket, "kill-server"], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def tmux(self, *arguments):
        environment = {"PATH": os.environ["PATH"], "LANG": LOCALE, "LC_ALL": LOCALE, "TERM": "xterm-256color"}
        return subprocess.run([TMUX, "-S", self.socket, *arguments], capture_output=True, text=True, check=True,
                              env=environment).stdout

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def press(self, *keys):
        """Named keys (Enter, Escape, PPage) or single characters."""
        self.keys_pressed += len(keys)
        for key in keys:
            self.tmux("send-keys", *(("-l", key) if len(key) == 1 else (key,)))

    def type(self, text):
        self.press(*text)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def raw_bytes(self):
        with open(self.raw, "rb") as file:
            return file.read()


class Review(unittest.TestCase):
    def setUp(self):
        self.assertTrue(TMUX, "tmux is missing; deploy/install-packages --test brings it")
        self.protos = gate.python_protos()

    def call(self, server, service, method, request, response):
        with grpc.insecure_channel(server.address) as channel:
            return channel.unary_unary(f"/sluice.v1.{service}/{method}",
                                       request_serializer=lambda m: m.SerializeToString(),
                                       response_deserializer=response.FromString)(request, timeout=30)

    def hold(self, server, name, body, author="Ann Author", email=""):
        """Checks a comment that the rules hold."""
        request = self.protos.moderation.CheckCommentRequest()
        request.comment.name = f"sites/default/comments/{name}"
        request.comment.body = body
        request.comment.author.name = author
        request.comment.author.email = email
        request.comment.page.title = "On quinces"
        request.comment.page.url = "https://blog.example/quinces"
        answer = self.call(server, "ModerationService", "CheckComment", request,
                           self.protos.moderation.CheckCommentResponse)
        self.assertEqual(answer.decision.verdict, self.protos.decision.VERDICT_HOLD, body)
        return answer

    def entry(self, server, name):
        request = self.protos.review.GetEntryRequest(name=f"sites/default/comments/{name}")
        return self.call(server, "ReviewService", "GetEntry", request, self.protos.review.GetEntryResponse).entry

    def state(self, server, name):
        return self.protos.event.State.Name(self.entry(server, name).state)[len("STATE_"):]

    def held(self, server):
        request = self.protos.review.CountEntriesRequest(parent="sites/default")
        return self.call(server, "ReviewService", "CountEntries", request, self.protos.review.CountEntriesResponse).held

    def decide_as(self, server, moderator, name, verdict):
        request = self.protos.review.DecideEntriesRequest(parent="sites/default", moderator=moderator)
        request.decisions.add(name=f"sites/default/comments/{name}", verdict=verdict, reason_code="ok")
        return self.call(server, "ReviewService", "DecideEntries", request, self.protos.review.DecideEntriesResponse)

    def review(self, server, *flags, columns=100, rows=30, **environment):
        return Terminal([gate.SLUICE, "review", "--server", server.address, "--moderator", "ann", *flags], columns, rows,
                        **environment)

    def wait_for(self, terminal, *texts, absent=()):
        def there():
            screen = terminal.screen()
            return all(text in screen for text in texts) and not any(text in screen for text in absent)
        try:
            gate.wait_until(there)
        except AssertionError:
            self.fail(f"the screen never had {texts} without {absent}:\n{terminal.screen()}")

    def leave(self, terminal, code=0):
        terminal.press("q")
        self.wait_for(terminal, f"ended with {code}")

    def held_comments(self, server):
        """Five that differ, held by one rule."""
        for number, words in enumerate(("quinces in the cellar", "a kettle that whistles", "the second chapter",
                                        "rain over the harbour", "an old bicycle bell")):
            self.hold(server, f"c{number}", f"kumquat: {words}, said *number {number}*.", f"Author {number}",
                      f"a{number}@mail.example")


RULES = """
rules:
  - id: fruit
    why: Fruit dealers wait for a person
    words: [kumquat]
    verdict: hold
    examples:
      hit: [a kumquat]
      miss: [a quince]
"""


class Day(Review):
    def setUp(self):
        super().setUp()
        self.rules = tempfile.mkdtemp(prefix="sluice-rules-")
        self.addCleanup(shutil.rmtree, self.rules)
        with open(os.path.join(self.rules, "fruit.yaml"), "w", encoding="utf-8") as file:
            file.write(RULES)
        with open(os.path.join(self.rules, "policy.yaml"), "w", encoding="utf-8") as file:
            file.write("hold_at: 3\nreject_at: 8\n")
        self.server = self.enterContext(gate.Server(rules=self.rules, config="store:\n  sqlite: s.db\n"))

    def test_a_moderators_day(self):
        server = self.server
        self.held_comments(server)
        with self.review(server, "--order", "oldest") as terminal:
            # The list beside the comment, the matched word marked in place, the reason, who and where.
            self.wait_for(terminal, "5 held", "> ", "Author 4", "Author 0  a0@mail.example", "On quinces",
                          "quinces in the cellar, said number 0.", "fruit", "Fruit dealers wait for a person")
            terminal.press("a")
            self.wait_for(terminal, "accepted Author 0", "a1@mail.example", absent=("a0@mail.example",))
            self.assertEqual(self.state(server, "c0"), "ACCEPTED")
            terminal.press("m")
            self.wait_for(terminal, "note:")
            terminal.type("seen twice")
            terminal.press("Enter", "s")
            self.wait_for(terminal, "rejected as spam Author 1", "a2@mail.example")
            review = self.entry(server, "c1").review
            self.assertEqual((review.moderator, review.reason_code, review.note), ("ann", "spam", "seen twice"))
            # Another client decides what is being looked at; ours is not written over it.
            self.decide_as(server, "bob", "c2", self.protos.decision.VERDICT_ACCEPT)
            terminal.press("b")
            self.wait_for(terminal, "was accepted by bob", "[!1]", "a3@mail.example")
            self.assertEqual(self.state(server, "c2"), "ACCEPTED")
            # Marks: both are decided together.
            terminal.press("x", "x")
            self.wait_for(terminal, "2 marked")
            terminal.press("s")
            self.wait_for(terminal, "rejected as spam 2 comments")
            self.assertEqual((self.state(server, "c3"), self.state(server, "c4")), ("REJECTED", "REJECTED"))
            # A search narrows the list, Escape widens it.
            terminal.press("r")
            self.wait_for(terminal, "Nothing waits.")
            self.leave(terminal)
            self.assertIn("1 accepted, 3 rejected", terminal.screen())

    def test_the_list_is_searched_and_comments_are_read(self):
        self.held_comments(self.server)
        with self.review(self.server, "--order", "newest") as terminal:
            self.wait_for(terminal, "a4@mail.example", "Author 0")
            terminal.type("/harbour")
            self.wait_for(terminal, "a3@mail.example", absent=("Author 4",))
            terminal.press("Enter", "Escape")
            self.wait_for(terminal, "Author 0", "Author 4")
            terminal.press("v")
            self.wait_for(terminal, "source as sent", "said *number 3*.")
            terminal.press("w")
            self.wait_for(terminal, "rules that hit", "fruit: says hold", "fruit.yaml:3")
            terminal.press("Escape")
            self.wait_for(terminal, "a3@mail.example")
            terminal.press("o")
            self.wait_for(terminal, "history", absent=("a accept",))
            terminal.press("q")
            self.wait_for(terminal, "a3@mail.example", "a accept")
            terminal.press("?")
            self.wait_for(terminal, "reject as abuse")
            terminal.press("Escape", "O")
            self.wait_for(terminal, "order by: o oldest")
            terminal.press("o")
            self.wait_for(terminal, "order: oldest")
            self.leave(terminal)

    def test_a_lost_server_loses_no_decision(self):
        server = self.server
        self.held_comments(server)
        with self.review(server, "--order", "oldest") as terminal:
            self.wait_for(terminal, "a0@mail.example")
            address = server.address
            self.assertEqual(server.stop(), 0)
            terminal.press("s")
            self.wait_for(terminal, "server lost", "decisions kept: 1", "a1@mail.example")
            terminal.press("a", "j")
            self.wait_for(terminal, "decisions kept: 2")
            server.start(listen=address)
            self.wait_for(terminal, "a3@mail.example", absent=("server lost", "kept"))
            gate.wait_until(lambda: self.state(server, "c0") == "REJECTED" and self.state(server, "c1") == "ACCEPTED")
            self.leave(terminal)

    def test_leaving_without_a_server_says_what_is_lost(self):
        self.held_comments(self.server)
        with self.review(self.server, "--order", "oldest") as terminal:
            self.wait_for(terminal, "a0@mail.example")
            self.server.kill()
            terminal.press("s")
            self.wait_for(terminal, "server lost")
            terminal.press("q")
            self.wait_for(terminal, "sending what was decided (1 left)")
            self.leave(terminal, code=1)
            self.assertIn("not known to have reached the server: rejected as spam: c0", terminal.screen())

    def test_every_size(self):
        self.held_comments(self.server)
        with self.review(self.server, "--order", "oldest") as terminal:
            self.wait_for(terminal, "a0@mail.example", "Author 4")
            terminal.resize(60, 15)
            self.wait_for(terminal, "> ", "Author 4", absent=("a0@mail.example",))
            terminal.press("Enter")
            self.wait_for(terminal, "a0@mail.example", "quinces in the cellar", absent=("Author 4",))
            terminal.press("a")
            self.wait_for(terminal, "a1@mail.example")
            terminal.resize(40, 10)
            self.wait_for(terminal, "a1@mail.example", "Tab list")
            terminal.press("Tab")
            self.wait_for(terminal, "Author 1", "Author 4")
            terminal.press("s")
            self.wait_for(terminal, "Author 2", absent=("Author 1  ",))
            terminal.resize(200, 50)
            self.wait_for(terminal, "a2@mail.example", "Author 4", "q quit")
            self.leave(terminal)
        self.assertEqual(self.state(self.server, "c1"), "REJECTED")

    def test_without_colour_words_are_in_brackets(self):
        self.held_comments(self.server)
        for environment in ({"NO_COLOR": "1"}, {"TERM": "vt100"}):
            with self.review(self.server, **environment) as terminal:
                self.wait_for(terminal, "[kumquat]: quinces in the cellar")
                self.leave(terminal)
                self.assertNotIn(b"\x1b[31m", terminal.raw_bytes())

    def test_a_locale_without_utf8_is_said(self):
        self.hold(self.server, "wide", "kumquat 漢字", "Zoë")
        with self.review(self.server, LANG="C", LC_ALL="C") as terminal:
            self.wait_for(terminal, "the locale is not UTF-8", "<U+6F22><U+5B57>", "Zo<U+00EB>")
            self.leave(terminal)

    def test_hostile_text_never_reaches_the_terminal(self):
        attacks = {
            "title": "kumquat \x1b]0;owned\x07 \x1b]2;owned\x1b\\",
            "cursor": "kumquat \x1b[2J\x1b[1;1H\x1b[31m \x9b31m",
            "bidi": "kumquat \u202eevil\u202c \u2066x\u2069 \u200b\u200d",
            "wide": "kumquat 漢字漢字漢字漢字漢字漢字漢字 😀😀😀 ❤️",
            "marks": "kumquat Z" + "\u0301\u0302\u0303" * 30,
        }
        for name, body in attacks.items():
            self.hold(self.server, name, body.replace("\x9b", "\u009b"), "A\u202eB \u202d" + name)
        with self.review(self.server, "--order", "oldest", columns=140) as terminal:
            self.wait_for(terminal, "5 held", "<U+202E>")
            for text in ("\\x1b]0;owned", "\\x1b[2J", "<U+202E>evil", "漢字漢字", "<U+0303>"):
                terminal.press("v")
                self.wait_for(terminal, "source as sent", text)
                terminal.press("v")
                self.wait_for(terminal, "safe HTML (v")
                terminal.press("v", "j")
            terminal.press("w", "Escape", "o")
            self.wait_for(terminal, "history", absent=("a accept",))
            terminal.press("q")
            self.wait_for(terminal, "a accept")
            raw = terminal.raw_bytes()
            for sequence in (b"owned\x07", b"\x1b]0;owned", b"\x1b]2;owned", b"\xc2\x9b", b"\x9b31m",
                             "\u202e".encode(), "\u2066".encode(), "\u200b".encode(), b"\x07"):
                self.assertNotIn(sequence, raw)
            self.assertNotIn("owned", terminal.tmux("display-message", "-p", "#{pane_title}"))
            # Wide characters do not push the frame out of line: the bar between the panes stands in one column.
            def width(text):
                return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)
            bars = {width(line[:line.index("│")]) for line in terminal.screen().splitlines()[1:-2] if "│" in line}
            self.assertEqual(len(bars), 1, terminal.screen())
            self.leave(terminal)

    def test_undo_and_filter(self):
        server = self.server
        self.held_comments(server)
        with self.review(server, "--order", "oldest") as terminal:
            self.wait_for(terminal, "a0@mail.example")
            terminal.press("x", "x", "s")
            self.wait_for(terminal, "rejected as spam 2 comments", "a2@mail.example")
            terminal.press("u")
            self.wait_for(terminal, "taken back: rejected as spam 2 comments", "a0@mail.example")
            self.assertEqual((self.state(server, "c0"), self.state(server, "c1")), ("HELD", "HELD"))
            terminal.press("f")
            self.wait_for(terminal, "filter:")
            terminal.type("nosuch = 1")
            terminal.press("Enter")
            self.wait_for(terminal, "filter: nosuch = 1   ", "nosuch")
            terminal.press("C-u")
            terminal.type('author.email = "a3@mail.example"')
            terminal.press("Enter")
            self.wait_for(terminal, "1 found", "a3@mail.example", absent=("Author 4",))
            self.leave(terminal)


class SixtyKeys(Review):
    CAMPAIGNS = 40
    EACH = 5

    def test_two_hundred_held_comments_in_forty_campaigns(self):
        with gate.Server(rules=self.rules(), config="store:\n  sqlite: s.db\n") as server:
            self.fill(server)
            self.assertEqual(self.held(server), self.CAMPAIGNS * self.EACH)
            with self.review(server, columns=120, rows=40) as terminal:
                self.wait_for(terminal, "200 listed", "200 held")
                left = self.CAMPAIGNS * self.EACH
                while left > 0 and terminal.keys_pressed < 60:
                    # What it counts is on the screen before the key is pressed.
                    self.wait_for(terminal, f"{left} listed")
                    terminal.press("S")
                    gate.wait_until(lambda before=left: f"{before} listed" not in terminal.screen())
                    left = int(terminal.screen().split(" listed")[0].split()[-1])
                self.wait_for(terminal, "Nothing waits.")
                gate.wait_until(lambda: self.held(server) == 0)
                self.leave(terminal)
                self.assertLessEqual(terminal.keys_pressed, 60)
                print(f"bar review_keys {terminal.keys_pressed} 60 ok")

    def rules(self):
        folder = tempfile.mkdtemp(prefix="sluice-rules-")
        self.addCleanup(shutil.rmtree, folder)
        with open(os.path.join(folder, "fruit.yaml"), "w", encoding="utf-8") as file:
            file.write(RULES)
        with open(os.path.join(folder, "policy.yaml"), "w", encoding="utf-8") as file:
            file.write("hold_at: 3\nreject_at: 8\n")
        return folder

    def fill(self, server):
        """Campaigns of near texts, their comments mixed: as they arrive when several are running at once."""
        for number in range(self.EACH):
            for campaign in range(self.CAMPAIGNS):
                seed = campaign * 7919 + 13
                words = " ".join(f"w{(seed * (i + 3) * (i + 11)) % 99991:x}" for i in range(60))
                self.hold(server, f"k{campaign}-{number}", f"kumquat {words} only today {number}",
                          f"Seller {campaign} {number}")


if __name__ == "__main__":
    unittest.main()
