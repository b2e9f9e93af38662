#include "service/signals/card_numbers.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sluice::signals {
namespace {

constexpr size_t kMinDigits = 13;
constexpr size_t kMaxDigits = 19;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The digits of one number, of which more than kMaxDigits are only counted.
class Digits {
 public:
  void Add(char c) {
    if (size_ < kMaxDigits) digits_[size_] = c - '0';
    ++size_;
  }

  bool IsCardNumber() const {
    return size_ >= kMinDigits && size_ <= kMaxDigits && HasIssuer() &&
           !IsOneDigit() && HasCheckDigit();
  }

 private:
  bool HasIssuer() const {
    if (digits_[0] >= 3 && digits_[0] <= 6) return true;
    int first = 0;
    for (size_t i = 0; i < 4; ++i) first = first * 10 + digits_[i];
    return first >= 2221 && first <= 2720;
  }

  bool IsOneDigit() const {
    const auto end = digits_.begin() + static_cast<ptrdiff_t>(size_);
    return std::all_of(digits_.begin(), end,
                       [this](int digit) { return digit == digits_[0]; });
  }

  // Every second digit from the right, the check digit not among them, counts
  // twice, as the sum of its product's digits.
  bool HasCheckDigit() const {
    int sum = 0;
    for (size_t i = 0; i < size_; ++i) {
      const bool doubled = (size_ - i) % 2 == 0;
      const int value = digits_[i] * (doubled ? 2 : 1);
      sum += value > 9 ? value - 9 : value;
    }
    return sum % 10 == 0;
  }

  std::array<int, kMaxDigits> digits_{};
  size_t size_ = 0;
};

}  // namespace

int32_t CountCardNumbers(std::string_view text) {
  int32_t count = 0;
  for (size_t at = 0; at < text.size();) {
    if (!IsDigit(text[at])) {
      ++at;
      continue;
    }
    Digits number;
    for (;;) {
      while (at < text.size() && IsDigit(text[at])) number.Add(text[at++]);
      const bool goes_on = at + 1 < text.size() &&
                           (text[at] == ' ' || text[at] == '-') &&
                           IsDigit(text[at + 1]);
      if (!goes_on) break;
      ++at;
    }
    if (number.IsCardNumber()) ++count;
  }
  return count;
}

}  // namespace sluice::signals
