#!/usr/bin/env python3
"""The shape of the tree, held by a test: who may include whom, names, comments of the protos, what must not be written.

The rules are in docs/architecture.md; MAY_INCLUDE below is their one table. Every rule is also shown to fail, on a small
tree that breaks it.
"""

import pathlib
import re
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

STEPS = ["base", "text", "markup", "signals"]  # each may include those before it
# Folder of service/ -> folders it may include beside itself. "moderator" stands for the files of service/ itself that
# make the flow, "pb" for sluice/v1/*.pb.h.
MAY_INCLUDE = {
    "base": set(),
    "text": {"base"},
    "markup": {"base", "text"},
    "signals": {*STEPS, "pb"},
    "ruleset": {*STEPS, "pb"},
    "classifier": {*STEPS, "pb"},
    "history": {*STEPS, "pb"},
    "network": {"base", "pb"},
    "store": {"base", "pb"},
    "webhook": {"base", "store", "pb"},
    "access": {"base", "store", "pb"},
    "moderator": {*STEPS, "ruleset", "classifier", "history", "network", "store", "pb"},
    "replay": {*STEPS, "ruleset", "moderator", "store", "pb"},
    "rpc": {*STEPS, "ruleset", "classifier", "history", "network", "moderator", "store", "replay", "access",
            "pb", "grpc.pb"},
    "gateway": {"base", "text", "pb", "grpc.pb"},
    "main": {*STEPS, "ruleset", "classifier", "history", "network", "moderator", "store", "webhook", "access", "rpc",
             "gateway", "pb"},
}
# A header of a third party -> folders that may see it, headers included; `.cc` alone: only inside .cc files.
THIRD_PARTY = [
    (r"^(grpcpp|grpc)/", {"rpc", "gateway", "client"}, False),
    (r"^re2/", {"ruleset"}, True),
    (r"^yaml-cpp/", {"ruleset"}, True),
    (r"^unicode/", {"text", "markup", "signals", "ruleset", "client"}, True),
    (r"^sqlite3\.h$", {"store"}, False),
    (r"^libpq-fe\.h$", {"store"}, True),
    (r"^spdlog/", {"rpc"}, True),
    (r"^libpsl\.h$", {"signals"}, True),
    (r"^cld2/", {"signals"}, True),
    (r"^ares\.h$", {"network"}, True),
    (r"^maxminddb\.h$", {"network"}, True),
    (r"^curl/", {"webhook"}, True),
    (r"^prometheus/", {"rpc"}, True),
    (r"^(ncursesw/|ncurses|curses)", {"client"}, True),
    (r"^CLI/", {"moderator", "main", "client"}, True),
    (r"^boost/", {"gateway"}, True),
    (r"^zlib\.h$", {"gateway"}, True),
]
# Headers that only .cc files of their own folder include, and may therefore see what is for .cc files.
PRIVATE_HEADERS = {"service/ruleset/compiled_rules.h", "service/store/postgres_link.h"}
TOP_LEVEL = {
    "CMakeLists.txt", "CMakePresets.json", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", ".gitignore",
    ".clang-format", ".clang-tidy", ".ci", ".dockerignore", "proto", "service", "rules", "client", "tests", "deploy", "docs",
}
SOURCE = {".cc", ".h", ".py", ".mjs", ".proto", ".yaml", ".md", ".txt", ".json", ".cmake", ""}
SKIPPED_FOLDERS = {".git", "build", ".sluice", "node_modules", "__pycache__"}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|work|Users)/[\w.-]")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)


def files_of(root, *folders, suffixes):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            parts = path.relative_to(root).parts
            if path.is_file() and path.suffix in suffixes and not SKIPPED_FOLDERS & set(parts):
                yield path


def folder_of(root, path):
    """The row of MAY_INCLUDE that a file of service/ belongs to."""
    parts = path.relative_to(root / "service").parts
    if len(parts) > 1:
        return parts[0]
    return "main" if path.name == "main.cc" else "moderator"


