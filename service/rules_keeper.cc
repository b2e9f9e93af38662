#include "service/rules_keeper.h"

#include <algorithm>
#include <utility>

#include "service/signals/form_signals.h"

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

Site MakeSite(const v1::SiteConfig& config,
              std::shared_ptr<const ruleset::Ruleset> rules) {
  Site site{config.id(), rules->lists_facts(), rules};
  site.facts.hosts.assign(config.hosts().begin(), config.hosts().end());
  std::sort(site.facts.hosts.begin(), site.facts.hosts.end());
  site.facts.markdown_by_default =
      rules->policy().default_format() == v1::FORMAT_MARKDOWN_EXTRA;
  site.facts.form = FormFactsOf(rules->policy().form());
  return site;
}

using Folder = absl::StatusOr<std::vector<ruleset::SourceFile>>;

bool SameFiles(const Folder& a, const Folder& b) {
  if (!a.ok() || !b.ok()) return a.status() == b.status();
  return std::equal(a->begin(), a->end(), b->begin(), b->end(),
                    [](const auto& x, const auto& y) {
                      return x.path == y.path && x.content == y.content;
                    });
}

bool SameFolders(const std::map<std::string, Folder>& a,
                 const std::map<std::string, Folder>& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return x.first == y.first && SameFiles(x.second, y.second);
      });
}

}  // namespace

RulesKeeper::RulesKeeper(const v1::ServerConfig& config, Moderator* moderator,
                         const Clock* clock)
    : config_(config), moderator_(moderator), clock_(clock) {}

std::vector<std::string> RulesKeeper::folders() const {
  std::vector<std::string> out = {config_.rules()};
  for (const v1::SiteConfig& site : config_.sites()) {
    if (!site.rules().empty()) out.push_back(site.rules());
  }
  return out;
}

RulesKeeper::Result RulesKeeper::Load() {
  const std::lock_guard<std::mutex> one_at_a_time(loading_);
  return Take(Read());
}

std::optional<RulesKeeper::Result> RulesKeeper::LoadIfChanged() {
  const std::lock_guard<std::mutex> one_at_a_time(loading_);
  std::shared_ptr<const Folders> folders = Read();
  if (read_ == nullptr || !SameFolders(*folders, *read_))
    return Take(std::move(folders));
  if (!HasLapsed()) return std::nullopt;
  // The files on disk may be bad ones; what is in force lapses all the same.
  auto sites = std::make_shared<Sites>();
  Result result = MakeSites(*taken_, sites.get());
  result.changed = result.loaded;
  if (result.changed) moderator_->SetSites(std::move(sites));
  return result;
}

std::shared_ptr<const RulesKeeper::Folders> RulesKeeper::Read() const {
  auto out = std::make_shared<Folders>();
  for (const std::string& folder : folders())
    out->emplace(folder, ruleset::ReadFolder(folder));
  return out;
}

bool RulesKeeper::HasLapsed() const {
  const Time now = clock_->Now();
  const std::shared_ptr<const Sites> sites = moderator_->sites();
  return std::any_of(sites->begin(), sites->end(), [now](const auto& site) {
    return site.second.ruleset->lapse_time() <= now;
  });
}

RulesKeeper::Result RulesKeeper::Take(std::shared_ptr<const Folders> folders) {
  auto sites = std::make_shared<Sites>();
  Result result = MakeSites(*folders, sites.get());
  result.changed = result.loaded &&
                   (HasLapsed() || !SameVersions(*sites, *moderator_->sites()));
  read_ = std::move(folders);
  if (result.loaded) taken_ = read_;
  if (result.changed) moderator_->SetSites(std::move(sites));
  const std::lock_guard<std::mutex> lock(mutex_);
  problems_ =
      result.loaded ? std::vector<v1::Diagnostic>{} : result.diagnostics;
  if (result.changed) load_time_ = clock_->Now();
  return result;
}

RulesKeeper::Result RulesKeeper::MakeSites(const Folders& folders,
                                           Sites* out) const {
  Result result;
  const ruleset::LoadOptions options = MakeLoadOptions();
  for (const auto& [folder, files] : folders) {
    if (files.ok()) continue;
    result.diagnostics.push_back(
        FolderError(folder, std::string(files.status().message())));
  }
  const Folder& common = folders.at(config_.rules());
  if (!common.ok()) return result;
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
      const Folder& own = folders.at(config.rules());
      rules = own.ok() ? load(Overlay(*common, *own)) : nullptr;
    }
    result.loaded = result.loaded && rules != nullptr;
    if (!result.loaded) continue;
    out->emplace(config.id(), MakeSite(config, std::move(rules)));
  }
  return result;
}

ruleset::LoadOptions RulesKeeper::MakeLoadOptions() const {
  ruleset::LoadOptions options;
  options.now = clock_->Now();
  for (const v1::SiteConfig& site : config_.sites())
    options.sites.push_back(site.id());
  return options;
}

const v1::SiteConfig* RulesKeeper::ConfigOf(const std::string& site) const {
  const auto found = std::find_if(
      config_.sites().begin(), config_.sites().end(),
      [&site](const v1::SiteConfig& config) { return config.id() == site; });
  return found == config_.sites().end() ? nullptr : &*found;
}

RulesKeeper::Trial RulesKeeper::Try(const Folders& folders,
                                    const std::string& site) const {
  Trial trial;
  const v1::SiteConfig& config = *ConfigOf(site);
  std::vector<ruleset::SourceFile> files;
  for (const std::string& name : {config_.rules(), config.rules()}) {
    if (name.empty()) continue;
    const Folder& folder = folders.at(name);
    if (!folder.ok()) {
      trial.diagnostics.push_back(
          FolderError(name, std::string(folder.status().message())));
      return trial;
    }
    files = Overlay(std::move(files), *folder);
  }
  ruleset::LoadResult loaded = ruleset::LoadRuleset(files, MakeLoadOptions());
  trial.diagnostics = std::move(loaded.diagnostics);
  if (loaded.ruleset != nullptr) trial.site = MakeSite(config, loaded.ruleset);
  return trial;
}

RulesKeeper::Trial RulesKeeper::Try(const std::string& site,
                                    std::vector<ruleset::SourceFile> common) {
  std::shared_ptr<const Folders> taken;
  {
    const std::lock_guard<std::mutex> lock(loading_);
    taken = taken_;
  }
  Folders folders = taken != nullptr ? *taken : *Read();
  folders.insert_or_assign(config_.rules(), std::move(common));
  return Try(folders, site);
}

RulesKeeper::Trial RulesKeeper::TryDisk(const std::string& site) {
  return Try(*Read(), site);
}

RulesKeeper::Sources RulesKeeper::SourcesOf(const std::string& site) {
  std::shared_ptr<const Folders> taken;
  {
    const std::lock_guard<std::mutex> lock(loading_);
    taken = taken_;
  }
  Sources sources;
  const v1::SiteConfig* config = ConfigOf(site);
  if (taken == nullptr || config == nullptr) return sources;
  sources.common = *taken->at(config_.rules());
  sources.own_folder = config->rules();
  if (sources.own_folder.empty()) return sources;
  sources.own = *taken->at(sources.own_folder);
  const auto replaced = [&sources](const ruleset::SourceFile& file) {
    return std::any_of(sources.own.begin(), sources.own.end(),
                       [&file](const ruleset::SourceFile& own) {
                         return own.path == file.path;
                       });
  };
  sources.common.erase(
      std::remove_if(sources.common.begin(), sources.common.end(), replaced),
      sources.common.end());
  return sources;
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
