#pragma once

#include <string>
#include <vector>

#include "sluice/v1/comment.pb.h"

namespace sluice::bench {

// Good comments of the labelled blogs under `folder`, in an order that mixes
// them, without texts that come twice; where the folder is absent, made ones of
// `made` and of some 700 bytes.
std::vector<v1::Comment> GoodComments(const std::string& folder, size_t made);

// Texts of 64 KiB that a parser would rather not see, with what they are.
struct Hostile {
  std::string name;
  std::string body;
};
std::vector<Hostile> HostileTexts();

}  // namespace sluice::bench
