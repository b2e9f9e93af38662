"""Clients of Akismet's protocol that others wrote, unchanged: three of npm's, and Debian's Net::Akismet."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import doors
import gate

PACKAGES = ["akismet-api@6", "akismet@2", "@cedx/akismet@16"]
SITES = "- {id: blog, hosts: [blog.example.org], akismet: {hold_as: spam}}"

PERL = r"""
use strict;
use LWP::Protocol::http;
use Net::Akismet;
# Every name is 127.0.0.1: the client puts its key before the host's name.
@LWP::Protocol::http::EXTRA_SOCK_OPTS = (PeerAddr => '127.0.0.1', PeerHost => '127.0.0.1');
my $client = Net::Akismet->new(KEY => '123456789abc', URL => 'http://blog.example.org/',
                               SERVICE_HOST => "akismet.test:$ARGV[0]") or die 'the key was refused';
my %who = (USER_IP => '198.51.100.7', COMMENT_USER_AGENT => 'Mozilla/5.0', COMMENT_AUTHOR => 'Pat');
for my $text ('The map is wrong by a mile.', 'sluice-test-hold', 'sluice-test-reject') {
  print $client->check(%who, COMMENT_CONTENT => "perl: $text"), "\n";
}
$client->spam(%who, COMMENT_CONTENT => 'perl: The map is wrong by a mile.') or die 'spam';
$client->ham(%who, COMMENT_CONTENT => 'perl: sluice-test-reject') or die 'ham';
"""


class Clients(unittest.TestCase):
    def decided(self, server):
        """What people decided, by the comments' first words."""
        code, out, err = server.sluice("export", "--filter", "state:* AND moderator:*", "--full")
        self.assertEqual(code, 0, err)
        entries = [json.loads(line) for line in out.splitlines()]
        return {entry["checked"]["comment"]["body"]: entry["state"] for entry in entries}

    def test_three_of_npms(self):
        with doors.Doors(sites=SITES) as server, tempfile.TemporaryDirectory() as folder:
            shutil.copy(pathlib.Path(__file__).with_name("akismet_clients.mjs"), folder)
            (pathlib.Path(folder) / "package.json").write_text('{"private": true}', encoding="utf-8")
            subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent", *PACKAGES],
                           cwd=folder, check=True, capture_output=True, timeout=300)
            done = subprocess.run(["node", "akismet_clients.mjs", str(server.http_port)], cwd=folder, capture_output=True,
                                  text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            results = json.loads(done.stdout.splitlines()[-1])
            self.assertEqual(len(results), 3)
            for name, result in results.items():
                self.assertEqual(result["good"], False, name)
                self.assertEqual((result["held"], result["bad"]), (True, True), name)
                self.assertIn(result["verified"], (True, None), name)
            decided = self.decided(server)
            for name in ("akismet-api", "akismet", "cedx"):
                self.assertEqual(decided[f"{name}: I liked the part about rivers."], "STATE_REJECTED")
                self.assertEqual(decided[f"{name}: sluice-test-reject"], "STATE_ACCEPTED")

    def test_debians_for_perl(self):
        if subprocess.run(["perl", "-MNet::Akismet", "-e1"], capture_output=True, check=False).returncode:
            self.skipTest("left out: libnet-akismet-perl is not installed (deploy/install-packages --test)")
        with doors.Doors(sites=SITES) as server:
            done = subprocess.run(["perl", "-e", PERL, str(server.http_port)], capture_output=True, text=True, timeout=60,
                                  check=False)
            self.assertEqual(done.stdout.split(), ["false", "true", "true"], done.stderr)
            self.assertEqual(done.returncode, 0, done.stderr)
            decided = self.decided(server)
            self.assertEqual(decided["perl: The map is wrong by a mile."], "STATE_REJECTED")
            self.assertEqual(decided["perl: sluice-test-reject"], "STATE_ACCEPTED")


if __name__ == "__main__":
    unittest.main()
