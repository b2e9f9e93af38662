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
constexpr double kOldest =
    0.4;  // weight of the oldest lesson; the newest has 1

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
  lessons_.push_back({spam, static_cast<float>(weight), micros, bytes_.size()});
  // In the order of their places they pack into a byte or two each.
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
}

void Lessons::Arrange(std::span<const size_t> order) {
  std::vector<Lesson> arranged;
  arranged.reserve(order.size());
  for (size_t at : order) arranged.push_back(lessons_[at]);
  lessons_.swap(arranged);
}

void Lessons::Unpack(size_t at, Features* out) const {
  const uint8_t* from = bytes_.data() + lessons_[at].begin;
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

namespace {

// What each lesson weighs among the others.
std::vector<float> WeightsOf(const Lessons& lessons) {
  double spam = 0, good = 0;
  for (size_t i = 0; i < lessons.size(); ++i)
    (lessons[i].spam ? spam : good) += lessons[i].weight;
  const auto rarity = [larger = std::max(spam, good)](double sum) {
    return std::min(std::pow(larger / std::max(1.0, sum), kBalance),
                    kMaxRarity);
  };
  const double of_spam = rarity(spam);
  const double of_good = rarity(good);
  std::vector<float> weights;
  for (size_t i = 0; i < lessons.size(); ++i) {
    const double newness =
        static_cast<double>(i + 1) / static_cast<double>(lessons.size());
    weights.push_back(static_cast<float>(lessons[i].weight *
                                         (lessons[i].spam ? of_spam : of_good) *
                                         (kOldest + (1 - kOldest) * newness)));
  }
  return weights;
}

// Goes over the lessons from `begin` to `end` in an order of its own.
void Rehearse(const Lessons& lessons, const std::vector<float>& weights,
              size_t begin, size_t end, uint64_t seed, Model* model) {
  std::vector<uint32_t> order(end - begin);
  std::iota(order.begin(), order.end(), static_cast<uint32_t>(begin));
  Shuffle(seed, &order);
  Features features;
  for (uint32_t i : order) {
    lessons.Unpack(i, &features);
    model->Rehearse(features, lessons[i].spam, weights[i]);
  }
}

Model LearnInOrder(const Lessons& lessons) {
  Model model;
  Features features;
  for (size_t i = 0; i < lessons.size(); ++i) {
    lessons.Unpack(i, &features);
    model.Learn(features, lessons[i].spam, lessons[i].weight);
  }
  return model;
}

}  // namespace

Model Train(const Lessons& lessons) {
  const size_t count = lessons.size();
  if (count < kMinTrained) return LearnInOrder(lessons);
  Model model;
  const std::vector<float> weights = WeightsOf(lessons);
  const size_t older = count - count / 5;
  for (int pass = 1; pass <= kPasses; ++pass)
    Rehearse(lessons, weights, 0, older, static_cast<uint64_t>(pass), &model);
  Features features;
  for (size_t i = older; i < count; ++i) {
    lessons.Unpack(i, &features);
    model.mutable_past()->Add({static_cast<float>(model.Judge(features).raw),
                               lessons[i].spam, lessons[i].weight});
    model.Rehearse(features, lessons[i].spam, weights[i]);
  }
  for (int pass = 2; pass <= kPasses; ++pass)
    Rehearse(lessons, weights, older, count, static_cast<uint64_t>(pass),
             &model);
  uint64_t spam = 0, good = 0;  // that a moderator decided
  for (size_t i = 0; i < count; ++i)
    (lessons[i].spam ? spam : good) += lessons[i].weight >= 1 ? 1 : 0;
  model.SetSeen(spam, good);
  model.mutable_past()->Fit();
  return model;
}

}  // namespace sluice::classifier
