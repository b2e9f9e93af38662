"""WordPress with the Akismet plugin, both Debian's, in front of a sluiced: a good comment appears, a doubtful one waits and
appears once it is accepted, spam goes to the spam folder, and a "not spam" of the blog's comes here.

The long form of the tests of docs/akismet.md: SLUICE_WORDPRESS=1 runs it. Needs Debian's wordpress, php-cli, php-mysql,
mariadb-server-core and mariadb-client-core, and chromium for the form; SLUICE_WORDPRESS_ROOT names a folder where the
wordpress packages were unpacked, if they are not installed. Everything listens on loopback and lives in a temporary folder.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request

import doors
import gate

ROOT = pathlib.Path(os.environ.get("SLUICE_WORDPRESS_ROOT", "/"))
KEY = "123456789abc"
SITES = "- {id: blog, hosts: [127.0.0.1], akismet: {allow_private: true}}"

CONFIG = r"""<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', ''); define('DB_HOST', 'localhost:%(socket)s');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', ''); $table_prefix = 'wp_';
define('SLUICE_URL', 'http://%(gate)s'); define('WP_HTTP_BLOCK_EXTERNAL', false); define('DISABLE_WP_CRON', true);
define('WP_SITEURL', 'http://127.0.0.1:%(port)d'); define('WP_HOME', WP_SITEURL); define('WPLANG', '');
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
# Runs inside WordPress: `php run.php install`, or a word that answers with JSON.
RUN = r"""<?php
if ($argv[1] === 'install') define('WP_INSTALLING', true);
$_SERVER += ['HTTP_HOST' => '127.0.0.1:%(port)d', 'REQUEST_METHOD' => 'GET', 'REMOTE_ADDR' => '127.0.0.1'];
require __DIR__ . '/wp-load.php';
if ($argv[1] === 'install') {
  require_once ABSPATH . 'wp-admin/includes/upgrade.php';
  wp_install('Test', 'admin', 'admin@example.org', false, '', 'a password');
  foreach (['wordpress_api_key' => '%(key)s', 'akismet_strictness' => '0', 'comment_moderation' => '0',
            'comment_previously_approved' => '0', 'active_plugins' => ['akismet/akismet.php'],
            'comments_notify' => '0', 'moderation_notify' => '0'] as $name => $value) update_option($name, $value);
  echo json_encode('installed');
} elseif ($argv[1] === 'verify') {
  echo json_encode(Akismet::verify_key('%(key)s'));
} elseif ($argv[1] === 'comments') {
  $out = [];
  foreach (get_comments(['status' => 'any', 'number' => 0]) as $c) $out[$c->comment_content] = $c->comment_approved;
  foreach (get_comments(['status' => 'spam', 'number' => 0]) as $c) $out[$c->comment_content] = 'spam';
  echo json_encode($out);
} elseif ($argv[1] === 'not-spam') {
  foreach (get_comments(['status' => 'spam', 'number' => 0]) as $c)
    if ($c->comment_content === $argv[2]) { wp_set_comment_status($c->comment_ID, 'approve'); Akismet::submit_nonspam_comment($c->comment_ID); }
  echo json_encode('done');
}
"""


class Browser:
    """Headless Chromium, spoken to over its debugging pipe."""

    def __init__(self, folder):
        to_browser, self.write = os.pipe()
        self.read, from_browser = os.pipe()

        def hand_over():
            os.dup2(to_browser, 60)
            os.dup2(from_browser, 61)
            os.dup2(60, 3)
            os.dup2(61, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
             f"--user-data-dir={folder}/chromium", "about:blank"], preexec_fn=hand_over, close_fds=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.rest, self.last, self.session = b"", 0, None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def call(self, method, **parameters):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.rest:
                piece = os.read(self.read, 65536)
                if not piece:
                    raise AssertionError("the browser ended")
                self.rest += piece
            answer, self.rest = self.rest.split(b"\0", 1)
            answer = json.loads(answer)
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise AssertionError(answer["error"])
                return answer["result"]

    def evaluate(self, script):
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def open(self, url):
        self.call("Page.navigate", url=url)
        gate.wait_until(lambda: self.evaluate("document.readyState === 'complete' && location.href !== 'about:blank'"))

    def close(self):
        self.process.terminate()
        self.process.wait()


