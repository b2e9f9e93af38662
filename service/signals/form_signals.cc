#include "service/signals/form_signals.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "service/text/fold.h"
#include "service/text/utf8.h"

namespace sluice::signals {
namespace {

using Form = v1::FormSignals;

Form::Token TokenOf(const History& history, int64_t age, int64_t max_age) {
  switch (history.token.kind) {
    case TokenCheck::Kind::kNone:
      return history.past.tokens_issued ? Form::TOKEN_MISSING
                                        : Form::TOKEN_UNSPECIFIED;
    case TokenCheck::Kind::kForged:
      return Form::TOKEN_FORGED;
    case TokenCheck::Kind::kSigned:
      break;
  }
  if (age > max_age) return Form::TOKEN_EXPIRED;
  return history.past.token_replayed ? Form::TOKEN_REPLAYED : Form::TOKEN_VALID;
}

bool Answers(const QuizFacts& quiz, const std::string& answer) {
  return std::find(quiz.answers.begin(), quiz.answers.end(), answer) !=
         quiz.answers.end();
}

// A signed token says which question was shown. Without one, any of the site's
// may have been, and a form that nobody knows of may have shown none.
Form::Quiz QuizOf(const v1::FormSubmission& form, const History& history,
                  const FormFacts& facts) {
  if (facts.quizzes.empty()) return Form::QUIZ_UNSPECIFIED;
  const std::string answer = NormalAnswer(form.quiz_answer());
  if (history.token.kind == TokenCheck::Kind::kSigned) {
    const auto shown =
        std::find_if(facts.quizzes.begin(), facts.quizzes.end(),
                     [&history](const QuizFacts& quiz) {
                       return quiz.id == history.token.token.quiz;
                     });
    if (shown == facts.quizzes.end()) return Form::QUIZ_UNSPECIFIED;
    if (answer.empty()) return Form::QUIZ_MISSING;
    return Answers(*shown, answer) ? Form::QUIZ_RIGHT : Form::QUIZ_WRONG;
  }
  if (answer.empty()) {
    return history.past.tokens_issued ? Form::QUIZ_MISSING
                                      : Form::QUIZ_UNSPECIFIED;
  }
  const bool right = std::any_of(
      facts.quizzes.begin(), facts.quizzes.end(),
      [&answer](const QuizFacts& quiz) { return Answers(quiz, answer); });
  return right ? Form::QUIZ_RIGHT : Form::QUIZ_WRONG;
}

}  // namespace

std::string NormalAnswer(std::string_view answer) {
  const std::string folded = text::Fold(answer).text;
  std::string normal;
  for (size_t at = 0; at < folded.size();) {
    const text::Decoded decoded = text::DecodeUtf8(folded, at);
    const auto c = static_cast<UChar32>(decoded.code_point);
    if (u_isalnum(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0)
      normal.append(folded, at, decoded.size);
    at += decoded.size;
  }
  return normal.empty() ? folded : normal;
}

void ObserveForm(const v1::FormSubmission& form, const History& history,
                 const SiteFacts& site, Time sent, v1::FormSignals* out) {
  int64_t age = 0;
  if (history.token.kind == TokenCheck::Kind::kSigned) {
    age = std::chrono::duration_cast<std::chrono::seconds>(
              sent - history.token.token.issued)
              .count();
    out->set_seconds(std::max<int64_t>(0, age));
    out->set_uses(history.past.token_uses);
  }
  out->set_token(TokenOf(history, age, site.form.max_age_seconds));
  out->set_honeypot_filled(!form.honeypot().empty());
  out->set_quiz(QuizOf(form, history, site.form));
}

}  // namespace sluice::signals
