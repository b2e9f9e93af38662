#include "service/ruleset/cel/value.h"

#include <fmt/format.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "service/ruleset/cel/ops.h"
#include "service/ruleset/cel/time.h"

namespace sluice::ruleset::cel {
namespace {

constexpr size_t kBlockBytes = 4096;

// A map literal. Entries keep their order; `sorted_` finds keys in log n.
class SortedMap final : public Map {
 public:
  SortedMap(const Value* entries, const uint32_t* sorted, size_t pairs)
      : entries_(entries), sorted_(sorted), pairs_(pairs) {}
  size_t size() const override { return pairs_; }
  std::optional<Value> Find(const Value& key, Arena*) const override {
    const uint32_t* end = sorted_ + pairs_;
    const uint32_t* found = std::lower_bound(
        sorted_, end, key, [this](uint32_t index, const Value& wanted) {
          return CompareKeys(entries_[2 * index], wanted) < 0;
        });
    if (found == end || CompareKeys(entries_[2 * *found], key) != 0) {
      return std::nullopt;
    }
    return entries_[2 * *found + 1];
  }
  Value KeyAt(size_t index, Arena*) const override {
    return entries_[2 * index];
  }
  Value ValueAt(size_t index, Arena*) const override {
    return entries_[2 * index + 1];
  }

 private:
  const Value* entries_;  // keys and values in turn
  const uint32_t* sorted_;
  size_t pairs_;
};

}  // namespace

Value Value::Double(double value) {
  Value made;
  made.kind_ = Kind::kDouble;
  made.double_ = value;
  return made;
}

Value Value::Make(Kind kind, int64_t number) {
  Value made;
  made.kind_ = kind;
  made.number_ = number;
  return made;
}

Value Value::Make(Kind kind, std::string_view text) {
  Value made;
  made.kind_ = kind;
  made.extra_ = static_cast<uint32_t>(text.size());
  made.pointer_ = text.data();
  return made;
}

Value Value::Make(Kind kind, Instant instant) {
  Value made;
  made.kind_ = kind;
  made.extra_ = static_cast<uint32_t>(instant.nanos);
  made.number_ = instant.seconds;
  return made;
}

Value Value::Make(Kind kind, const void* pointer) {
  Value made;
  made.kind_ = kind;
  made.pointer_ = pointer;
  return made;
}

Arena::Arena() = default;

Arena::~Arena() { Reset(); }

void Arena::AddBlock(size_t at_least) {
  const size_t size = std::max(at_least, kBlockBytes);
  blocks_.emplace_back(std::make_unique<char[]>(size), size);
  block_ = blocks_.size() - 1;
  at_ = 0;
}

void* Arena::Allocate(size_t bytes) {
  constexpr size_t kAlign = alignof(std::max_align_t);
  bytes = (bytes + kAlign - 1) / kAlign * kAlign;
  if (blocks_.empty() || at_ + bytes > blocks_[block_].second) AddBlock(bytes);
  void* made = blocks_[block_].first.get() + at_;
  at_ += bytes;
  used_ += bytes;
  return made;
}

std::string_view Arena::Copy(std::string_view text) {
  if (text.empty()) return "";
  char* made = static_cast<char*>(Allocate(text.size()));
  std::memcpy(made, text.data(), text.size());
  return {made, text.size()};
}

Value Arena::Error(std::string message) { return Value::Error(Copy(message)); }

google::protobuf::Message* Arena::Keep(
    std::unique_ptr<google::protobuf::Message> message) {
  used_ += message->SpaceUsedLong();
  return messages_.emplace_back(std::move(message)).get();
}

void Arena::Reset() {
  for (auto& [object, destroy] : cleanups_) destroy(object);
  cleanups_.clear();
  messages_.clear();
  if (blocks_.size() > 1) blocks_.resize(1);
  block_ = 0;
  at_ = 0;
  used_ = 0;
}

Value NewList(const Value* values, size_t size, Arena* arena) {
  auto* copy = static_cast<Value*>(arena->Allocate(size * sizeof(Value)));
  std::copy(values, values + size, copy);
  return Value::OfList(arena->New<ValueList>(copy, size));
}

Value NewMap(const Value* entries, size_t pairs, Arena* arena) {
  auto* copy = static_cast<Value*>(arena->Allocate(2 * pairs * sizeof(Value)));
  std::copy(entries, entries + 2 * pairs, copy);
  auto* sorted =
      static_cast<uint32_t*>(arena->Allocate(pairs * sizeof(uint32_t)));
  for (size_t i = 0; i < pairs; ++i) {
    sorted[i] = static_cast<uint32_t>(i);
    if (!IsKey(copy[2 * i])) {
      return Value::Error("a key of a map is bool, int, uint or string");
    }
  }
  std::sort(sorted, sorted + pairs, [copy](uint32_t a, uint32_t b) {
    return CompareKeys(copy[2 * a], copy[2 * b]) < 0;
  });
  for (size_t i = 1; i < pairs; ++i) {
    if (CompareKeys(copy[2 * sorted[i - 1]], copy[2 * sorted[i]]) == 0) {
      return arena->Error(fmt::format("the key {} is there twice",
                                      DebugString(copy[2 * sorted[i]])));
    }
  }
  return Value::OfMap(arena->New<SortedMap>(copy, sorted, pairs));
}

namespace {

std::string ScalarText(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return value.bool_value() ? "true" : "false";
    case Kind::kInt:
      return fmt::format("{}", value.int_value());
    case Kind::kUint:
      return fmt::format("{}u", value.uint_value());
    case Kind::kDouble:
      return fmt::format("{}", value.double_value());
    case Kind::kString:
      return fmt::format("\"{}\"", value.text());
    case Kind::kBytes:
      return fmt::format("bytes of length {}", value.text().size());
    case Kind::kTimestamp:
      return FormatTimestamp(value.instant());
    case Kind::kDuration:
      return FormatDuration(value.instant());
    case Kind::kType:
      return std::string(value.text());
    case Kind::kError:
      return fmt::format("error: {}", value.text());
    case Kind::kList:
      return fmt::format("list of {}", value.list().size());
    case Kind::kMap:
      return fmt::format("map of {}", value.map().size());
    case Kind::kMessage:
      return value.message().GetDescriptor()->full_name();
    case Kind::kObject:
      return value.object().type().name;
    default:
      return std::string(KindName(value.kind()));
  }
}

}  // namespace

std::string DebugString(const Value& value) {
  std::string text;
  if (value.is(Kind::kList) && value.list().size() <= 8) {
    Arena arena;
    text = "[";
    for (size_t i = 0; i < value.list().size(); ++i) {
      if (i > 0) text += ", ";
      text += ScalarText(value.list().At(i, &arena));
    }
    text += "]";
  } else {
    text = ScalarText(value);
  }
  if (text.size() <= kMaxDebugBytes) return text;
  size_t cut = kMaxDebugBytes;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) {
    --cut;
  }
  return text.substr(0, cut) + "...";
}

}  // namespace sluice::ruleset::cel
