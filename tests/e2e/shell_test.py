"""What makes the command line at home in a shell: completions in three shells, manual pages, the pager, the configuration."""

import os
import pathlib
import pty
import subprocess
import tempfile
import unittest

import gate

# The shell's own functions print what they were given.
ZSH = """
_describe() {{ print -l -- ${{(P)2}} }}
compadd() {{ [[ $1 == -- ]] && shift; print -l -- "$@" }}
_files() {{ print files }}
compdef() {{ : }}
source {script}
words=({words}); CURRENT={current}
_sluice
"""


class Shell(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = gate.Server().start()
        cls.server.check("please try sluice-test-hold", "--id", "doubt")
        cls.folder = tempfile.TemporaryDirectory(prefix="sluice-shell-")
        (pathlib.Path(cls.folder.name) / "sluice").symlink_to(pathlib.Path(gate.SLUICE).resolve())
        cls.environment = dict(os.environ, PATH=f"{cls.folder.name}:{os.environ['PATH']}", HOME=cls.folder.name,
                               SLUICE_SERVER=cls.server.address, TERM="xterm", LC_ALL="C.UTF-8")

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()
        cls.folder.cleanup()

    def run_in(self, shell, script):
        done = subprocess.run([*shell, "-c", script], env=self.environment, capture_output=True, text=True, timeout=60,
                              check=False)
        self.assertEqual(done.stderr, "")
        return done.stdout

    def bash(self, *words):
        script = (f"source <(sluice completion bash); COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _sluice; "
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        return self.run_in(["bash", "--norc"], script).split()

    def zsh(self, *words):
        script = pathlib.Path(self.folder.name) / "_sluice"
        script.write_text(self.run_in(["bash", "--norc"], "sluice completion zsh"), encoding="utf-8")
        out = self.run_in(["zsh", "-f"], ZSH.format(script=script, words=" ".join(words), current=len(words)))
        return [line.split(":")[0] for line in out.splitlines()]

    def fish(self, *words):
        out = self.run_in(["fish", "--no-config"],
                          f"sluice completion fish | source; complete -C '{' '.join(words).replace(chr(34), '')}'")
        return [line.split("\t")[0] for line in out.splitlines()]

    def test_commands_flags_values_and_ids_are_completed(self):
        for complete in (self.bash, self.zsh, self.fish):
            with self.subTest(shell=complete.__name__):
                self.assertLessEqual({"queue", "rules", "undo"}, set(complete("sluice", '""')))
                self.assertIn("explain", complete("sluice", "rules", '""'))
                self.assertIn("--order", complete("sluice", "queue", "--"))
                self.assertNotIn("--order", complete("sluice", "show", "--"))
                self.assertIn("campaign", complete("sluice", "queue", "--order", '""'))
                self.assertIn("doubt", complete("sluice", "show", '""'))

    def test_manual_pages_are_sound(self):
        folder = pathlib.Path(self.folder.name) / "man1"
        self.run_in(["bash", "--norc"], f"sluice man {folder}")
        pages = sorted(folder.glob("*.1"))
        self.assertGreater(len(pages), 25)
        for page in pages:
            done = subprocess.run(["groff", "-man", "-ww", "-Tascii", "-P-cbou", str(page)], capture_output=True, text=True, check=True)
            self.assertEqual(done.stderr, "", page.name)
            self.assertIn("SYNOPSIS", done.stdout)
            self.assertIn(page.stem.replace("-", " "), done.stdout)

    def on_terminal(self, pager, *words):
        """What a command prints on a terminal, and what its pager was given."""
        seen = pathlib.Path(self.folder.name) / "seen"
        seen.unlink(missing_ok=True)
        near, far = pty.openpty()
        environment = dict(self.environment, SLUICE_PAGER=pager.format(seen=seen))
        with subprocess.Popen([gate.SLUICE, *words], stdout=far, stderr=far, stdin=far, env=environment) as process:
            os.close(far)
            printed = b""
            while True:
                try:
                    part = os.read(near, 4096)
                except OSError:  # the other end is closed
                    break
                if not part:
                    break
                printed += part
            code = process.wait(timeout=60)
        os.close(near)
        return code, printed.decode(), seen.read_text(encoding="utf-8") if seen.exists() else None

    def test_a_terminal_gets_a_pager_and_a_pipe_does_not(self):
        code, printed, seen = self.on_terminal("cat > {seen}", "queue", "--all")
        self.assertEqual(code, 0)
        self.assertEqual(printed, "")
        self.assertIn("doubt", seen)
        self.assertIn("\x1b[1m", seen)  # colours, as on the terminal itself
        _, printed, seen = self.on_terminal("cat > {seen}", "queue", "--all", "--no-pager", "--color", "never")
        self.assertIsNone(seen)
        self.assertIn("doubt", printed)
        self.assertNotIn("\x1b", printed)
        code, printed, _ = self.on_terminal("exit 1", "queue", "--all")
        self.assertIn(code, (0, -13))  # a pager that leaves early ends the command
        code, printed, seen = self.on_terminal("cat", "stats")
        self.assertIn("held", printed)

    def test_the_file_the_environment_and_the_flag_win_in_this_order(self):
        (pathlib.Path(self.folder.name) / ".config/sluice").mkdir(parents=True)
        (pathlib.Path(self.folder.name) / ".config/sluice/config").write_text("# mine\nserver = 127.0.0.1:1\nmoderator = ann\n",
                                                                           encoding="utf-8")
        ask = lambda environment, *flags: subprocess.run(  # noqa: E731
            [gate.SLUICE, *flags, "health"], env=environment, capture_output=True, text=True, check=False).returncode
        alone = {name: value for name, value in self.environment.items() if name != "SLUICE_SERVER"}
        self.assertEqual(ask(alone, "--timeout", "1"), 3)
        self.assertEqual(ask(self.environment), 0)
        self.assertEqual(ask(self.environment, "--server", "127.0.0.1:1", "--timeout", "1"), 3)


if __name__ == "__main__":
    unittest.main()
