#include "client/man_page.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

namespace sluice::client {
namespace {

// Text as roff takes it: a backslash, and a dot or quote at a line's beginning,
// would be commands; a hyphen of a flag must stay one.
std::string Roff(const std::string& text) {
  std::string out;
  bool begins = true;
  for (const char c : text) {
    if (begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    begins = c == '\n';
  }
  return out;
}

std::string Upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return text;
}

std::string OptionText(const CLI::Option& option) {
  const bool flag = option.get_items_expected_max() == 0;
  std::string value;
  if (!flag) {
    value = option.get_type_name();
    value.erase(std::min(value.find(':'), value.size()));  // its check
  }
  const bool positional = option.get_lnames().empty();
  const std::string name =
      positional ? option.get_name(true) : option.get_name(false, true);
  return fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", Roff(name),
                     flag || positional ? "" : " \\fI" + Roff(value) + "\\fR",
                     Roff(option.get_description()));
}

std::string Options(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->check_lname("help")) out += OptionText(*option);
  }
  return out;
}

std::string Page(const CLI::App& app, const std::string& name,
                 const CLI::App& root) {
  const bool is_root = &app == &root;
  std::string command = name;
  for (char& c : command) c = c == '-' ? ' ' : c;
  std::string out = fmt::format(
      ".TH {} 1 \"\" \"sluice {}\" \"Sluice\"\n.SH NAME\n{} \\- {}\n"
      ".SH SYNOPSIS\n\\fB{}\\fR",
      Upper(Roff(name)), SLUICE_VERSION, Roff(name),
      Roff(app.get_description()), Roff(command));
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_lnames().empty())
      out += fmt::format(" \\fI{}\\fR", Roff(Upper(option->get_name(true))));
  }
  if (!app.get_subcommands({}).empty()) out += " \\fICOMMAND\\fR";
  out += " [\\fIOPTIONS\\fR]\n";
  if (!app.get_subcommands({}).empty()) {
    out += ".SH COMMANDS\n";
    for (const CLI::App* child : app.get_subcommands({})) {
      out += fmt::format(
          ".TP\n\\fB{}\\fR\n{}; see \\fB{}\\fR(1)\n", Roff(child->get_name()),
          Roff(child->get_description()), Roff(name + "-" + child->get_name()));
    }
  }
  if (const std::string options = Options(app); !options.empty())
    out += ".SH OPTIONS\n" + options;
  if (!is_root && !root.get_options().empty())
    out += ".SH OPTIONS OF ALL COMMANDS\n" + Options(root);
  if (!app.get_footer().empty()) {
    out += fmt::format(".SH {}\n.nf\n{}\n.fi\n", is_root ? "NOTES" : "EXAMPLES",
                       Roff(app.get_footer()));
  }
  if (!is_root)
    out += fmt::format(".SH NOTES\n.nf\n{}\n.fi\n", Roff(root.get_footer()));
  return out;
}

}  // namespace

std::vector<ManPage> ManPages(const CLI::App& app) {
  std::vector<ManPage> out = {{"sluice", Page(app, "sluice", app)}};
  for (const CLI::App* child : app.get_subcommands({})) {
    const std::string name = "sluice-" + child->get_name();
    out.push_back({name, Page(*child, name, app)});
    for (const CLI::App* grandchild : child->get_subcommands({})) {
      const std::string below = name + "-" + grandchild->get_name();
      out.push_back({below, Page(*grandchild, below, app)});
    }
  }
  return out;
}

}  // namespace sluice::client
