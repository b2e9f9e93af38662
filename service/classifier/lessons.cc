#include "service/classifier/lessons.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sluice::classifier {
namespace {

constexpr int kPasses = 3;
// The rarer kind weighs more: by this power of how much rarer it is, up to
// kMaxRarity.
constexpr double kBalance = 0.25;
constexpr double kMaxRarity = 4;
constexpr double kOldest = 0.4;  // weight of the oldest lesson; the newest has 1

void PutVarint(uint32_t value, std::vector<uint8_t>* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<uint8_t>(value));
}

uint32_t GetVarint(const uint8_t** at) {
  uint32_t value = 0;
  for (int shift = 0;; shift += 7) {
    const uint8_t byte = *(*at)++;
    value |= static_cast<uint32_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

// A permutation that is the same everywhere.
void Shuffle(uint64_t seed, std::vector<uint32_t>* order) {
  uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
  for (size_t i = order->size(); i > 1; --i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    std::swap((*order)[i - 1], (*order)[state % i]);
  }
}

}  // namespace

void Lessons::Add(const Features& features, bool spam, double weight,
                  int64_t micros) {
  lessons_.push_back({spam, static_cast<float>(weight), micros});
  std::vector<uint32_t> sorted;
  for (size_t group = 0; group < kGroupCount; ++group) {
    const auto begin = features.indices.begin();
    sorted.assign(begin + static_cast<ptrdiff_t>(features.begin(group)),
                  begin + static_cast<ptrdiff_t>(features.ends[group]));
    std::sort(sorted.begin(), sorted.end());
    PutVarint(static_cast<uint32_t>(sorted.size()), &bytes_);
    uint32_t last = 0;
    for (uint32_t index : sorted) {
      PutVarint(index - last, &bytes_);
      last = index;
    }
  }
  ends_.push_back(bytes_.size());
}

void Lessons::Unpack(size_t at, Features* out) const {
  const uint8_t* from = bytes_.data() + (at == 0 ? 0 : ends_[at - 1]);
  out->indices.clear();
  for (size_t group = 0; group < kGroupCount; ++group) {
    const uint32_t count = GetVarint(&from);
    uint32_t last = 0;
    for (uint32_t i = 0; i < count; ++i) {
      last += GetVarint(&from);
      out->indices.push_back(last);
    }
    out->ends[group] = static_cast<uint32_t>(out->indices.size());
  }
}

Model Train(const Lessons& lessons) {
  Model model;
  const size_t count = lessons.size();
  double spam = 0, good = 0;
  for (size_t i = 0; i < count; ++i)
    (lessons[i].spam ? spam : good) += lessons[i].weight;
  const double larger = std::max(spam, good);
  const auto weight_of = [&](size_t i) {
    const Lessons::Lesson& lesson = lessons[i];
    const double rarity = std::pow(
        larger / std::max(1.0, lesson.spam ? spam : good), kBalance);
    const double age = 1 - static_cast<double>(i) / static_cast<double>(count);
    return lesson.weight * std::min(rarity, kMaxRarity) * (1 - (1 - kOldest) * age);
  };
  const size_t older = count - count / 5;
  std::vector<uint32_t> order(older);
  std::iota(order.begin(), order.end(), 0);
  Features features;
  for (int pass = 0; pass < kPasses; ++pass) {
    Shuffle(static_cast<uint64_t>(pass) + 1, &order);
    for (uint32_t i : order) {
      lessons.Unpack(i, &features);
      model.Rehearse(features, lessons[i].spam, weight_of(i));
    }
  }
  for (size_t i = older; i < count; ++i) {
    lessons.Unpack(i, &features);
    model.mutable_past()->Add({static_cast<float>(model.Judge(features).raw),
                               lessons[i].spam, lessons[i].weight});
    model.Rehearse(features, lessons[i].spam, weight_of(i));
  }
  order.resize(count - older);
  std::iota(order.begin(), order.end(), static_cast<uint32_t>(older));
  for (int pass = 1; pass < kPasses; ++pass) {
    Shuffle(static_cast<uint64_t>(pass) + 1, &order);
    for (uint32_t i : order) {
      lessons.Unpack(i, &features);
      model.Rehearse(features, lessons[i].spam, weight_of(i));
    }
  }
  uint64_t spam_count = 0;
  for (size_t i = 0; i < count; ++i) spam_count += lessons[i].spam;
  model.SetSeen(spam_count, count - spam_count);
  model.mutable_past()->Fit();
  return model;
}

}  // namespace sluice::classifier
