#!/usr/bin/env python3
"""Writes the table of HTML's named character references as a C++ header.

Python's standard library carries the list of the HTML Standard, so that the
project need not carry a copy of it.
"""

import html.entities
import sys


def octal(text):
    return "".join("\\%03o" % byte for byte in text.encode("utf-8"))


def main():
    names = sorted(html.entities.html5.items(), key=lambda e: e[0].encode())
    with open(sys.argv[1], "w", encoding="ascii") as out:
        out.write("#pragma once\n\n#include <string_view>\n\n")
        out.write("namespace sluice::markup {\n\n")
        out.write("struct NamedReference {\n  std::string_view name;\n"
                  "  std::string_view utf8;\n};\n\n")
        out.write("inline constexpr NamedReference kNamedReferences[] = {\n")
        for name, text in names:
            out.write('    {"%s", "%s"},\n' % (name, octal(text)))
        out.write("};\n\n}  // namespace sluice::markup\n")


if __name__ == "__main__":
    main()
