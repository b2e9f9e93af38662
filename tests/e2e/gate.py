"""A sluiced in a folder of its own on a free port, and the built sluice run against it."""

import atexit
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLUICED = os.environ["SLUICED"]
SLUICE = os.environ["SLUICE"]
GOOGLEAPIS = "/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis"
DATA = pathlib.Path(os.environ.get("SLUICE_DATA", ROOT / "../shared/data"))
START_SECONDS = 60


class Server:
    """One sluiced. `with Server() as server:`; its folder outlives a restart."""

    def __init__(self, rules=None, config="", site="default"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-e2e-"))
        self.rules = pathlib.Path(rules or ROOT / "rules")
        self.config = config
        self.site = site
        self.process = None
        self.address = None
        self.log = self.folder / "log"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *flags, listen="127.0.0.1:0"):
        (self.folder / "sluice.yaml").write_text(self.config, encoding="utf-8")
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [SLUICED, "--config", str(self.folder / "sluice.yaml"), "--rules", str(self.rules),
                 "--listen", listen, *flags], stderr=log, stdout=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            for line in self.log.read_text(encoding="utf-8").splitlines(keepends=True):
                if "listening on " in line and line.endswith("\n"):
                    self.address = line.split("listening on ")[1].split()[0].split('"')[0]
                    return self
            time.sleep(0.02)
        raise AssertionError("sluiced did not start: " + self.log.read_text(encoding="utf-8"))

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=START_SECONDS)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def log_text(self):
        return self.log.read_text(encoding="utf-8")

    def sluice(self, *arguments, text=None):
        """Runs the command line; returns (exit code, output, errors)."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "USER": "tester"}
        done = subprocess.run([SLUICE, *arguments, "--server", self.address, "--site", self.site],
                              input=text, capture_output=True, text=True, env=environment, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def check(self, text, *flags):
        """Checks a comment; returns (exit code, response)."""
        code, out, err = self.sluice("check", "-", "--json", *flags, text=text)
        if code not in (0, 10, 11):
            raise AssertionError(err)
        return code, json.loads(out)


def wait_until(condition, seconds=60):
    """Waits for a condition, never for a time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come true in time")


_generated = None


def python_protos():
    """Python messages of the protos, generated once; the modules that tests use."""
    global _generated
    if _generated is not None:
        return _generated
    folder = tempfile.mkdtemp(prefix="sluice-protos-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    protos = sorted(str(path) for path in (ROOT / "proto/sluice/v1").glob("*.proto"))
    google_rpc = [f"{GOOGLEAPIS}/google/rpc/{name}.proto" for name in ("status", "error_details")]
    subprocess.run(["protoc", "-I", str(ROOT / "proto"), "-I", GOOGLEAPIS, f"--python_out={folder}", *protos,
                    *google_rpc], check=True)
    sys.path.insert(0, folder)
    import google

    google.__path__ = [*google.__path__, os.path.join(folder, "google")]  # google/rpc beside google/protobuf
    from google.rpc import error_details_pb2, status_pb2
    from sluice.v1 import (admin_service_pb2, decision_pb2, event_pb2, key_service_pb2, learning_service_pb2,
                           moderation_service_pb2, review_service_pb2, ruleset_service_pb2)

    class Modules:
        error_details = error_details_pb2
        status = status_pb2
        admin = admin_service_pb2
        decision = decision_pb2
        keys = key_service_pb2
        learning = learning_service_pb2
        event = event_pb2
        moderation = moderation_service_pb2
        review = review_service_pb2
        ruleset = ruleset_service_pb2

    _generated = Modules
    return _generated
