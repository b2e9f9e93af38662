#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "client/terminal.h"
#include "sluice/v1/moderation_service.pb.h"
#include "sluice/v1/review_service.pb.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice::client {

// What people read. Every text of a commenter goes through Visible.

// The verdict, the score against its thresholds, every reason with the matched
// words marked in the comment, what was removed, and the safe HTML.
std::string DecisionText(const v1::Comment& comment,
                         const v1::CheckCommentResponse& answer,
                         const Style& style);

// One line of the queue: id, state, age, score, author, the loudest reason, the
// beginning of the text.
std::string EntryLine(const v1::Entry& entry, int64_t now_seconds, size_t width,
                      const Style& style);

// An entry in full, with its history.
std::string EntryText(const v1::GetEntryResponse& response, int64_t now_seconds,
                      const Style& style);

// Every step of judging a comment.
std::string ExplanationText(const v1::Comment& comment,
                            const v1::ExplainCommentResponse& response,
                            const Style& style);

// One message as JSON, on one line or for people.
std::string Json(const google::protobuf::Message& message, bool one_line);

// By the system's clock, since 1970.
int64_t NowSeconds();

// `12,345`.
std::string Grouped(int64_t count);

// `3m`, `5h`, `12d`.
std::string Age(int64_t seconds);

// The last part of `sites/{site}/comments/{comment}`.
std::string ShortId(const std::string& name);

const char* VerdictWord(v1::Verdict verdict);
const char* StateWord(v1::State state);

}  // namespace sluice::client
