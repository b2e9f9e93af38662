#include "service/ruleset/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>
#include <unordered_map>

namespace sluice::ruleset {
namespace {

YamlMark MarkOf(const YAML::Mark& mark) {
  if (mark.is_null() || mark.line < 0) return {};
  return {static_cast<uint32_t>(mark.line) + 1,
          static_cast<uint32_t>(mark.column) + 1};
}

}  // namespace

// Hears the parser's events of one document.
class YamlTree::Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::vector<Node>* nodes) : nodes_(*nodes) {}

  // Of the document; kNoRoot if it is empty.
  static constexpr uint32_t kNoRoot = UINT32_MAX;
  uint32_t root() const { return root_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(Kind::kNull, mark, anchor, "");
  }
  void OnAlias(const YAML::Mark&, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known != anchors_.end()) Attach(known->second);
  }
  void OnScalar(const YAML::Mark& mark, const std::string&,
                YAML::anchor_t anchor, const std::string& value) override {
    Add(Kind::kScalar, mark, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open_.push_back(Add(Kind::kSequence, mark, anchor, ""));
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open_.push_back(Add(Kind::kMap, mark, anchor, ""));
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  uint32_t Add(Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor,
               const std::string& scalar) {
    if (nodes_.size() >= kMaxNodes)
      throw YAML::ParserException(mark, "the file is too large");
    const auto index = static_cast<uint32_t>(nodes_.size());
    nodes_.push_back({kind, MarkOf(mark), scalar, {}});
    if (anchor != YAML::NullAnchor) anchors_[anchor] = index;
    Attach(index);
    return index;
  }

  void Attach(uint32_t index) {
    if (open_.empty()) {
      root_ = index;
    } else {
      nodes_[open_.back()].children.push_back(index);
    }
  }

  std::vector<Node>& nodes_;
  std::vector<uint32_t> open_;  // sequences and maps
  std::unordered_map<YAML::anchor_t, uint32_t> anchors_;
  uint32_t root_ = kNoRoot;
};

YamlTree::Problem YamlTree::Parse(const std::string& yaml) {
  try {
    std::istringstream stream(yaml);
    YAML::Parser parser(stream);
    while (true) {
      Builder builder(&nodes_);
      if (!parser.HandleNextDocument(builder)) return {};
      if (builder.root() == Builder::kNoRoot ||
          nodes_[builder.root()].kind == Kind::kNull)
        return {};
      documents_.push_back(builder.root());
    }
  } catch (const YAML::Exception& error) {
    return {error.msg, MarkOf(error.mark)};
  }
}

bool YamlNode::IsNull() const {
  return tree_->nodes_[index_].kind == YamlTree::Kind::kNull;
}
bool YamlNode::IsScalar() const {
  return tree_->nodes_[index_].kind == YamlTree::Kind::kScalar;
}
bool YamlNode::IsSequence() const {
  return tree_->nodes_[index_].kind == YamlTree::Kind::kSequence;
}
bool YamlNode::IsMap() const {
  return tree_->nodes_[index_].kind == YamlTree::Kind::kMap;
}
const std::string& YamlNode::Scalar() const {
  return tree_->nodes_[index_].scalar;
}
YamlMark YamlNode::Mark() const { return tree_->nodes_[index_].mark; }

size_t YamlNode::size() const {
  return tree_->nodes_[index_].children.size() / (IsMap() ? 2 : 1);
}
YamlNode YamlNode::element(size_t i) const {
  return {tree_, tree_->nodes_[index_].children[i]};
}
YamlNode YamlNode::key(size_t i) const {
  return {tree_, tree_->nodes_[index_].children[2 * i]};
}
YamlNode YamlNode::value(size_t i) const {
  return {tree_, tree_->nodes_[index_].children[2 * i + 1]};
}

}  // namespace sluice::ruleset
