"""Encryption: certificates that are believed, required of callers, and exchanged while the server runs."""

import shutil
import subprocess
import tempfile
import pathlib
import unittest

import grpc

import gate

protos = gate.python_protos()
CALLER = "/sluice.v1.KeyService/GetCaller"


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                "-subj", f"/CN={name}", "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem"))

    def path(self):
        return str(self.folder / f"{self.name}.pem")

    def issue(self, name, days=30):
        """Returns (certificate, key), files for localhost."""
        cert, key, request = (self.folder / f"{name}.{suffix}" for suffix in ("pem", "key", "csr"))
        extensions = self.folder / "extensions"
        extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n", encoding="ascii")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                "-keyout", str(key), "-out", str(request))
        openssl("x509", "-req", "-in", str(request), "-CA", self.path(), "-CAkey", str(self.folder / f"{self.name}.key"),
                "-CAcreateserial", "-days", str(days), "-extfile", str(extensions), "-out", str(cert))
        return str(cert), str(key)


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed (deploy/install-packages --test)")
class Tls(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-tls-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.ca = Authority(self.folder, "ca")
        self.put(self.ca.issue("first"))

    def put(self, pair):
        """The files the server looks at, swapped as a renewal does."""
        for source, name in zip(pair, ("server.pem", "server.key")):
            shutil.copy(source, self.folder / (name + ".new"))
            (self.folder / (name + ".new")).rename(self.folder / name)

    def serve(self, more=""):
        server = gate.Server(config=f"tls:\n  cert_file: {self.folder}/server.pem\n  key_file: {self.folder}/server.key\n{more}")
        self.addCleanup(server.__exit__)
        return server

    def subject(self, server):
        """The common name of the certificate that a new connection gets."""
        # What it prints after the certificate is HTTP/2.
        done = subprocess.run(["openssl", "s_client", "-connect", server.address, "-alpn", "h2"], input="", timeout=60,
                              capture_output=True, text=True, errors="replace", check=False)
        return done.stdout.split("subject=CN = ")[1].split("\n")[0] if "subject=CN = " in done.stdout else None

    def test_calls_are_encrypted_and_the_server_is_believed_only_by_its_authority(self):
        with self.serve() as server:
            code, _, err = server.sluice("key", "whoami", "--tls-ca", self.ca.path())
            self.assertEqual(code, 0, err)
            stranger = Authority(self.folder, "stranger")
            for flags in (["--tls-ca", stranger.path()], ["--tls"], []):
                self.assertEqual(server.sluice("key", "whoami", "--timeout", "2", *flags)[0], 3, flags)
            status = server.sluice("admin", "status", "--tls-ca", self.ca.path())[1]
            self.assertIn("calls: encrypted", status)

    def test_a_caller_needs_a_certificate_where_one_is_asked_for(self):
        with self.serve(f"  client_ca_file: {self.ca.path()}\n") as server:
            trust = ["--tls-ca", self.ca.path()]
            self.assertEqual(server.sluice("key", "whoami", *trust, "--timeout", "2")[0], 3)
            cert, key = self.ca.issue("caller")
            code, _, err = server.sluice("key", "whoami", *trust, "--tls-cert", cert, "--tls-key", key)
            self.assertEqual(code, 0, err)
            cert, key = Authority(self.folder, "stranger").issue("intruder")
            self.assertEqual(server.sluice("key", "whoami", *trust, "--timeout", "2", "--tls-cert", cert, "--tls-key", key)[0], 3)

    def test_a_new_certificate_is_taken_while_calls_go_on_and_a_broken_one_is_not(self):
        with self.serve() as server:
            self.assertEqual(self.subject(server), "first")
            credentials = grpc.ssl_channel_credentials(pathlib.Path(self.ca.path()).read_bytes())
            channel = grpc.secure_channel(server.address, credentials)
            call = channel.unary_unary(CALLER, request_serializer=lambda m: m.SerializeToString(),
                                       response_deserializer=protos.keys.GetCallerResponse.FromString)
            call(protos.keys.GetCallerRequest(), timeout=30)
            self.put(self.ca.issue("second"))
            gate.wait_until(lambda: self.subject(server) == "second")
            call(protos.keys.GetCallerRequest(), timeout=30)
            # A certificate without its key: the server says so, and goes on with what it had.
            shutil.copy(self.ca.issue("third")[0], self.folder / "server.pem")
            gate.wait_until(lambda: "problem part=tls" in server.log_text())
            self.assertIn("problems: tls", server.sluice("health", "--tls-ca", self.ca.path())[1])
            self.assertEqual(self.subject(server), "second")
            self.put((str(self.folder / "third.pem"), str(self.folder / "third.key")))
            gate.wait_until(lambda: self.subject(server) == "third")
            gate.wait_until(lambda: "problem over" in server.log_text())

    def test_files_that_do_not_fit_stop_a_start(self):
        server = self.serve()
        for name, wrong in (("server.key", "is not the key of"), ("server.pem", "has no certificate")):
            self.put(self.ca.issue("own"))
            shutil.copy(self.ca.issue("other")[1], self.folder / name)
            with self.assertRaises(AssertionError) as caught:
                server.start()
            self.assertIn(wrong, str(caught.exception))

    def test_a_certificate_that_expires_soon_is_a_problem(self):
        self.put(self.ca.issue("short", days=3))
        with self.serve() as server:
            code, out, _ = server.sluice("admin", "status", "--tls-ca", self.ca.path())
            self.assertEqual(code, 0)
            self.assertIn("!  tls: the certificate expires in 2 days", out)

    def test_beyond_loopback_it_serves_once_there_is_a_key(self):
        server = self.serve()
        with self.assertRaises(AssertionError) as caught:
            server.start(listen="0.0.0.0:0")
        self.assertIn("no key of scope ADMIN", str(caught.exception))
        made = subprocess.run([gate.SLUICED, "key", "create", "--config", str(server.folder / "sluice.yaml"), "--scope",
                               "admin"], capture_output=True, text=True, timeout=60, check=True)
        server.start(listen="0.0.0.0:0")
        server.address = "127.0.0.1:" + server.address.rsplit(":", 1)[1]
        self.assertEqual(server.sluice("key", "whoami", "--tls-ca", self.ca.path())[0], 4)
        self.assertEqual(server.sluice("key", "whoami", "--tls-ca", self.ca.path(), "--key", made.stdout.strip())[0], 0)


if __name__ == "__main__":
    unittest.main()
