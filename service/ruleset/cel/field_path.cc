#include "service/ruleset/cel/field_path.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "service/ruleset/cel/checker.h"
#include "service/ruleset/cel/suggest.h"

namespace sluice::ruleset::cel {
namespace {

// How much of the path exists below the type, by exact names.
size_t ExistingPrefix(Type type, const std::vector<std::string>& path,
                      size_t from) {
  size_t i = from;
  for (; i < path.size(); ++i) {
    type = FieldTypeByName(type, path[i]);
    if (type.is_error()) break;
  }
  return i - from;
}

}  // namespace

std::vector<std::string> FieldNames(const Type& type) {
  std::vector<std::string> names;
  if (type.is(Kind::kMessage)) {
    for (int i = 0; i < type.message()->field_count(); ++i) {
      names.push_back(type.message()->field(i)->name());
    }
  } else if (type.is(Kind::kObject)) {
    for (const auto& field : type.object()->fields) names.push_back(field.name);
  }
  return names;
}

Type FieldTypeByName(const Type& type, std::string_view field) {
  if (type.is(Kind::kMessage)) {
    const auto* found = type.message()->FindFieldByName(std::string(field));
    return found == nullptr ? Type::Error() : FieldType(found);
  }
  if (type.is(Kind::kObject)) {
    const int index = type.object()->FieldIndex(field);
    return index < 0 ? Type::Error() : type.object()->fields[index].type;
  }
  return Type::Error();
}

std::string NearestPath(const Type& type,
                        const std::vector<std::string>& path) {
  const std::string& wrong = path.front();
  const size_t limit = std::max<size_t>(1, wrong.size() / 3);
  std::string best;
  size_t best_rest = 0;
  size_t best_distance = limit + 1;
  for (const std::string& name : FieldNames(type)) {
    const size_t distance = EditDistance(wrong, name, limit);
    if (distance > limit) continue;
    const size_t rest = ExistingPrefix(FieldTypeByName(type, name), path, 1);
    if (best.empty() || rest > best_rest ||
        (rest == best_rest && distance < best_distance)) {
      best = name;
      best_rest = rest;
      best_distance = distance;
    }
  }
  if (best.empty()) return best;
  std::vector<std::string> meant = {best};
  Type below = FieldTypeByName(type, best);
  for (size_t i = 1; i < path.size(); ++i) {
    std::string next = path[i];
    if (FieldTypeByName(below, next).is_error()) {
      next = Nearest(next, FieldNames(below));
      if (next.empty()) break;
    }
    below = FieldTypeByName(below, next);
    meant.push_back(std::move(next));
  }
  return JoinPath(meant);
}

std::string NearestName(const Environment& environment,
                        const std::vector<std::string>& path) {
  std::vector<std::string> simple, qualified;
  for (const auto& [name, declaration] : environment.names()) {
    (name.find('.') == std::string::npos ? simple : qualified).push_back(name);
  }
  if (path.size() > 1) {
    std::string meant = Nearest(path[0] + "." + path[1], qualified);
    if (!meant.empty()) return meant;
  }
  for (const std::string& name : simple) {
    const Type& type = environment.FindName(name)->type;
    if (ExistingPrefix(type, path, 0) == path.size()) {
      return name + "." + JoinPath(path);
    }
  }
  return Nearest(path.front(), simple);
}

std::string JoinPath(const std::vector<std::string>& path) {
  std::string joined;
  for (const std::string& name : path) {
    if (!joined.empty()) joined += '.';
    joined += name;
  }
  return joined;
}

}  // namespace sluice::ruleset::cel
