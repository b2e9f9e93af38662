#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/ruleset/cel/environment.h"
#include "service/ruleset/cel/type.h"

namespace sluice::ruleset::cel {

// Names of the fields of a message or an object; empty for anything else.
std::vector<std::string> FieldNames(const Type& type);

// The type of a field, or an error type if there is none of that name.
Type FieldTypeByName(const Type& type, std::string_view field);

// `path` is a chain of fields taken of `type` of which the first does not
// exist. The chain that was probably meant, "" if nothing is near. A candidate
// under which the rest of the path exists wins.
std::string NearestPath(const Type& type, const std::vector<std::string>& path);

// `path` begins with a name that is not declared: what was probably meant, ""
// if nothing is near. Knows misspelled variables, misspelled qualified names
// (lists.x) and fields written without the variable they are in.
std::string NearestName(const Environment& environment,
                        const std::vector<std::string>& path);

// "a.b.c"
std::string JoinPath(const std::vector<std::string>& path);

}  // namespace sluice::ruleset::cel
