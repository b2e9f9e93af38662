#include "service/history/regulars.h"

#include <algorithm>
#include <cstring>

namespace sluice::history {
namespace {

// Forms that a regular's skeleton has, for the size of their table; regulars
// are few among authors.
constexpr size_t kFormsPerAuthor = 4;

// Not a hash that an outsider cannot aim at: keys are compared with names
// afterwards, so that a collision costs a look-up and tells nothing.
uint64_t HashForm(uint64_t site, std::string_view form) {
  return SpreadBits(KeyedHash({site, 1})(form)) | 1;
}

template <size_t kSize>
uint8_t Copy(std::string_view text, std::array<char, kSize>* out) {
  size_t size = std::min(text.size(), kSize);
  while (size > 0 && size < text.size() &&
         (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  std::memcpy(out->data(), text.data(), size);
  return static_cast<uint8_t>(size);
}

}  // namespace

Regulars::Regulars(size_t max_authors, uint32_t min_accepted)
    : min_accepted_(min_accepted),
      authors_(max_authors),
      forms_(max_authors * kFormsPerAuthor) {}

size_t Regulars::bytes() const { return authors_.bytes() + forms_.bytes(); }

uint64_t Regulars::Key(uint64_t site, std::string_view skeleton,
                       uint64_t identity) {
  if (skeleton.empty() || identity == 0) return 0;
  return KeyedHash({site, identity})(skeleton) | 1;
}

void Regulars::See(uint64_t key, uint64_t site, std::string_view name,
                   std::string_view skeleton, uint32_t seconds) {
  Author& author = authors_.Touch(key, seconds);
  author.site = site;
  author.name_size = Copy(name, &author.name);
  author.skeleton_size = Copy(skeleton, &author.skeleton);
}

void Regulars::Change(uint64_t key, int by, uint32_t seconds) {
  if (authors_.Find(key) == nullptr) return;
  Author& author = authors_.Touch(key, seconds);
  const bool was = author.accepted >= min_accepted_;
  if (by > 0 || author.accepted > 0)
    author.accepted += static_cast<uint32_t>(by);
  if (!was && author.accepted >= min_accepted_) Index(key, author, seconds);
}

// An entry stays when its author is no regular any more or was forgotten: Like
// asks the author.
void Regulars::Index(uint64_t key, const Author& author, uint32_t seconds) {
  const std::string_view skeleton(author.skeleton.data(), author.skeleton_size);
  for (const std::string& form : signals::NearForms(skeleton)) {
    Shared& shared = forms_.Touch(HashForm(author.site, form), seconds);
    if (std::find(shared.begin(), shared.end(), key) != shared.end()) continue;
    std::move_backward(shared.begin(), shared.end() - 1, shared.end());
    shared.front() = key;
  }
}

bool Regulars::IsRegular(uint64_t key) const {
  const Author* author = authors_.Find(key);
  return author != nullptr && author->accepted >= min_accepted_;
}

bool Regulars::HasAccepted(uint64_t key) const {
  const Author* author = authors_.Find(key);
  return author != nullptr && author->accepted > 0;
}

Regulars::Found Regulars::Like(uint64_t site, std::string_view skeleton,
                               uint64_t key) const {
  Found best;
  if (skeleton.empty()) return best;
  for (const std::string& form : signals::NearForms(skeleton)) {
    const Shared* shared = forms_.Find(HashForm(site, form));
    if (shared == nullptr) continue;
    for (uint64_t other : *shared) {
      if (other == 0 || other == key || !IsRegular(other)) continue;
      const Author& author = *authors_.Find(other);
      const signals::Likeness likeness = signals::LikenessOf(
          skeleton, {author.skeleton.data(), author.skeleton_size});
      if (author.site != site || likeness <= best.likeness) continue;
      best = {likeness, std::string(author.name.data(), author.name_size)};
    }
  }
  return best;
}

}  // namespace sluice::history
