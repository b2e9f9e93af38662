#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "service/classifier/features.h"
#include "service/classifier/model.h"

namespace sluice::classifier {

// What people decided, packed: some 1.3 KB for a comment of 600 bytes. In the
// order of the decisions.
class Lessons {
 public:
  struct Lesson {
    bool spam = false;
    float weight = 1;
    int64_t micros = 0;  // when it was decided
    size_t begin = 0;    // of its bytes
  };

  void Add(const Features& features, bool spam, double weight, int64_t micros);

  // Puts them in this order, which names each at most once; forgets the others.
  void Arrange(std::span<const size_t> order);

  size_t size() const { return lessons_.size(); }
  const Lesson& operator[](size_t at) const { return lessons_[at]; }
  // Its features, into `out`, whose memory is used again.
  void Unpack(size_t at, Features* out) const;

 private:
  std::vector<Lesson> lessons_;
  std::vector<uint8_t> bytes_;  // group by group: count, then steps, as varints
};

// Fewer lessons than this are learned one by one in their order, as they were
// when they came: of so few none can be kept back to calibrate on.
inline constexpr size_t kMinTrained = 100;

// A model of all lessons: several passes over them, balanced, the newest
// weighing more, calibrated on the newest fifth as it was before it was
// learned. Deterministic.
Model Train(const Lessons& lessons);

}  // namespace sluice::classifier
