"""Debian's PostgreSQL for a test: a cluster in a temporary folder, on a socket there and a free loopback port, run by an
unprivileged user, gone with the test. It can be restarted, frozen, and its connections cut."""

import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SKIPPED = 77  # CTest's SKIP_RETURN_CODE, see CMakeLists.txt
START_SECONDS = 60


def programs():
    """The folder of initdb and postgres; None: not installed."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    def __init__(self, fsync=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-postgres-"))
        self.port = free_port()
        self.fsync = fsync
        self.process = None
        self.as_user = ["setpriv", "--pdeathsig=QUIT"]
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.as_user += ["--reuid=postgres", "--regid=postgres", "--init-groups"]
        subprocess.run([*self.as_user, str(programs() / "initdb"), f"--pgdata={self.folder}/data", "--username=sluice",
                        "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"],
                       check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.thaw()
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=START_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def connection(self):
        return f"host=127.0.0.1 port={self.port} user=sluice dbname=sluice"

    def start(self):
        with open(self.folder / "log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*self.as_user, str(programs() / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder),
                 "-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=60",
                 "-c", f"fsync={'on' if self.fsync else 'off'}"], stdout=log, stderr=log, cwd=self.folder)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            ready = subprocess.run([str(programs() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                                   check=False)
            if ready.returncode == 0:
                if not self.sql("SELECT 1 FROM pg_database WHERE datname = 'sluice'", "postgres"):
                    self.sql("CREATE DATABASE sluice", "postgres")
                return self
            time.sleep(0.02)
        raise AssertionError("PostgreSQL did not start: " + (self.folder / "log").read_text(encoding="utf-8"))

    def crash(self):
        """Ends it as an immediate shutdown does: without a checkpoint."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=START_SECONDS)

    def processes(self):
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True,
                                  check=False).stdout.split()
        return [self.process.pid, *map(int, children)]

    def freeze(self):
        for process in self.processes():
            os.kill(process, signal.SIGSTOP)

    def thaw(self):
        for process in self.processes():
            try:
                os.kill(process, signal.SIGCONT)
            except ProcessLookupError:
                pass

    def cut(self):
        """Ends every connection of a sluiced, wherever it is in its work."""
        self.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'sluiced'")

    def sql(self, statement, database="sluice"):
        """Its rows, as lines of fields between bars."""
        done = subprocess.run([str(programs() / "psql"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "sluice",
                               "-d", database, "-X", "-q", "-A", "-t", "-c", statement],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return done.stdout.split("\n")[:-1]