def target_of(header):
    """The row that an included header belongs to; None for the outside world."""
    if header.startswith("sluice/v1/"):
        return "grpc.pb" if header.endswith(".grpc.pb.h") else "pb"
    parts = header.split("/")
    if parts[0] != "service":
        return None
    return parts[1] if len(parts) > 2 else "moderator"


def check_includes(root):
    for path in files_of(root, "service", "client", suffixes={".cc", ".h"}):
        name = path.relative_to(root)
        folder = folder_of(root, path) if name.parts[0] == "service" else "client"
        for header in INCLUDE.findall(path.read_text(encoding="utf-8")):
            target = target_of(header)
            if folder == "client":
                # Beside the protos: `sluice rules check` runs the server's own loader, and a terminal needs UTF-8.
                if target not in (None, "pb", "grpc.pb", "base", "text", "ruleset"):
                    yield f"{name}: client may not include {header}"
            elif folder not in MAY_INCLUDE:
                yield f"{name}: folder {folder} is not in the table"
            elif target not in (None, folder) and target not in MAY_INCLUDE[folder]:
                yield f"{name}: {folder} may not include {header}"
            if header in PRIVATE_HEADERS and (path.suffix == ".h" or path.parent != root / pathlib.Path(header).parent):
                yield f"{name}: {header} is for .cc files of its own folder"
            for pattern, allowed, only_cc in THIRD_PARTY:
                if not re.match(pattern, header):
                    continue
                if folder not in allowed:
                    yield f"{name}: {folder} may not include {header}"
                elif only_cc and path.suffix == ".h" and name.as_posix() not in PRIVATE_HEADERS:
                    yield f"{name}: {header} belongs into a .cc file"
            if header.startswith("../") or header.startswith("./"):
                yield f"{name}: {header} is not from the root"


def check_headers(root):
    for path in files_of(root, "service", "client", "tests", suffixes={".h"}):
        if "#pragma once" not in path.read_text(encoding="utf-8"):
            yield f"{path.relative_to(root)}: no #pragma once"


def check_names(root):
    for path in files_of(root, "service", "client", "proto", "tests", suffixes={".cc", ".h", ".py", ".proto"}):
        name = path.relative_to(root)
        if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", path.stem):
            yield f"{name}: is not snake_case"
        for folder, ending in (("unit", "_test"), ("bench", "_bench"), ("fuzz", "_fuzz")):
            inside = len(name.parts) > 2 and name.parts[:2] == ("tests", folder)
            alone = folder == "unit" or len(name.parts) == 3  # deeper folders of bench/ and fuzz/ are shared code
            if inside and alone and path.suffix == ".cc" and not path.stem.endswith(ending):
                yield f"{name}: a program of tests/{folder} ends in {ending}.cc"


def check_top_level(root):
    for path in sorted(root.iterdir()):
        if path.name not in TOP_LEVEL | SKIPPED_FOLDERS | {"compile_commands.json", ".cache"}:
            yield f"{path.name}: has no place at the top"


def check_paths(root):
    folders = [path.name for path in root.iterdir() if path.is_dir() and path.name not in SKIPPED_FOLDERS]
    paths = list(files_of(root, *folders, suffixes=SOURCE)) + [p for p in root.iterdir() if p.is_file()]
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE_PATH.search(line) and "layout_test.py" not in path.name:
                yield f"{path.relative_to(root)}:{number}: a path of one machine"


PROTO_ITEM = re.compile(
    r"^\s*(?:(?:message|enum|service|rpc|oneof)\s+\w+|extend\s+[\w.]+|(?:repeated\s+|optional\s+)?"
    r"(?:map<[^>]+>|[\w.]+)\s+\w+\s*=\s*\d+|[A-Z][A-Z0-9_]*\s*=\s*-?\d+)")


def check_proto_comments(root):
    for path in files_of(root, "proto", suffixes={".proto"}):
        above = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            code = line.split("//")[0]
            is_item = PROTO_ITEM.match(code) and not re.match(r"\s*(syntax|package|import|option|extend)\b", code)
            if is_item and not above.startswith("//"):
                yield f"{path.relative_to(root)}:{number}: no comment: {line.strip()}"
            above = line.strip()


