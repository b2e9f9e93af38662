#pragma once

#include <string>
#include <string_view>

#include "sluice/v1/comment.pb.h"

namespace sluice::replay {

// The part of a comment's text around `at`, some kExampleBytes long, without
// what identifies a person: e-mail addresses, @names, numbers of five digits
// and more, URLs, and the words of the author's name stand for others. On one
// line, without control characters.
std::string ExampleAround(std::string_view plain, size_t at,
                          const v1::Author& author);

inline constexpr size_t kExampleBytes = 120;

// The text in single quotes, as YAML takes anything printable.
std::string YamlQuoted(std::string_view text);

}  // namespace sluice::replay
