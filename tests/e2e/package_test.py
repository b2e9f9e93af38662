"""The Debian package: built, installed into a fresh Debian, run there as its own user, and taken away again.

The package is made of the build's own programs. Needs root (for the chroot) and Debian's mirror; without them only what can be
seen of the package is tested, and that is said.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import gate

BUILD = pathlib.Path(gate.SLUICED).resolve().parents[1]
UNIT = gate.ROOT / "deploy/systemd/sluiced.service"


def run(*command, **keywords):
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **keywords)


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-package-"))
        done = run("cpack", "--config", str(BUILD / "CPackConfig.cmake"), "-B", str(cls.folder),
                   env=dict(os.environ, SOURCE_DATE_EPOCH="1700000000"))
        assert done.returncode == 0, done.stdout + done.stderr
        cls.package, = cls.folder.glob("sluice_*.deb")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def test_has_what_a_user_of_debian_expects(self):
        listed = run("dpkg-deb", "--contents", str(self.package)).stdout
        for path in ("./usr/bin/sluiced", "./usr/bin/sluice", "./etc/sluice/sluice.yaml", "./etc/sluice/rules/policy.yaml",
                     "./etc/sluice/rules/lists/shorteners.txt", "./lib/systemd/system/sluiced.service",
                     "./usr/share/man/man8/sluiced.8.gz", "./usr/share/man/man1/sluice.1.gz",
                     "./usr/share/bash-completion/completions/sluice", "./usr/share/zsh/site-functions/_sluice",
                     "./usr/share/fish/vendor_completions.d/sluice.fish", "./usr/share/doc/sluice/copyright",
                     "./usr/share/sluice/proto/sluice/v1/moderation_service.proto"):
            self.assertRegex(listed, re.escape(path) + "\n", path)
        self.assertNotIn(str(gate.ROOT), listed)
        fields = run("dpkg-deb", "--field", str(self.package), "Depends").stdout
        for library in ("libgrpc++1.51", "libsqlite3-0", "libc6", "adduser"):
            self.assertIn(library, fields)
        conffiles = run("dpkg-deb", "--info", str(self.package), "conffiles").stdout.split()
        self.assertIn("/etc/sluice/sluice.yaml", conffiles)
        self.assertIn("/etc/sluice/rules/policy.yaml", conffiles)

    def test_has_no_errors_for_lintian(self):
        if not shutil.which("lintian"):
            self.skipTest("lintian is not installed")
        done = run("lintian", "--fail-on", "error", str(self.package))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_same_sources_give_the_same_package(self):
        again = self.folder / "again"
        done = run("cpack", "--config", str(BUILD / "CPackConfig.cmake"), "-B", str(again),
                   env=dict(os.environ, SOURCE_DATE_EPOCH="1700000000"))
        self.assertEqual(done.returncode, 0, done.stderr)
        other, = again.glob("sluice_*.deb")
        self.assertEqual(run("sha256sum", str(other)).stdout.split()[0], run("sha256sum", str(self.package)).stdout.split()[0])

    def test_the_unit_is_hardened(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd is not installed")
        done = run("systemd-analyze", "security", "--offline=yes", str(UNIT))
        score = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
        self.assertIsNotNone(score, done.stdout + done.stderr)
        self.assertLessEqual(float(score.group(1)), 2.0, done.stdout)

    def test_is_installed_run_and_purged_in_a_fresh_debian(self):
        if os.getuid() != 0:
            self.skipTest("a chroot needs root")
        root = self.folder / "root"
        made = run("mmdebstrap", "--variant=minbase", "--mode=root", "--skip=check/qemu", "bookworm", str(root),
                   *[str(path) for path in (pathlib.Path("/etc/apt/sources.list"),) if path.exists() and path.stat().st_size],
                   *map(str, pathlib.Path("/etc/apt/sources.list.d").glob("debian.sources")))
        if made.returncode != 0:
            self.skipTest("no fresh Debian can be made here: " + made.stderr.strip().splitlines()[-1])
        shutil.copy(self.package, root / "sluice.deb")
        # What is not on the machine of a container's build: nothing is started by itself.
        (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (root / "usr/sbin/policy-rc.d").chmod(0o755)

        def within(*command, user=None, **keywords):
            as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
            return run("chroot", str(root), *as_user, *command, **keywords)

        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8")
        done = within("sh", "-c", "apt-get update -qq && apt-get install -y -qq --no-install-recommends /sluice.deb",
                      env=environment)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
        self.assertEqual(within("stat", "-c", "%U %a", "/var/lib/sluice").stdout.split(), ["sluice", "700"])
        done = within("sluice", "rules", "check", "/etc/sluice/rules")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

        with open(self.folder / "log", "w", encoding="utf-8") as log:
            server = subprocess.Popen(["chroot", str(root), "setpriv", "--reuid=sluice", "--regid=sluice", "--clear-groups",
                                       "sluiced", "--config", "/etc/sluice/sluice.yaml", "--listen", "127.0.0.1:17711"],
                                      stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            end = time.monotonic() + 60
            while within("sluice", "health", "--server", "127.0.0.1:17711").returncode != 0:
                self.assertIsNone(server.poll(), (self.folder / "log").read_text())
                self.assertLess(time.monotonic(), end, (self.folder / "log").read_text())
                time.sleep(0.2)
            done = subprocess.run(["chroot", str(root), "sluice", "check", "-", "--json", "--server", "127.0.0.1:17711"],
                                  input="please try sluice-test-hold", capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 10, done.stderr)
            self.assertEqual(json.loads(done.stdout)["decision"]["verdict"], "VERDICT_HOLD")
        finally:
            server.terminate()
            self.assertEqual(server.wait(60), 0)

        (root / "etc/sluice/rules/own.yaml").write_text("rules: []\n")
        done = within("apt-get", "purge", "-y", "-qq", "sluice", env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("were kept", done.stdout + done.stderr)
        self.assertTrue((root / "var/lib/sluice/sluice.db").exists(), "a purge keeps the comments")
        self.assertFalse((root / "etc/sluice/sluice.yaml").exists())
        self.assertTrue((root / "etc/sluice/rules/own.yaml").exists(), "what dpkg did not bring is not its to take")
        done = within("apt-get", "install", "-y", "-qq", "--no-install-recommends", "/sluice.deb", env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = within("apt-get", "purge", "-y", "-qq", "sluice", env=dict(environment, SLUICE_PURGE_DATA="yes"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse((root / "var/lib/sluice").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
