#!/usr/bin/env python3
"""Checks one comment from Python, with Debian's python3-grpcio and protoc.

    client/examples/python/check.py 127.0.0.1:7711 "The text of a comment"
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import grpc

ROOT = pathlib.Path(__file__).resolve().parents[3]
GOOGLEAPIS = "/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis"


def generate(folder):
    """Makes Python messages of the protos; a real backend does this once, when it is built."""
    protos = sorted(str(path) for path in (ROOT / "proto/sluice/v1").glob("*.proto"))
    google = [os.path.join(GOOGLEAPIS, "google/rpc", name) for name in ("status.proto", "error_details.proto")]
    subprocess.run(["protoc", "-I", str(ROOT / "proto"), "-I", GOOGLEAPIS, f"--python_out={folder}", *protos, *google],
                   check=True)
    sys.path.insert(0, folder)
    import google

    google.__path__ = [*google.__path__, os.path.join(folder, "google")]  # google/rpc beside google/protobuf


def main():
    address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:7711"
    body = sys.argv[2] if len(sys.argv) > 2 else "Hello from Python"
    with tempfile.TemporaryDirectory() as folder:
        generate(folder)
        from sluice.v1 import decision_pb2, moderation_service_pb2 as api

        with grpc.insecure_channel(address) as channel:
            check = channel.unary_unary("/sluice.v1.ModerationService/CheckComment",
                                        request_serializer=api.CheckCommentRequest.SerializeToString,
                                        response_deserializer=api.CheckCommentResponse.FromString)
            request = api.CheckCommentRequest()
            request.comment.name = "sites/default"
            request.comment.body = body
            request.comment.author.name = "Ann"
            try:
                answer = check(request, timeout=5)
            except grpc.RpcError as error:
                sys.exit(f"{error.code().name}: {error.details()}")
        print(json.dumps({
            "verdict": decision_pb2.Verdict.Name(answer.decision.verdict),
            "reasons": [reason.id for reason in answer.decision.reasons],
            "html": answer.html,
        }))


if __name__ == "__main__":
    main()
