#pragma once

#include <cstddef>
#include <cstdint>
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
  };

  void Add(const Features& features, bool spam, double weight, int64_t micros);

  size_t size() const { return lessons_.size(); }
  const Lesson& operator[](size_t at) const { return lessons_[at]; }
  // Its features, into `out`, whose memory is used again.
  void Unpack(size_t at, Features* out) const;

 private:
  std::vector<Lesson> lessons_;
  std::vector<size_t> ends_;    // of each lesson's bytes
  std::vector<uint8_t> bytes_;  // group by group: count, then steps, as varints
};

// A model of all lessons: several passes over them, balanced, the newest
// weighing more, calibrated on the newest fifth as it was before it was
// learned. Deterministic.
Model Train(const Lessons& lessons);

}  // namespace sluice::classifier
