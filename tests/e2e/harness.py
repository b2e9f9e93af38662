"""What every end-to-end test needs: the built programs, the protos as Python, a server in a folder of its own.

SLUICE_BUILD names the build folder, build/dev if unset. Needs Debian's python3-grpcio and python3-protobuf, and protoc.
"""

import atexit
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

import grpc

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("SLUICE_BUILD", ROOT / "build" / "dev")).resolve()
SLUICED = BUILD / "service" / "sluiced"
SLUICE = BUILD / "client" / "sluice"
DATA = pathlib.Path(os.environ.get("SLUICE_DATA", ROOT.parent / "shared" / "data"))
GOOGLEAPIS = pathlib.Path("/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis")
START_SECONDS = 60  # a sanitizer's build on a busy machine


def _generate_protos():
    out = tempfile.mkdtemp(prefix="sluice-protos-")
    atexit.register(shutil.rmtree, out, ignore_errors=True)
    protos = sorted(str(p.relative_to(ROOT / "proto")) for p in (ROOT / "proto" / "sluice" / "v1").glob("*.proto"))
    subprocess.run(
        ["protoc", "-I", ROOT / "proto", "-I", GOOGLEAPIS, f"--python_out={out}", *protos,
         "google/rpc/status.proto", "google/rpc/error_details.proto"], check=True)
    sys.path.insert(0, out)
    import google  # google/rpc lies beside the installed google/protobuf
    google.__path__ = [*google.__path__, os.path.join(out, "google")]


_generate_protos()

from google.rpc import error_details_pb2, status_pb2  # noqa: E402
from sluice.v1 import comment_pb2, config_pb2, decision_pb2, event_pb2  # noqa: E402,F401
from sluice.v1 import moderation_service_pb2, review_service_pb2, ruleset_service_pb2  # noqa: E402

SERVICES = {
    service.name: service
    for module in (moderation_service_pb2, review_service_pb2, ruleset_service_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
}


class Stub:
    """The unary methods of one service, as stub.CheckComment(request)."""

    def __init__(self, channel, service):
        for method in SERVICES[service].methods:
            setattr(self, method.name, self._call(channel, method))

    @staticmethod
    def _call(channel, method):
        call = channel.unary_unary(
            f"/{method.containing_service.full_name}/{method.name}",
            request_serializer=lambda message: message if isinstance(message, bytes) else message.SerializeToString(),
            response_deserializer=method.output_type._concrete_class.FromString)
        return lambda request, timeout=30: call(request, timeout=timeout)


class Client:
    """A client of all services, made from Debian's grpcio and the descriptors alone."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
        self.moderation = Stub(self.channel, "ModerationService")
        self.review = Stub(self.channel, "ReviewService")
        self.ruleset = Stub(self.channel, "RulesetService")

    def check(self, body, comment_id="", site="default", **fields):
        comment = comment_pb2.Comment(name=f"sites/{site}" + (f"/comments/{comment_id}" if comment_id else ""), body=body)
        for name, value in fields.items():
            if isinstance(value, dict):
                for key, part in value.items():
                    setattr(getattr(comment, name), key, part)
            else:
                setattr(comment, name, value)
        return self.moderation.CheckComment(moderation_service_pb2.CheckCommentRequest(comment=comment))

    def entry(self, comment_id, site="default"):
        name = f"sites/{site}/comments/{comment_id}"
        return self.review.GetEntry(review_service_pb2.GetEntryRequest(name=name))

    def close(self):
        self.channel.close()


def violations(error):
    """The fields that the BadRequest of a grpc.RpcError names."""
    details = dict(error.trailing_metadata()).get("grpc-status-details-bin", b"")
    fields = []
    for detail in status_pb2.Status.FromString(details).details:
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            fields += [violation.field for violation in bad.field_violations]
    return fields


class Server:
    """A sluiced on a free loopback port, in `folder`, with its log kept line by line."""

    def __init__(self, folder, config=None, rules=None, preexec=None):
        self.folder = pathlib.Path(folder)
        self.lines = []
        flags = ["--listen", "127.0.0.1:0"]
        if config is None:
            flags += ["--rules", rules or ROOT / "rules", "--sqlite", self.folder / "sluice.db"]
        else:
            (self.folder / "sluice.yaml").write_text(config, encoding="utf-8")
            flags += ["--config", self.folder / "sluice.yaml"]
            if rules is not False:
                flags += ["--rules", rules or ROOT / "rules"]
        self.process = subprocess.Popen([SLUICED, *flags], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, cwd=self.folder, preexec_fn=preexec)
        self._listening = threading.Event()
        self.address = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._listening.wait(START_SECONDS)
        if self.address is None:
            self.kill()
            raise AssertionError("sluiced did not start:\n" + "\n".join(self.lines))

    def _read(self):
        for raw in self.process.stderr:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            self.lines.append(line)
            found = re.search(r"listening on ([^\s\"]+:\d+)", line)
            if found and self.address is None:
                self.address = found.group(1)
                self._listening.set()
        self._listening.set()

    def log(self):
        return "\n".join(self.lines)

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self._reader.join(10)
        self.process.stderr.close()
        return code

    def kill(self):
        self.process.kill()
        self.process.wait(60)
        self._reader.join(10)
        self.process.stderr.close()


@contextlib.contextmanager
def serving(**options):
    """with serving() as (server, client): ..."""
    with tempfile.TemporaryDirectory(prefix="sluice-e2e-") as folder:
        server = Server(folder, **options)
        client = Client(server.address)
        try:
            yield server, client
        finally:
            client.close()
            if server.process.poll() is None:
                server.terminate()


def run_server(*flags, cwd=None, preexec=None):
    """Runs a sluiced that is expected to end by itself: (exit status, standard error)."""
    done = subprocess.run([SLUICED, *map(str, flags)], stdin=subprocess.DEVNULL, capture_output=True, cwd=cwd, timeout=60,
                          preexec_fn=preexec, check=False)
    return done.returncode, done.stderr.decode("utf-8", "replace")


def sluice(address, *arguments, stdin="", env=None):
    """Runs the command line: (exit status, standard output, standard error)."""
    server = ["--server", address] if address else []
    done = subprocess.run([SLUICE, *server, *map(str, arguments)], input=stdin.encode() if isinstance(stdin, str) else stdin,
                          capture_output=True, timeout=60, check=False,
                          env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **(env or {})})
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
