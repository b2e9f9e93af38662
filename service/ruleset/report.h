#pragma once

#include <string>
#include <vector>

#include "service/ruleset/yaml_loader.h"

namespace sluice::ruleset {

// Reports problems of one file at the places its values were read from.
class Report {
 public:
  Report(const SourceFile& file, const Places& places,
         std::vector<v1::Diagnostic>* out)
      : file_(file), places_(places), out_(out) {}

  // `path` as in Places; the nearest known parent if it is not there itself.
  // `offset` bytes into the value, if it stands on one line.
  void Error(const std::string& path, std::string message, size_t offset = 0,
             size_t length = 1) {
    Add(v1::Diagnostic::SEVERITY_ERROR, path, std::move(message), offset,
        length);
    ++errors_;
  }
  void Warning(const std::string& path, std::string message) {
    Add(v1::Diagnostic::SEVERITY_WARNING, path, std::move(message), 0, 1);
  }

  size_t errors() const { return errors_; }

 private:
  void Add(v1::Diagnostic::Severity severity, const std::string& path,
           std::string message, size_t offset, size_t length);

  const SourceFile& file_;
  const Places& places_;
  std::vector<v1::Diagnostic>* const out_;
  size_t errors_ = 0;
};

}  // namespace sluice::ruleset
