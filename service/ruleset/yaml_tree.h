#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::ruleset {

// Where something stands in a file, from 1; line 0: nowhere.
struct YamlMark {
  uint32_t line = 0;
  uint32_t column = 0;
};

class YamlTree;

// One node of a YamlTree, which must outlive it. Cheap to copy.
class YamlNode {
 public:
  YamlNode(const YamlTree* tree, uint32_t index) : tree_(tree), index_(index) {}

  bool IsNull() const;
  bool IsScalar() const;
  bool IsSequence() const;
  bool IsMap() const;
  // Empty for what is no scalar.
  const std::string& Scalar() const;
  YamlMark Mark() const;

  // Elements of a sequence; of a map, its pairs. 0 for others.
  size_t size() const;
  YamlNode element(size_t i) const;  // REQUIRES: IsSequence(), i < size()
  YamlNode key(size_t i) const;      // REQUIRES: IsMap(), i < size()
  YamlNode value(size_t i) const;

 private:
  const YamlTree* tree_;
  uint32_t index_;
};

// The documents of a YAML file as one array of nodes. yaml-cpp's own tree takes
// eight times the memory and three times the time of parsing, which 10,000
// rules with examples cannot afford.
//
// An alias stands for the node that it names: a node may have several parents,
// and itself among its children, so a reader must bound what it visits.
class YamlTree {
 public:
  struct Problem {
    std::string text;  // empty: there is none
    YamlMark mark;
  };

  // Reads the file. Call once; of no use after a problem. At most kMaxNodes.
  Problem Parse(const std::string& yaml);
  static constexpr size_t kMaxNodes = 1 << 20;

  // Up to the first that is empty.
  size_t documents() const { return documents_.size(); }
  // REQUIRES: i < documents()
  YamlNode document(size_t i) const { return {this, documents_[i]}; }

 private:
  friend class YamlNode;
  class Builder;
  enum class Kind : uint8_t { kNull, kScalar, kSequence, kMap };
  struct Node {
    Kind kind;
    YamlMark mark;
    std::string scalar;
    std::vector<uint32_t> children;  // of a map, keys and values by turns
  };

  std::vector<Node> nodes_;
  std::vector<uint32_t> documents_;
};

}  // namespace sluice::ruleset
