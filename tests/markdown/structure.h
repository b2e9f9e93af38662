#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::markup_test {

// The structure of an HTML fragment as an HTML5 parser (gumbo) has it: one line
// an element or text, indented by depth. White space outside pre is collapsed,
// blank text dropped, every attribute but href left out, and of footnotes also
// that (`#fn:1` and our anchors name the same place differently).
std::string Structure(std::string_view html);

// Adds the names of the elements in it that are no HTML ("y" of `x<y and >`).
void UnknownElements(std::string_view html, std::set<std::string>* names);

// Adds the schemes of its URLs.
void Schemes(std::string_view html, std::vector<std::string>* schemes);

// Adds the names of all elements, for the figures by construct.
void Elements(std::string_view html, std::set<std::string>* names);

}  // namespace sluice::markup_test
