#include "service/ruleset/cel/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "service/ruleset/cel/literal.h"
#include "service/text/utf8.h"

namespace sluice::ruleset::cel {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool IsWord(char c) { return IsWordStart(c) || IsDigit(c); }
bool IsHexDigit(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr std::array<std::string_view, 17> kReservedWords = {
    "as",        "break",  "const",  "continue", "else", "for",
    "function",  "if",     "import", "let",      "loop", "package",
    "namespace", "return", "var",    "void",     "while"};

TokenKind WordKind(std::string_view word) {
  if (word == "true") return TokenKind::kTrue;
  if (word == "false") return TokenKind::kFalse;
  if (word == "null") return TokenKind::kNull;
  if (word == "in") return TokenKind::kIn;
  const bool reserved = std::find(kReservedWords.begin(), kReservedWords.end(),
                                  word) != kReservedWords.end();
  return reserved ? TokenKind::kReserved : TokenKind::kIdent;
}

class Lexer {
 public:
  Lexer(std::string_view source, Diagnostics* diagnostics)
      : source_(source), diagnostics_(diagnostics) {}

  std::vector<Token> Run() {
    for (SkipBlanks(); at_ < source_.size(); SkipBlanks()) Next();
    Begin(TokenKind::kEnd);
    return std::move(tokens_);
  }

 private:
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }

  void SkipBlanks() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
        ++at_;
      } else if (c == '/' && Peek(1) == '/') {
        at_ = std::min(source_.find_first_of("\r\n", at_), source_.size());
      } else {
        return;
      }
    }
  }

  Token& Begin(TokenKind kind) {
    Token& token = tokens_.emplace_back();
    token.kind = kind;
    token.begin = token.end = static_cast<uint32_t>(at_);
    return token;
  }

  void Report(size_t begin, size_t end, std::string message) {
    if (diagnostics_->size() >= kMaxDiagnostics) return;
    diagnostics_->push_back({static_cast<uint32_t>(begin),
                             static_cast<uint32_t>(end), std::move(message)});
  }

  void Next() {
    const char c = Peek();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) {
      Number();
    } else if (c == '"' || c == '\'') {
      Quoted(at_, false, false);
    } else if (IsWordStart(c)) {
      Word();
    } else if (c == '`') {
      QuotedIdent();
    } else {
      Punctuation();
    }
  }

  void Word() {
    const size_t begin = at_;
    while (IsWord(Peek())) ++at_;
    const std::string_view word = source_.substr(begin, at_ - begin);
    if ((Peek() == '"' || Peek() == '\'') && word.size() <= 2) {
      const bool bytes = word[0] == 'b' || word[0] == 'B';
      const char last = word.back();
      const bool raw = last == 'r' || last == 'R';
      if ((word.size() == 1 && (bytes || raw)) ||
          (word.size() == 2 && bytes && raw)) {
        Quoted(begin, bytes, raw);
        return;
      }
    }
    Token& token = tokens_.emplace_back();
    token.kind = WordKind(word);
    token.begin = static_cast<uint32_t>(begin);
    token.end = static_cast<uint32_t>(at_);
    token.text = word;
  }

  void QuotedIdent() {
    Token& token = Begin(TokenKind::kQuotedIdent);
    const size_t end = source_.find('`', at_ + 1);
    const std::string_view body = source_.substr(
        at_ + 1,
        end == std::string_view::npos ? std::string_view::npos : end - at_ - 1);
    const bool good =
        !body.empty() && std::all_of(body.begin(), body.end(), [](char c) {
          return IsWord(c) || c == '.' || c == '-' || c == '/' || c == ' ';
        });
    token.text = body;
    at_ = end == std::string_view::npos ? source_.size() : end + 1;
    token.end = static_cast<uint32_t>(at_);
    if (end == std::string_view::npos) {
      Report(token.begin, token.end, "this quoted name has no closing `");
    } else if (!good) {
      Report(
          token.begin, token.end,
          "a quoted name has letters, digits, '_', '.', '-', '/' and spaces");
    }
  }

  void Quoted(size_t begin, bool bytes, bool raw) {
    const char quote = Peek();
    const bool triple = Peek(1) == quote && Peek(2) == quote;
    const size_t open = triple ? 3 : 1;
    const size_t body = at_ + open;
    const size_t end = FindQuote(body, quote, triple, raw);
    Token token;
    token.kind = bytes ? TokenKind::kBytes : TokenKind::kString;
    token.begin = static_cast<uint32_t>(begin);
    if (end == std::string_view::npos) {
      at_ = triple
                ? source_.size()
                : std::min(source_.find_first_of("\r\n", body), source_.size());
      Report(begin, at_, "this text has no closing quote");
    } else {
      token.text = DecodeQuoted(source_.substr(body, end - body), bytes, raw,
                                static_cast<uint32_t>(body), diagnostics_);
      at_ = end + open;
    }
    token.end = static_cast<uint32_t>(at_);
    tokens_.push_back(std::move(token));
  }

  size_t FindQuote(size_t from, char quote, bool triple, bool raw) const {
    for (size_t i = from; i < source_.size(); ++i) {
      const char c = source_[i];
      if (c == '\\' && !raw) {
        ++i;
      } else if (!triple && (c == '\n' || c == '\r')) {
        return std::string_view::npos;
      } else if (c == quote &&
                 (!triple ||
                  (source_.substr(i + 1, 2).size() == 2 &&
                   source_[i + 1] == quote && source_[i + 2] == quote))) {
        return i;
      }
    }
    return std::string_view::npos;
  }

  void Number() {
    const size_t begin = at_;
    bool real = false;
    if (Peek() == '0' && (Peek(1) == 'x' || Peek(1) == 'X')) {
      at_ += 2;
      while (IsHexDigit(Peek())) ++at_;
    } else {
      while (IsDigit(Peek())) ++at_;
      if (Peek() == '.' && IsDigit(Peek(1))) {
        real = true;
        ++at_;
        while (IsDigit(Peek())) ++at_;
      }
      real = Exponent() || real;
    }
    const std::string_view text = source_.substr(begin, at_ - begin);
    if (real) {
      Real(begin, text);
    } else {
      Whole(begin, text);
    }
  }

  bool Exponent() {
    if (Peek() != 'e' && Peek() != 'E') return false;
    const size_t sign = Peek(1) == '+' || Peek(1) == '-' ? 1 : 0;
    if (!IsDigit(Peek(1 + sign))) return false;
    at_ += 1 + sign;
    while (IsDigit(Peek())) ++at_;
    return true;
  }

  void Real(size_t begin, std::string_view text) {
    Token token;
    token.kind = TokenKind::kDouble;
    token.begin = static_cast<uint32_t>(begin);
    token.end = static_cast<uint32_t>(at_);
    const std::string copy =
        text[0] == '.' ? "0" + std::string(text) : std::string(text);
    const auto parsed =
        std::from_chars(copy.data(), copy.data() + copy.size(), token.real);
    if (parsed.ec != std::errc()) {
      // Too small is zero, as everywhere; too large is no number.
      const bool small = text.find("e-") != std::string_view::npos ||
                         text.find("E-") != std::string_view::npos;
      if (!small) Report(begin, at_, "this number is too large for a double");
    }
    tokens_.push_back(std::move(token));
  }

  void Whole(size_t begin, std::string_view text) {
    Token token;
    token.begin = static_cast<uint32_t>(begin);
    const std::optional<uint64_t> number = ParseMagnitude(text);
    token.kind = TokenKind::kInt;
    if (Peek() == 'u' || Peek() == 'U') {
      token.kind = TokenKind::kUint;
      ++at_;
    }
    token.end = static_cast<uint32_t>(at_);
    if (number) {
      token.number = *number;
    } else {
      Report(begin, at_,
             text.size() <= 2 ? "this number has no digits"
                              : "this number does not fit into 64 bits");
    }
    tokens_.push_back(std::move(token));
  }

  void Punctuation() {
    constexpr std::string_view kTwo[] = {"&&", "||", "==", "!=", "<=", ">="};
    constexpr std::string_view kOne = "()[]{}.,:?+-*/%!<>";
    const std::string_view two = source_.substr(at_, 2);
    const bool is_two =
        std::find(std::begin(kTwo), std::end(kTwo), two) != std::end(kTwo);
    if (!is_two && kOne.find(Peek()) == std::string_view::npos) {
      Stray();
      return;
    }
    Token& token = Begin(TokenKind::kPunctuation);
    token.text = source_.substr(at_, is_two ? 2 : 1);
    at_ += token.text.size();
    token.end = static_cast<uint32_t>(at_);
  }

  // A character CEL has no use for. What people type instead of an operator is
  // read as that operator, so that one slip gives one message.
  void Stray() {
    const char c = Peek();
    const size_t size = text::DecodeUtf8(source_, at_).size;
    std::string_view meant;
    if (c == '=') meant = "==";
    if (c == '&') meant = "&&";
    if (c == '|') meant = "||";
    if (!meant.empty()) {
      Report(at_, at_ + 1,
             fmt::format("'{}' is not CEL; write '{}'", c, meant));
      Token& token = Begin(TokenKind::kPunctuation);
      token.text = meant;
      token.end = static_cast<uint32_t>(++at_);
      return;
    }
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    Report(at_, at_ + size,
           control ? fmt::format("unexpected control character {:#04x}",
                                 static_cast<unsigned>(c))
                   : fmt::format("unexpected character '{}'",
                                 source_.substr(at_, size)));
    at_ += size;
  }

  std::string_view source_;
  Diagnostics* diagnostics_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> Lex(std::string_view source, Diagnostics* diagnostics) {
  return Lexer(source, diagnostics).Run();
}

}  // namespace sluice::ruleset::cel
