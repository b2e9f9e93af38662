#!/usr/bin/python3
"""Writes docs/openapi.json: the unary methods of the protos as Connect's door of HTTP answers them, in OpenAPI 3.1.

    docs/generate_openapi.py            write the file
    docs/generate_openapi.py --check    exit status 1 if it is out of date

Needs protoc, and Debian's python3-protobuf.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "docs/openapi.json"
GOOGLEAPIS = "/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis"
PACKAGE = "sluice.v1"
Field = descriptor_pb2.FieldDescriptorProto

# JSON of the scalar types, as Protocol Buffers' JSON mapping has it: 64 bits are strings.
SCALARS = {
    Field.TYPE_DOUBLE: {"type": "number", "format": "double"}, Field.TYPE_FLOAT: {"type": "number", "format": "float"},
    Field.TYPE_INT32: {"type": "integer", "format": "int32"}, Field.TYPE_UINT32: {"type": "integer", "minimum": 0},
    Field.TYPE_INT64: {"type": "string", "format": "int64"}, Field.TYPE_UINT64: {"type": "string", "format": "uint64"},
    Field.TYPE_BOOL: {"type": "boolean"}, Field.TYPE_STRING: {"type": "string"},
    Field.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
}
WELL_KNOWN = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?\d+(\.\d+)?s$"},
    "google.protobuf.Any": {"type": "object", "properties": {"@type": {"type": "string"}}, "additionalProperties": True},
    "google.protobuf.Struct": {"type": "object"},
    "google.protobuf.Value": {},
}


def descriptors():
    """The files of the package, with their comments by path."""
    protos = sorted(str(path) for path in (ROOT / "proto/sluice/v1").glob("*.proto"))
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", "-I", str(ROOT / "proto"), "-I", GOOGLEAPIS, "--include_imports", "--include_source_info",
                        f"--descriptor_set_out={out.name}", *protos], check=True)
        return descriptor_pb2.FileDescriptorSet.FromString(out.read()).file


class Writer:
    def __init__(self, files):
        self.types = {}  # full name -> (descriptor, path, comments)
        self.services = []
        self.schemas = {}
        for file in files:
            comments = {tuple(place.path): " ".join(place.leading_comments.split())
                        for place in file.source_code_info.location}
            self.collect(file.package, file.message_type, file.enum_type, (), comments)
            if file.package == PACKAGE:
                self.services += [(service, (6, i), comments) for i, service in enumerate(file.service)]

    def collect(self, scope, messages, enums, path, comments):
        message_field, enum_field = (4, 5) if not path else (3, 4)
        for i, enum in enumerate(enums):
            self.types[f"{scope}.{enum.name}"] = (enum, (*path, enum_field, i), comments)
        for i, message in enumerate(messages):
            name, place = f"{scope}.{message.name}", (*path, message_field, i)
            self.types[name] = (message, place, comments)
            self.collect(name, message.nested_type, message.enum_type, place, comments)

    def reference(self, name):
        name = name.lstrip(".")
        if name in WELL_KNOWN:
            return dict(WELL_KNOWN[name])
        if name not in self.schemas:
            self.schemas[name] = None  # before its fields: types may be in a circle
            self.schemas[name] = self.schema(name)
        return {"$ref": f"#/components/schemas/{name}"}

    def schema(self, name):
        kind, path, comments = self.types[name]
        out = {"description": comments.get(path, "")}
        if isinstance(kind, descriptor_pb2.EnumDescriptorProto):
            lines = [f"`{value.name}`: {comments.get((*path, 2, i), '')}" for i, value in enumerate(kind.value)]
            return {"description": "\n\n".join([out["description"], *lines]), "type": "string",
                    "enum": [value.name for value in kind.value]}
        properties = {}
        for i, field in enumerate(kind.field):
            properties[field.json_name] = {**self.field(field), "description": comments.get((*path, 2, i), "")}
        return {**out, "type": "object", "properties": properties, "additionalProperties": False}

    def field(self, field):
        if field.type in (Field.TYPE_MESSAGE, Field.TYPE_ENUM):
            kind = self.types.get(field.type_name.lstrip("."))
            if kind and field.type == Field.TYPE_MESSAGE and kind[0].options.map_entry:
                return {"type": "object", "additionalProperties": self.field(kind[0].field[1])}
            one = self.reference(field.type_name)
        else:
            one = dict(SCALARS[field.type])
        return {"type": "array", "items": one} if field.label == Field.LABEL_REPEATED else one

    def paths(self):
        out = {}
        for service, place, comments in sorted(self.services, key=lambda entry: entry[0].name):
            for i, method in enumerate(service.method):
                if method.client_streaming or method.server_streaming:
                    continue
                out[f"/{PACKAGE}.{service.name}/{method.name}"] = {"post": {
                    "operationId": f"{service.name}_{method.name}", "tags": [service.name],
                    "description": comments.get((*place, 2, i), ""),
                    "parameters": [{"$ref": "#/components/parameters/timeout"}],
                    "requestBody": {"required": True, "content": {
                        "application/json": {"schema": self.reference(method.input_type)}}},
                    "responses": {
                        "200": {"description": "It went well.", "content": {
                            "application/json": {"schema": self.reference(method.output_type)}}},
                        "default": {"$ref": "#/components/responses/error"}}}}
        return out

    def document(self):
        codes = ["canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "already_exists",
                 "permission_denied", "resource_exhausted", "failed_precondition", "aborted", "out_of_range",
                 "unimplemented", "internal", "unavailable", "data_loss", "unauthenticated"]
        paths = self.paths()
        error = {"description": "An error of Connect's protocol.", "type": "object", "required": ["code"], "properties": {
            "code": {"type": "string", "enum": codes}, "message": {"type": "string"},
            "details": {"type": "array", "items": {"type": "object", "properties": {
                "type": {"type": "string", "description": "Name of the message, as google.rpc.BadRequest."},
                "value": {"type": "string", "contentEncoding": "base64", "description": "The message, without padding."},
                "debug": {"type": "object", "description": "The message as JSON."}}}}}}
        return {
            "openapi": "3.1.0",
            "info": {"title": "Sluice", "version": "v1", "description":
                     "The unary methods by Connect's protocol. Made from the protos by docs/generate_openapi.py."},
            "servers": [{"url": "http://127.0.0.1:7712"}],
            "security": [{}, {"key": []}],
            "tags": [{"name": service.name, "description": comments.get(place, "")}
                     for service, place, comments in sorted(self.services, key=lambda entry: entry[0].name)],
            "paths": paths,
            "components": {
                "schemas": {**dict(sorted(self.schemas.items())), "connect.Error": error},
                "parameters": {"timeout": {"name": "Connect-Timeout-Ms", "in": "header", "schema": {
                    "type": "integer", "minimum": 0, "maximum": 9_999_999_999},
                    "description": "Milliseconds that the call may take."}},
                "responses": {"error": {"description": "It failed; the status of HTTP goes with the code.", "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/connect.Error"}}}}},
                "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}}}


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    text = json.dumps(Writer(descriptors()).document(), indent=1, ensure_ascii=False) + "\n"
    if not check:
        OUT.write_text(text, encoding="utf-8")
    elif not OUT.exists() or OUT.read_text(encoding="utf-8") != text:
        sys.exit("out of date: docs/openapi.json; run docs/generate_openapi.py")


if __name__ == "__main__":
    main()
