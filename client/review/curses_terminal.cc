#include "client/review/curses_terminal.h"

#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>

#include "service/text/utf8.h"

// The last: it defines macros with common names.
#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <curses.h>

namespace sluice::client::review {
namespace {

constexpr int kEscapeMilliseconds = 25;

// Set by signals that ask the program to end.
volatile sig_atomic_t g_interrupted = 0;
// Of the terminal that is open, for the handler.
volatile int g_wake = -1;

void Interrupt(int) {
  g_interrupted = 1;
  if (g_wake >= 0) {
    const ssize_t written = write(g_wake, "!", 1);
    static_cast<void>(written);  // full: it wakes anyway
  }
}

void Handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(signal, &action, nullptr);
}

enum Pair : short { kGoodPair = 1, kDoubtfulPair, kBadPair, kLinkPair };

attr_t Attributes(Look look, bool colour) {
  const auto pair = [colour](Pair pair) {
    return colour ? COLOR_PAIR(pair) : attr_t{0};
  };
  switch (look) {
    case Look::kPlain:
      return A_NORMAL;
    case Look::kBold:
      return A_BOLD;
    case Look::kDim:
      return colour ? A_DIM : A_NORMAL;
    case Look::kGood:
      return pair(kGoodPair);
    case Look::kDoubtful:
      return pair(kDoubtfulPair);
    case Look::kBad:
      return pair(kBadPair) | A_BOLD;
    case Look::kMark:
      return pair(kBadPair) | A_BOLD | A_UNDERLINE;
    case Look::kLink:
      return colour ? pair(kLinkPair) : A_UNDERLINE;
    case Look::kBar:
    case Look::kSelected:
      return A_REVERSE;
  }
  return A_NORMAL;
}

std::wstring Wide(const std::string& tame) {
  std::wstring out;
  for (size_t at = 0; at < tame.size();) {
    const text::Decoded decoded = text::DecodeUtf8(tame, at);
    // Frames are tame; nothing that is not may reach a terminal all the same.
    out.push_back(CellWidth(decoded.code_point) < 0
                      ? L'?'
                      : static_cast<wchar_t>(decoded.code_point));
    at += decoded.size;
  }
  return out;
}

std::optional<Key> NamedKey(wint_t code) {
  switch (code) {
    case KEY_UP:
      return Key{Key::kUp};
    case KEY_DOWN:
      return Key{Key::kDown};
    case KEY_LEFT:
      return Key{Key::kLeft};
    case KEY_RIGHT:
      return Key{Key::kRight};
    case KEY_PPAGE:
      return Key{Key::kPageUp};
    case KEY_NPAGE:
      return Key{Key::kPageDown};
    case KEY_HOME:
      return Key{Key::kHome};
    case KEY_END:
      return Key{Key::kEnd};
    case KEY_ENTER:
      return Key{Key::kEnter};
    case KEY_BACKSPACE:
    case KEY_DC:
      return Key{Key::kBackspace};
    default:
      return std::nullopt;  // also KEY_RESIZE: the caller draws again
  }
}

std::optional<Key> CharacterKey(wint_t c) {
  switch (c) {
    case L'\r':
    case L'\n':
      return Key{Key::kEnter};
    case L'\t':
      return Key{Key::kTab};
    case 0x1B:
      return Key{Key::kEscape};
    case 0x7F:
    case 0x08:
      return Key{Key::kBackspace};
    default:
      return Key{Key::kCharacter, static_cast<char32_t>(c)};
  }
}

}  // namespace

CursesTerminal::CursesTerminal(bool colour) : colour_(colour) {
  if (pipe2(wake_, O_NONBLOCK | O_CLOEXEC) != 0) wake_[0] = wake_[1] = -1;
  g_wake = wake_[1];
  g_interrupted = 0;
  set_escdelay(kEscapeMilliseconds);
  initscr();
  cbreak();
  noecho();
  nonl();
  intrflush(stdscr, FALSE);
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  SetLooks();
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) Handle(signal, Interrupt);
}

