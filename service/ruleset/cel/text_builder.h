#pragma once

#include <string>
#include <string_view>

#include "service/ruleset/cel/environment.h"
#include "service/ruleset/cel/value.h"

namespace sluice::ruleset::cel {

// Builds one text within kMaxTextBytes; what would go past it is dropped and
// the result is an error.
class TextBuilder {
 public:
  void Add(std::string_view text) {
    full_ = full_ || text_.size() + text.size() > kMaxTextBytes;
    if (!full_) text_ += text;
  }
  bool full() const { return full_; }

  Value Finish(CallContext& context) const {
    if (full_) return Value::Error("the text grows too long");
    context.ChargeBytes(text_.size());
    return Value::String(context.arena.Copy(text_));
  }

 private:
  std::string text_;
  bool full_ = false;
};

// "%d of %s" with the values of a list.
Value Format(std::string_view format, const List& values, CallContext& context);

}  // namespace sluice::ruleset::cel