@unittest.skipUnless(os.environ.get("SLUICE_WORDPRESS"), "left out: the long form; SLUICE_WORDPRESS=1 runs it")
class WordPress(unittest.TestCase):
    def setUp(self):
        missing = [program for program in ("php", "mariadbd", "mariadb-install-db", "chromium") if not shutil.which(program)]
        if missing or not (ROOT / "usr/share/wordpress/wp-settings.php").exists():
            self.fail(f"not installed: {missing or 'wordpress'}")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-wordpress-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.server = doors.Doors(sites=SITES).start()
        self.addCleanup(self.server.__exit__)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start_database()
        self.start_wordpress()

    def spawn(self, command, **options):
        log = open(self.folder / f"{pathlib.Path(command[0]).name}.log", "w", encoding="utf-8")
        process = subprocess.Popen(command, stdout=log, stderr=log, **options)
        log.close()
        self.addCleanup(lambda: (process.terminate(), process.wait()))
        return process

    def start_database(self):
        data, self.socket = self.folder / "data", self.folder / "db.sock"
        user = ["--user=root"] if os.geteuid() == 0 else []
        subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
                        "--skip-test-db", *user], check=True, capture_output=True)
        self.spawn(["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={self.socket}", "--skip-networking",
                    f"--pid-file={self.folder}/db.pid", *user])
        query = ["mariadb", "--no-defaults", f"--socket={self.socket}", "-u", "root", "-e"]
        gate.wait_until(lambda: subprocess.run([*query, "SELECT 1"], capture_output=True, check=False).returncode == 0, 120)
        subprocess.run([*query, "CREATE DATABASE wordpress"], check=True, capture_output=True)

    def start_wordpress(self):
        self.site = self.folder / "site"
        copy_tree(ROOT / "usr/share/wordpress", self.site)
        (self.site / "wp-content/mu-plugins").mkdir()
        shutil.copy(gate.ROOT / "client/examples/wordpress/sluice.php", self.site / "wp-content/mu-plugins")
        # One browser sends what several people would.
        (self.site / "wp-content/mu-plugins/test.php").write_text(
            "<?php add_filter('wp_is_comment_flood', '__return_false', 99);\n", encoding="utf-8")
        values = {"socket": self.socket, "gate": self.server.http, "port": self.port, "key": KEY}
        (self.site / "wp-config.php").write_text(CONFIG % values, encoding="utf-8")
        (self.site / "run.php").write_text(RUN % values, encoding="utf-8")
        self.assertEqual(self.php("install"), "installed")
        self.spawn(["php", "-S", f"127.0.0.1:{self.port}", "-t", str(self.site)],
                   env={**os.environ, "PHP_CLI_SERVER_WORKERS": "4"})
        gate.wait_until(self.answers)

    def answers(self):
        try:
            return urllib.request.urlopen(self.url("/?p=1"), timeout=60).status == 200
        except OSError:
            return False

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def php(self, *arguments):
        done = subprocess.run(["php", str(self.site / "run.php"), *arguments], capture_output=True, text=True, check=False)
        lines = done.stdout.strip().splitlines()
        self.assertTrue(lines, done.stderr)
        return json.loads(lines[-1])

    def comment(self, browser, author, text):
        """Fills in the real form and sends it."""
        browser.open(self.url("/?p=1"))
        fields = {"author": author, "email": f"{author}@example.net", "comment": text}
        for name, value in fields.items():
            browser.evaluate(f"document.querySelector('#commentform [name={name}]').value = {json.dumps(value)}")
        browser.evaluate("document.querySelector('#commentform [type=submit]').click()")
        gate.wait_until(lambda: text in self.php("comments"), 120)

    def shown(self):
        return urllib.request.urlopen(self.url("/?p=1"), timeout=60).read().decode()

    def test_comments_through_the_real_form(self):
        self.assertEqual(self.php("verify"), "valid")
        browser = Browser(self.folder)
        self.addCleanup(browser.close)
        good, held, spam = "What a fine walk that was.", "sluice-test-hold by a stranger", "sluice-test-reject by another"
        self.comment(browser, "ann", good)
        self.comment(browser, "bob", held)
        self.comment(browser, "eve", spam)
        self.assertEqual({text: self.php("comments")[text] for text in (good, held, spam)},
                         {good: "1", held: "0", spam: "spam"})
        self.assertIn(good, self.shown())
        self.assertNotIn(held, self.shown())
        guid = next(json.loads(line)["name"] for line in self.server.sluice("queue", "--json")[1].splitlines())
        self.assertEqual(self.server.sluice("accept", guid)[0], 0)
        gate.wait_until(lambda: self.php("comments")[held] == "1", 120)
        self.assertIn(held, self.shown())
        self.php("not-spam", spam)
        code, out, err = self.server.sluice("export", "--filter", "state:ACCEPTED AND moderator:site", "--full")
        self.assertEqual(code, 0, err)
        self.assertEqual([json.loads(line)["checked"]["comment"]["body"] for line in out.splitlines()], [spam])


def copy_tree(source, target):
    """Copies, with absolute and relative links followed within ROOT; what leads nowhere is left out."""
    for folder, _, files in os.walk(source, followlinks=False):
        place = target / os.path.relpath(folder, source)
        place.mkdir(parents=True, exist_ok=True)
        for name in files:
            path = pathlib.Path(folder, name)
            if path.is_symlink():
                link = os.readlink(path)
                path = ROOT / link.lstrip("/") if link.startswith("/") else path
            if path.exists():
                shutil.copy(path, place / name)


if __name__ == "__main__":
    unittest.main()