CursesTerminal::~CursesTerminal() {
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) Handle(signal, SIG_DFL);
  g_wake = -1;
  endwin();
  for (int end : wake_) {
    if (end >= 0) close(end);
  }
}

void CursesTerminal::SetLooks() {
  colour_ = colour_ && has_colors();
  if (!colour_) return;
  start_color();
  use_default_colors();
  init_pair(kGoodPair, COLOR_GREEN, -1);
  init_pair(kDoubtfulPair, COLOR_YELLOW, -1);
  init_pair(kBadPair, COLOR_RED, -1);
  init_pair(kLinkPair, COLOR_CYAN, -1);
}

Surface CursesTerminal::surface() const {
  const std::string codeset = nl_langinfo(CODESET);
  return {std::max(1, getmaxx(stdscr)), std::max(1, getmaxy(stdscr)), colour_,
          codeset == "UTF-8"};
}

void CursesTerminal::Show(const Frame& frame) {
  werase(stdscr);
  for (size_t row = 0; row < frame.lines.size(); ++row) {
    if (wmove(stdscr, static_cast<int>(row), 0) == ERR) break;
    for (const Run& run : frame.lines[row]) {
      wattrset(stdscr, static_cast<int>(Attributes(run.look, colour_)));
      const std::wstring wide = Wide(run.text);
      waddnwstr(stdscr, wide.c_str(), static_cast<int>(wide.size()));
    }
  }
  wattrset(stdscr, static_cast<int>(A_NORMAL));
  curs_set(frame.cursor_row >= 0 ? 1 : 0);
  if (frame.cursor_row >= 0)
    wmove(stdscr, frame.cursor_row, frame.cursor_column);
  wrefresh(stdscr);
}

std::optional<Key> CursesTerminal::ReadKey() {
  wint_t c = 0;
  const int kind = wget_wch(stdscr, &c);
  if (kind == KEY_CODE_YES) return NamedKey(c);
  if (kind == OK) return CharacterKey(c);
  return std::nullopt;
}

std::optional<Key> CursesTerminal::Wait(int milliseconds) {
  if (g_interrupted != 0) {
    g_interrupted = 0;
    return Key{Key::kInterrupt};
  }
  if (const std::optional<Key> key = ReadKey()) return key;
  pollfd files[] = {{STDIN_FILENO, POLLIN, 0}, {wake_[0], POLLIN, 0}};
  poll(files, 2, milliseconds);
  char drained[64];
  while (read(wake_[0], drained, sizeof(drained)) > 0) {
  }
  if ((files[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
    return Key{Key::kInterrupt};
  if (g_interrupted != 0) {
    g_interrupted = 0;
    return Key{Key::kInterrupt};
  }
  return ReadKey();
}

void CursesTerminal::Wake() {
  const ssize_t written = write(wake_[1], ".", 1);
  static_cast<void>(written);  // full: it wakes anyway
}

std::string CursesTerminal::Page(const std::string& text) {
  const char* wanted = getenv("PAGER");
  const std::string pager =
      wanted == nullptr || *wanted == '\0' ? "less" : wanted;
  def_prog_mode();
  endwin();
  // less shows control characters unless told otherwise, and with LESSSECURE
  // opens no other file and runs no command.
  setenv("LESSSECURE", "1", 1);
  setenv("LESS", "R", 0);
  Handle(SIGINT, SIG_IGN);
  Handle(SIGPIPE, SIG_IGN);
  FILE* out = popen(pager.c_str(), "w");
  int status = -1;
  if (out != nullptr) {
    fwrite(text.data(), 1, text.size(), out);
    status = pclose(out);
  }
  Handle(SIGINT, Interrupt);
  Handle(SIGPIPE, SIG_DFL);
  reset_prog_mode();
  clearok(stdscr, TRUE);
  wrefresh(stdscr);
  return status == 0 ? "" : "the pager could not be run: " + pager;
}

}  // namespace sluice::client::review
