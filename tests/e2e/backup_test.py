"""Backup while serving, restore, and what is said of a damaged store."""

import pathlib
import subprocess
import threading
import unittest

import gate

CONFIG = "store:\n  sqlite: s.db\n"


def restore(server, file):
    done = subprocess.run(
        [gate.SLUICED, "--config", str(server.folder / "sluice.yaml"), "--restore", str(file)],
        capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def held(server):
    code, out, err = server.sluice("queue", "--all", "--json")
    assert code == 0, err
    return {line.split('"name":"')[1].split('"')[0] for line in out.splitlines()}


class Backup(unittest.TestCase):
    def test_while_serving_and_back_again(self):
        with gate.Server(config=CONFIG) as server:
            for number in range(20):
                self.assertEqual(server.check(f"sluice-test-hold {number}")[0], 10)
            before = held(server)
            stop = threading.Event()
            refused = []

            def checks():
                number = 100
                while not stop.is_set():
                    if server.check(f"sluice-test-hold {number}")[0] != 10:
                        refused.append(number)
                    number += 1

            thread = threading.Thread(target=checks)
            thread.start()
            file = server.folder / "backup.db"
            code, out, err = server.sluice("admin", "backup", str(file))
            stop.set()
            thread.join()
            self.assertEqual((code, refused), (0, []), out + err)
            self.assertIn("--restore", out)
            self.assertEqual(sorted(path.name for path in server.folder.glob("*backup*")), ["backup.db"])
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)
            self.assertGreaterEqual(len(held(server)), len(before))

            code, said = restore(server, file)
            self.assertEqual(code, 1, "a server has the store")
            self.assertIn("another sluiced has it open", said)
            server.check("sluice-test-hold the last")
            last = held(server)
            server.stop()
            code, said = restore(server, file)
            self.assertEqual(code, 0, said)
            self.assertEqual(len(list(server.folder.glob("s.db.before-*"))), 1)
            server.start()
            after = held(server)
            self.assertLessEqual(before, after)
            self.assertLess(after, last)

    def test_a_file_that_cannot_be_written(self):
        with gate.Server(config=CONFIG) as server:
            code, _, err = server.sluice("admin", "backup", "/no/such/folder/b.db")
            self.assertNotEqual(code, 0)
            self.assertIn("/no/such/folder/b.db.part cannot be made", err)

    def test_damage_after_a_kill_is_said_and_healed(self):
        with gate.Server(config=CONFIG) as server:
            for number in range(60):
                server.check(f"sluice-test-hold {number} " + "many words " * 60)
            file = server.folder / "backup.db"
            self.assertEqual(server.sluice("admin", "backup", str(file))[0], 0)
            kept = held(server)
            server.stop()
            server.start()
            server.kill()
            store = server.folder / "s.db"
            data = bytearray(store.read_bytes())
            data[8192:24576] = b"\xa5" * 16384
            store.write_bytes(data)
            done = subprocess.run([gate.SLUICED, "--config", str(server.folder / "sluice.yaml"), "--rules",
                                   str(server.rules), "--listen", "127.0.0.1:0"], capture_output=True, text=True,
                                  timeout=60, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("the file is damaged", done.stderr)
            self.assertIn("sluiced --restore FILE", done.stderr)
            code, said = restore(server, file)
            self.assertEqual(code, 0, said)
            server.start()
            self.assertEqual(held(server), kept)

    def test_what_is_no_backup_is_refused(self):
        with gate.Server(config=CONFIG) as server:
            server.check("sluice-test-hold")
            server.stop()
            notes = pathlib.Path(server.folder / "notes.txt")
            notes.write_text("These are notes, and a good many more than a header. " * 3, encoding="utf-8")
            code, said = restore(server, notes)
            self.assertEqual(code, 1)
            self.assertIn("the store stays as it is", said)
            server.start()
            self.assertEqual(len(held(server)), 1)


if __name__ == "__main__":
    unittest.main()