CHECKS = [check_includes, check_headers, check_names, check_top_level, check_paths, check_proto_comments]


class Tree(unittest.TestCase):
    """The real tree keeps every rule."""


for _check in CHECKS:
    def _test(self, check=_check):
        self.assertEqual(list(check(ROOT)), [])
    setattr(Tree, "test_" + _check.__name__.removeprefix("check_"), _test)


class ChecksCanFail(unittest.TestCase):
    """Each rule finds what breaks it, and nothing in what does not."""

    def found(self, check, files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            return list(check(root))

    def assert_finds(self, check, part, name, text):
        found = self.found(check, {name: text})
        self.assertEqual(len(found), 1, found)
        self.assertIn(part, found[0])

    def test_upward_include(self):
        self.assert_finds(check_includes, "text may not include service/markup/tree.h", "service/text/a.cc",
                          '#include "service/markup/tree.h"\n')

    def test_protos_below_signals(self):
        self.assert_finds(check_includes, "markup may not include", "service/markup/a.cc",
                          '#include "sluice/v1/comment.pb.h"\n')

    def test_store_that_sees_rules(self):
        self.assert_finds(check_includes, "store may not include", "service/store/a.cc",
                          '#include "service/ruleset/ruleset.h"\n')

    def test_moderator_that_sees_rpc(self):
        self.assert_finds(check_includes, "moderator may not include", "service/moderator.cc",
                          '#include "service/rpc/call.h"\n')

    def test_client_that_sees_the_server(self):
        self.assert_finds(check_includes, "client may not include", "client/a.cc", '#include "service/store/store.h"\n')

    def test_grpc_outside_its_folders(self):
        self.assert_finds(check_includes, "store may not include grpcpp/", "service/store/a.cc",
                          "#include <grpcpp/grpcpp.h>\n")

    def test_regex_engine_in_a_header(self):
        self.assert_finds(check_includes, "belongs into a .cc file", "service/ruleset/a.h", "#include <re2/re2.h>\n")

    def test_private_header_seen_from_elsewhere(self):
        self.assert_finds(check_includes, "is for .cc files of its own folder", "service/moderator.cc",
                          '#include "service/ruleset/compiled_rules.h"\n')

    def test_folder_without_a_row(self):
        self.assert_finds(check_includes, "is not in the table", "service/extra/a.cc", "#include <string>\n")

    def test_relative_include(self):
        self.assert_finds(check_includes, "is not from the root", "service/text/a.cc", '#include "../base/clock.h"\n')

    def test_allowed_includes_are_silent(self):
        self.assertEqual(self.found(check_includes, {
            "service/markup/a.cc": '#include "service/text/fold.h"\n#include <unicode/uchar.h>\n',
            "service/main.cc": '#include "service/rpc/server.h"\n',
            "client/a.cc": '#include "sluice/v1/review_service.grpc.pb.h"\n#include <grpcpp/grpcpp.h>\n'}), [])

    def test_header_without_pragma_once(self):
        self.assert_finds(check_headers, "no #pragma once", "service/text/a.h", "int x;\n")

    def test_name_in_camel_case(self):
        self.assert_finds(check_names, "is not snake_case", "service/text/FoldText.cc", "")

    def test_unit_test_without_its_ending(self):
        self.assert_finds(check_names, "ends in _test.cc", "tests/unit/text/fold.cc", "")

    def test_stray_file_at_the_top(self):
        self.assert_finds(check_top_level, "has no place", "notes.txt", "")

    def test_path_of_a_machine(self):
        self.assert_finds(check_paths, "docs/a.md:2", "docs/a.md", "fine: /usr/share\nsee /ho" + "me/somebody/x\n")

    def test_field_without_a_comment(self):
        self.assert_finds(check_proto_comments, "no comment: string b = 2;", "proto/a.proto",
                          "// A.\nmessage A {\n  // B.\n  string a = 1;\n  string b = 2;\n}\n")

    def test_rpc_without_a_comment(self):
        self.assert_finds(check_proto_comments, "no comment: rpc Do", "proto/a.proto",
                          "// A.\nservice A {\n  rpc Do(A) returns (A);\n}\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
