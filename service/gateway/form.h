#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sluice::gateway {

inline constexpr size_t kMaxFormFields = 1'000;

// The fields of a form, their values as bytes: what of them is text is the
// caller's to say (ToUtf8). Of a name that comes twice the first value counts,
// so that what is appended to a form changes nothing that stands in it.
class Form {
 public:
  Form() = default;
  explicit Form(std::vector<std::pair<std::string, std::string>> fields);

  // Empty if there is no such field.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;

  // Sorted by name.
  const std::vector<std::pair<std::string, std::string>>& fields() const {
    return fields_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Reads a body of `application/x-www-form-urlencoded` or `multipart/form-data`;
// without a content type it is taken for the former. `+` is a space, and a `%`
// that is not followed by two hex digits stands for itself. Parts of a
// multipart body that are files are passed over. Errors: INVALID_ARGUMENT for
// another type, for more than kMaxFormFields fields and for a multipart body
// that is none. Linear; takes any bytes.
absl::StatusOr<Form> ParseForm(std::string_view content_type,
                               std::string_view body);

// `query` of a URL, or a body that is urlencoded.
absl::StatusOr<Form> ParseUrlEncoded(std::string_view body);

// Bytes of a form as UTF-8: well-formed UTF-8 as it is; else, where `charset`
// is one of Latin 1's names, as Windows reads that; else with U+FFFD for each
// byte that is not well-formed, so that a moderator sees that something was
// there.
std::string ToUtf8(std::string_view bytes, std::string_view charset);

}  // namespace sluice::gateway
