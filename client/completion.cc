#include "client/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

namespace sluice::client {
namespace {

// One command as a shell sees it.
struct Command {
  std::string path;  // `rules check`; empty: sluice itself
  std::string about;
  std::vector<const CLI::App*> below;
  std::vector<const CLI::Option*> flags;
  bool ids = false;    // takes comments by id
  bool files = false;  // takes files or folders
};

std::string LongName(const CLI::Option& option) {
  return option.get_lnames().empty() ? "" : option.get_lnames().front();
}

// `held|accepted` of a flag that takes one of few words; empty: any.
std::string Choices(const CLI::Option& option, char separator) {
  std::string type = option.get_type_name();
  type.erase(std::min(type.find(':'), type.size()));  // its check
  if (type.find('|') == std::string::npos) return "";
  for (char& c : type) {
    if (c == '|') c = separator;
  }
  return type;
}

bool TakesValue(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

Command Describe(const CLI::App& app, const std::string& path) {
  Command out;
  out.path = path;
  out.about = app.get_description();
  for (const CLI::App* child : app.get_subcommands({}))
    out.below.push_back(child);
  for (const CLI::Option* option : app.get_options()) {
    if (!LongName(*option).empty()) {
      out.flags.push_back(option);
      continue;
    }
    const std::string name = option->get_name(true);
    out.ids = out.ids || name == "id" || name == "ids";
    out.files = out.files || name == "file" || name == "folder";
  }
  return out;
}

// Every command, sluice itself first. Two levels is all there is.
std::vector<Command> Commands(const CLI::App& app) {
  std::vector<Command> out = {Describe(app, "")};
  for (const CLI::App* child : app.get_subcommands({})) {
    out.push_back(Describe(*child, child->get_name()));
    for (const CLI::App* grandchild : child->get_subcommands({})) {
      out.push_back(Describe(*grandchild,
                             child->get_name() + " " + grandchild->get_name()));
    }
  }
  return out;
}

std::string Quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// Held comments, asked of the server in at most a second; nothing without one.
constexpr const char* kIds =
    "sluice queue --json --timeout 1 2>/dev/null | sed -n "
    "'s|.*\"name\":\"sites/[^/]*/comments/\\([^\"]*\\)\",\"state.*|\\1|p'";

// Completes the word after a flag that takes one of few. `give` says how, with
// the words in place of its {}.
std::string Values(const std::vector<Command>& commands,
                   const std::string& before, const std::string& give) {
  std::string out = fmt::format("  case \"$at {}\" in\n", before);
  for (const Command& command : commands) {
    for (const CLI::Option* option : command.flags) {
      const std::string choices = Choices(*option, ' ');
      if (choices.empty()) continue;
      out += fmt::format(
          "    {}' --{}') {}; return ;;\n",
          command.path.empty() ? "*" : Quoted(" " + command.path),
          LongName(*option), fmt::format(fmt::runtime(give), choices));
    }
  }
  return out + "  esac\n";
}

std::string Bash(const std::vector<Command>& commands) {
  std::string out = fmt::format(
      "# bash completion for sluice: source it, or put it into\n"
      "# ~/.local/share/bash-completion/completions/sluice\n"
      "_sluice() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} at= words= ids= files= i\n"
      "  COMPREPLY=()\n");
  out +=
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    case \"$at ${COMP_WORDS[i]}\" in\n";
  for (const Command& command : commands) {
    if (!command.path.empty())
      out += fmt::format("      ' {0}') at=' {0}' ;;\n", command.path);
  }
  out +=
      "    esac\n"
      "  done\n";
  out += Values(commands, "${COMP_WORDS[COMP_CWORD-1]}",
                "COMPREPLY=($(compgen -W '{}' -- \"$word\"))");
  out += "  case $at in\n";
  std::string everywhere;
  for (const CLI::Option* option : commands.front().flags)
    everywhere += "--" + LongName(*option) + " ";
  for (const Command& command : commands) {
    std::string words;
    for (const CLI::App* child : command.below)
      words += child->get_name() + " ";
    if (!command.path.empty()) {
      for (const CLI::Option* option : command.flags)
        words += "--" + LongName(*option) + " ";
    }
    out += fmt::format("    '{}') words='{}'{}{} ;;\n",
                       command.path.empty() ? "" : " " + command.path, words,
                       command.ids ? " ids=1" : "",
                       command.files ? " files=1" : "");
  }
  out += fmt::format(
      "  esac\n"
      "  [[ $word == -* ]] && words+=' {}'\n"
      "  [[ -n $ids && $word != -* ]] && words+=\" $({})\"\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  [[ -n $files && $word != -* ]] && COMPREPLY+=($(compgen -f -- "
      "\"$word\"))\n"
      "}}\n"
      "complete -o filenames -F _sluice sluice\n",
      everywhere, kIds);
  return out;
}

std::string ZshWords(const Command& command) {
  std::string out;
  for (const CLI::App* child : command.below)
    out += "      " +
           Quoted(child->get_name() + ":" + child->get_description()) + "\n";
  for (const CLI::Option* option : command.flags)
    out += "      " +
           Quoted("--" + LongName(*option) + ":" + option->get_description()) +
           "\n";
  return out;
}

std::string Zsh(const std::vector<Command>& commands) {
  std::string out =
      "#compdef sluice\n"
      "# zsh completion for sluice: put it as _sluice into a folder of $fpath\n"
      "_sluice() {\n"
      "  local at= ids= files= word i\n"
      "  local -a list everywhere\n";
  out +=
      "  for ((i = 2; i < CURRENT; ++i)); do\n"
      "    case \"$at ${words[i]}\" in\n";
  for (const Command& command : commands) {
    if (!command.path.empty())
      out += fmt::format("      ' {0}') at=' {0}' ;;\n", command.path);
  }
  out += "    esac\n  done\n";
  out += Values(commands, "${words[CURRENT-1]}", "compadd -- {}");
  out += "  everywhere=(\n" + ZshWords(commands.front());
  out += "  )\n  case $at in\n";
  for (const Command& command : commands) {
    out += fmt::format("    '{}') list=(\n{}      ){}{} ;;\n",
                       command.path.empty() ? "" : " " + command.path,
                       ZshWords(command), command.ids ? "; ids=1" : "",
                       command.files ? "; files=1" : "");
  }
  out += fmt::format(
      "  esac\n"
      "  [[ ${{words[CURRENT]}} == -* && -n $at ]] && "
      "list+=(${{(M)everywhere:#--*}})\n"
      "  [[ ${{words[CURRENT]}} == -* ]] && list=(${{(M)list:#--*}}) || "
      "list=(${{list:#--*}})\n"
      "  (( $#list )) && _describe sluice list\n"
      "  [[ -n $ids && ${{words[CURRENT]}} != -* ]] && compadd -- $({})\n"
      "  [[ -n $files && ${{words[CURRENT]}} != -* ]] && _files\n"
      "  return 0\n"
      "}}\n"
      "if [[ $funcstack[1] == _sluice ]]; then _sluice \"$@\"; else compdef "
      "_sluice sluice; fi\n",
      kIds);
  return out;
}

std::string FishCondition(const Command& command) {
  if (command.path.empty()) return "__fish_use_subcommand";
  const size_t space = command.path.find(' ');
  if (space == std::string::npos)
    return "__fish_seen_subcommand_from " + command.path;
  return fmt::format(
      "__fish_seen_subcommand_from {}; and __fish_seen_subcommand_from {}",
      command.path.substr(0, space), command.path.substr(space + 1));
}

std::string Fish(const std::vector<Command>& commands) {
  std::string out = fmt::format(
      "# fish completion for sluice: put it into\n"
      "# ~/.config/fish/completions/sluice.fish\n"
      "function __sluice_ids\n  {}\nend\n"
      "complete -c sluice -f\n",
      kIds);
  for (const Command& command : commands) {
    const std::string condition = FishCondition(command);
    std::string children;
    for (const CLI::App* child : command.below)
      children += " " + child->get_name();
    for (const CLI::App* child : command.below) {
      out += fmt::format(
          "complete -c sluice -n {} -a {} -d {}\n",
          Quoted(command.path.empty()
                     ? condition
                     : fmt::format("{}; and not __fish_seen_subcommand_from{}",
                                   condition, children)),
          child->get_name(), Quoted(child->get_description()));
    }
    for (const CLI::Option* option : command.flags) {
      const std::string choices = Choices(*option, ' ');
      out += fmt::format("complete -c sluice{} -l {}{}{} -d {}\n",
                         command.path.empty() ? "" : " -n " + Quoted(condition),
                         LongName(*option), TakesValue(*option) ? " -r" : "",
                         choices.empty() ? "" : " -a " + Quoted(choices),
                         Quoted(option->get_description()));
    }
    if (command.ids)
      out += fmt::format("complete -c sluice -n {} -a '(__sluice_ids)'\n",
                         Quoted(condition));
    if (command.files)
      out += fmt::format("complete -c sluice -n {} -F\n", Quoted(condition));
  }
  return out;
}

}  // namespace

std::string CompletionScript(const CLI::App& app, const std::string& shell) {
  if (shell == "bash") return Bash(Commands(app));
  if (shell == "zsh") return Zsh(Commands(app));
  if (shell == "fish") return Fish(Commands(app));
  return "";
}

}  // namespace sluice::client
