#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "sluice/v1/event.pb.h"

namespace sluice::store {

inline constexpr size_t kMaxFilterBytes = 1000;
inline constexpr int kMaxFilterDepth = 16;  // of parentheses and NOTs

// What a filter is asked about.
struct FilterInput {
  const v1::Entry& entry;
  std::string_view campaign;  // what the queue groups it under, see CampaignOf
};

// What every entry that a filter matches has, so that a listing need not walk
// the others. Empty texts: nothing is known.
struct FilterBounds {
  uint32_t states = ~0u;                                       // bit 1 << State
  int64_t created_from = std::numeric_limits<int64_t>::min();  // microseconds
  int64_t created_to = std::numeric_limits<int64_t>::max();    // inclusive
  double score_from = -std::numeric_limits<double>::infinity();
  double score_to = std::numeric_limits<double>::infinity();  // inclusive
  std::string campaign;
  std::string author_id;
  std::string author_email;
  std::string author_name;
};

struct FilterNode;

// A filter of the queue, in AIP-160's grammar over the fields that
// review_service.proto lists. As there, OR binds tighter than AND, and words
// beside each other are ANDed. Immutable, so it may be used by several threads.
//
// `=` compares texts as they are, e-mails, hosts and languages without regard
// to case; `:` looks for a part of a text. Case is that of ASCII, Latin-1,
// Greek and Cyrillic letters. The rendered text is the safe HTML without its
// tags.
class Filter {
 public:
  // `now` is what durations count back from. INVALID_ARGUMENT, with the column
  // (in bytes, from 1), for what is no filter. An empty text matches all.
  static absl::StatusOr<std::shared_ptr<const Filter>> Parse(
      std::string_view text, Time now);
  ~Filter();

  bool Matches(const FilterInput& input) const;

  const std::string& text() const { return text_; }
  const FilterBounds& bounds() const { return bounds_; }
  // Whether it says anything of `state`.
  bool names_state() const { return names_state_; }
  bool matches_all() const { return nodes_.empty(); }

 private:
  Filter();

  std::string text_;
  int64_t now_ = 0;
  std::vector<FilterNode> nodes_;  // children before parents; the last is all
  FilterBounds bounds_;
  bool names_state_ = false;
};

}  // namespace sluice::store
