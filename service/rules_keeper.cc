#include "service/rules_keeper.h"

#include <algorithm>
#include <utility>

#include "service/signals/form_signals.h"
#include "service/signals/name_likeness.h"

namespace sluice {
namespace {

v1::Diagnostic FolderError(const std::string& folder, std::string message) {
  v1::Diagnostic diagnostic;
  diagnostic.set_severity(v1::Diagnostic::SEVERITY_ERROR);
  diagnostic.set_file(folder);
  diagnostic.set_message(std::move(message));
  return diagnostic;
}

// A site's own file replaces the common one of the same path; the others are
// added.
std::vector<ruleset::SourceFile> Overlay(
    std::vector<ruleset::SourceFile> common,
    std::vector<ruleset::SourceFile> own) {
  for (ruleset::SourceFile& file : own) {
    const auto same = std::find_if(common.begin(), common.end(),
                                   [&file](const ruleset::SourceFile& other) {
                                     return other.path == file.path;
                                   });
    if (same == common.end()) {
      common.push_back(std::move(file));
    } else {
      *same = std::move(file);
    }
  }
  return common;
}

signals::FormFacts FormFactsOf(const v1::FormRules& rules) {
  signals::FormFacts facts;
  facts.max_age_seconds = rules.max_age_seconds();
  for (const v1::Quiz& quiz : rules.quizzes()) {
    signals::QuizFacts& out = facts.quizzes.emplace_back();
    out.id = quiz.id();
    out.question = quiz.question();
    for (const std::string& answer : quiz.answers())
      out.answers.push_back(signals::NormalAnswer(answer));
  }
  return facts;
}

bool SameVersions(const Sites& a, const Sites& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return x.first == y.first &&
               x.second.ruleset->version() == y.second.ruleset->version();
      });
}

}  // namespace

RulesKeeper::RulesKeeper(const v1::ServerConfig& config, Moderator* moderator,
                         const Clock* clock)
    : config_(config), moderator_(moderator), clock_(clock) {}

RulesKeeper::Result RulesKeeper::Load() {
  const std::lock_guard<std::mutex> one_at_a_time(loading_);
  auto sites = std::make_shared<Sites>();
  Result result = ReadSites(&sites);
  result.changed = result.loaded && !SameVersions(*sites, *moderator_->sites());
  if (result.changed) moderator_->SetSites(std::move(sites));
  const std::lock_guard<std::mutex> lock(mutex_);
  problems_ =
      result.loaded ? std::vector<v1::Diagnostic>{} : result.diagnostics;
  if (result.changed) load_time_ = clock_->Now();
  return result;
}

RulesKeeper::Result RulesKeeper::ReadSites(std::shared_ptr<Sites>* out) const {
  Result result;
  ruleset::LoadOptions options;
  options.now = clock_->Now();
  for (const v1::SiteConfig& site : config_.sites())
    options.sites.push_back(site.id());

  const absl::StatusOr<std::vector<ruleset::SourceFile>> common =
      ruleset::ReadFolder(config_.rules());
  if (!common.ok()) {
    result.diagnostics.push_back(
        FolderError(config_.rules(), std::string(common.status().message())));
    return result;
  }
  const auto load = [&result,
                     &options](const std::vector<ruleset::SourceFile>& files) {
    ruleset::LoadResult loaded = ruleset::LoadRuleset(files, options);
    std::move(loaded.diagnostics.begin(), loaded.diagnostics.end(),
              std::back_inserter(result.diagnostics));
    return loaded.ruleset;
  };

  const std::shared_ptr<const ruleset::Ruleset> shared = load(*common);
  result.loaded = shared != nullptr;
  for (const v1::SiteConfig& config : config_.sites()) {
    std::shared_ptr<const ruleset::Ruleset> rules = shared;
    if (!config.rules().empty()) {
      absl::StatusOr<std::vector<ruleset::SourceFile>> own =
          ruleset::ReadFolder(config.rules());
      if (!own.ok()) {
        result.diagnostics.push_back(
            FolderError(config.rules(), std::string(own.status().message())));
        rules = nullptr;
      } else {
        rules = load(Overlay(*common, *std::move(own)));
      }
    }
    result.loaded = result.loaded && rules != nullptr;
    if (!result.loaded) continue;
    Site site{config.id(), rules->lists_facts(), rules};
    site.facts.hosts.assign(config.hosts().begin(), config.hosts().end());
    std::sort(site.facts.hosts.begin(), site.facts.hosts.end());
    site.facts.markdown_by_default =
        rules->policy().default_format() == v1::FORMAT_MARKDOWN_EXTRA;
    site.facts.form = FormFactsOf(rules->policy().form());
    for (const std::string& name : rules->policy().protected_names())
      site.facts.protected_names.push_back({name, signals::NameSkeleton(name)});
    (*out)->emplace(config.id(), std::move(site));
  }
  return result;
}

std::vector<v1::Diagnostic> RulesKeeper::problems() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return problems_;
}

Time RulesKeeper::load_time() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return load_time_;
}

}  // namespace sluice
