#include "service/replay/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <unordered_set>
#include <utility>

#include "service/replay/draft_choice.h"
#include "service/replay/example_text.h"
#include "service/text/fold.h"

namespace sluice::replay {
namespace {

constexpr size_t kMaxHitExamples = 4;
constexpr size_t kMaxMissExamples = 3;
constexpr char kFile[] = "draft.yaml";

// A rule file in the making.
struct Draft {
  std::string id;
  std::vector<std::string> words;
  std::vector<std::string> domains;
  std::vector<std::string> hits;  // examples of the rule of words
  std::vector<std::string> misses;
};

std::string Examples(const std::vector<std::string>& hits,
                     const std::vector<std::string>& misses) {
  if (hits.empty() && misses.empty()) return "";
  std::string out = "    examples:\n";
  const auto list = [&out](const char* key,
                           const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    out += fmt::format("      {}:\n", key);
    for (const std::string& text : texts)
      out += fmt::format("        - {}\n", YamlQuoted(text));
  };
  list("hit", hits);
  list("miss", misses);
  return out;
}

std::string RuleText(const Draft& draft, const char* what,
                     const std::string& condition) {
  return fmt::format(
      "  - id: {}-{}\n    why: A draft; say here what these comments are\n{}"
      "    verdict: hold\n    mode: shadow\n",
      draft.id, what, condition);
}

std::string YamlOf(const Draft& draft) {
  std::string out = "rules:\n";
  if (!draft.words.empty()) {
    std::string words;
    for (const std::string& word : draft.words)
      words += fmt::format("{}{}", words.empty() ? "" : ", ", YamlQuoted(word));
    out += RuleText(draft, "words", fmt::format("    words: [{}]\n", words)) +
           Examples(draft.hits, draft.misses);
  }
  if (!draft.domains.empty()) {
    std::string any;
    std::vector<std::string> hits;
    for (const std::string& domain : draft.domains) {
      if (!any.empty()) any += '|';
      for (char c : domain) any += c == '.' ? "\\." : std::string(1, c);
      if (hits.size() < kMaxHitExamples)
        hits.push_back(fmt::format("See https://{}/", domain));
    }
    if (!draft.words.empty()) out += '\n';
    out += RuleText(draft, "links",
                    fmt::format("    regex: '(^|[/.@])({})([/:?#]|$)'\n"
                                "    in: [links.host, author.url]\n",
                                any)) +
           Examples(hits, draft.misses);
  }
  return out;
}

class Drafter {
 public:
  Drafter(store::Store* store, const Site& site, const WalkOptions& options,
          const DraftSource& source)
      : store_(store), site_(site), options_(options), source_(source) {
    // What a draft can be tried with in a moment.
    for (const ruleset::SourceFile& file : source.files) {
      if (file.path == "policy.yaml") few_files_.push_back(file);
    }
  }

  absl::Status Run(v1::DraftRuleResponse* response) {
    absl::Status status = Select();
    if (!status.ok()) return status;
    DraftChoice choice(selected_);
    status = choice.Count(store_, site_, options_);
    if (!status.ok()) return status;
    Write(choice);
    if (draft_.words.empty() && draft_.domains.empty()) {
      return absl::FailedPreconditionError(
          "no word, phrase or link tells these comments from accepted ones");
    }
    const std::string yaml = YamlOf(draft_);
    ruleset::LoadResult loaded = Load(source_.files, yaml);
    if (loaded.ruleset == nullptr) {
      return absl::InternalError("the draft does not load beside the rules: " +
                                 loaded.diagnostics.front().message());
    }
    loaded = Load(few_files_, yaml);
    if (loaded.ruleset == nullptr)
      return absl::InternalError("the draft does not load");
    status = Try(loaded.ruleset, response);
    if (!status.ok()) return status;
    response->set_yaml(HeaderOf(choice, *response) + yaml);
    return absl::OkStatus();
  }

 private:
  absl::Status Select() {
    std::unordered_set<std::string> seen;
    for (const std::string& name : source_.names) {
      if (!seen.insert(name).second) continue;
      absl::StatusOr<v1::Entry> entry = store_->Get(name);
      if (!entry.ok()) {
        return absl::Status(
            entry.status().code(),
            fmt::format("{}: {}", name, std::string(entry.status().message())));
      }
      Selected& one = selected_.emplace_back();
      one.checked = std::move(*entry->mutable_checked());
      Rendered rendered(site_, one.checked.comment());
      one.plain = rendered.rendering().text;
      one.features = DraftFeatures(one.checked, &rendered);
    }
    return absl::OkStatus();
  }

  ruleset::LoadResult Load(std::vector<ruleset::SourceFile> files,
                           const std::string& yaml) const {
    files.erase(std::remove_if(files.begin(), files.end(),
                               [](const ruleset::SourceFile& file) {
                                 return file.path == kFile;
                               }),
                files.end());
    files.push_back({kFile, yaml});
    ruleset::LoadOptions options;
    options.now = source_.now;
    return ruleset::LoadRuleset(files, options);
  }

  bool Loads(const Draft& draft) const {
    return Load(few_files_, YamlOf(draft)).ruleset != nullptr;
  }

  // An id that no rule in force has.
  std::string NewId() const {
    size_t hash = 0;
    for (const std::string& name : source_.names)
      hash = hash * 31 + std::hash<std::string>()(name);
    const auto taken = [this](const std::string& id) {
      return std::any_of(
          site_.ruleset->rules().begin(), site_.ruleset->rules().end(),
          [&id](const v1::Rule& rule) { return rule.id().rfind(id, 0) == 0; });
    };
    std::string id;
    do {
      id = fmt::format("draft-{:06x}", hash++ % 0x1000000);
    } while (taken(id));
    return id;
  }

  void Write(const DraftChoice& choice) {
    draft_.id = NewId();
    const std::vector<Chosen> chosen =
        choice.Choose(kMaxDraftEntries, [this](const Feature& feature) {
          Draft draft{draft_.id, {}, {}, {}, {}};
          (feature.kind == Feature::Kind::kDomain ? draft.domains : draft.words)
              .push_back(feature.text);
          return Loads(draft);
        });
    for (const Chosen& one : chosen) {
      (one.feature.kind == Feature::Kind::kDomain ? draft_.domains
                                                  : draft_.words)
          .push_back(one.feature.text);
    }
    for (const Chosen& one : chosen) {
      if (one.feature.kind != Feature::Kind::kDomain &&
          draft_.hits.size() < kMaxHitExamples)
        AddExample(ExampleOf(one), &Draft::hits);
    }
    for (const Near& near : choice.nearest()) {
      if (draft_.misses.size() < kMaxMissExamples)
        AddExample(ExampleAround(near.plain, 0, near.author), &Draft::misses);
    }
  }

  std::string ExampleOf(const Chosen& chosen) const {
    const Selected& selected = selected_[chosen.selected];
    const text::Folded folded = text::Fold(selected.plain);
    const size_t at = folded.text.find(chosen.feature.text);
    const size_t origin = at == std::string::npos
                              ? 0
                              : folded.map
                                    .Map({static_cast<uint32_t>(at),
                                          static_cast<uint32_t>(at + 1)})
                                    .begin;
    return ExampleAround(selected.plain, origin,
                         selected.checked.comment().author());
  }

  // Keeps an example only if it comes out as it says: what was cut or taken out
  // of it may have been what the rule looks for.
  void AddExample(std::string text, std::vector<std::string> Draft::*list) {
    if (text.empty()) return;
    std::vector<std::string>& examples = draft_.*list;
    if (std::find(examples.begin(), examples.end(), text) != examples.end())
      return;
    examples.push_back(std::move(text));
    if (!Loads(draft_)) examples.pop_back();
  }

  absl::Status Try(const std::shared_ptr<const ruleset::Ruleset>& rules,
                   v1::DraftRuleResponse* response) const {
    const std::unordered_set<std::string> names(source_.names.begin(),
                                                source_.names.end());
    std::atomic<int64_t> hits = 0, rejected = 0, accepted = 0, comments = 0;
    const absl::Status status = WalkHistory(
        store_, options_, [&](const std::vector<Row>& rows) -> InOrder {
          for (const Row& row : rows) {
            ++comments;
            Rendered rendered(site_, row.checked->comment());
            if (ruleset::Match(*rules,
                               {rendered.views(), &row.checked->signals(),
                                site_.id, row.then})
                    .hits.empty())
              continue;
            if (names.count(row.checked->comment().name()) > 0)
              ++hits;
            else if (row.human == v1::VERDICT_REJECT)
              ++rejected;
            else if (row.human == v1::VERDICT_ACCEPT ||
                     row.checked->decision().verdict() == v1::VERDICT_ACCEPT)
              ++accepted;
          }
          return [](const Progress&) { return true; };
        });
    response->set_hits(hits);
    response->set_other_rejected(rejected);
    response->set_accepted(accepted);
    response->set_comments(comments);
    return status;
  }

  std::string HeaderOf(const DraftChoice& choice,
                       const v1::DraftRuleResponse& tried) const {
    return fmt::format(
        "# A draft from {} comment{}, told from {} accepted ones. It runs in "
        "shadow: it counts and decides\n"
        "# nothing until `mode: shadow` is taken out. Of {} stored comments it "
        "hits {} of those named, {} other{}\n"
        "# that people rejected, and {} accepted.\n",
        selected_.size(), selected_.size() == 1 ? "" : "s", choice.accepted(),
        tried.comments(), tried.hits(), tried.other_rejected(),
        tried.other_rejected() == 1 ? "" : "s", tried.accepted());
  }

  store::Store* const store_;
  const Site& site_;
  const WalkOptions& options_;
  const DraftSource& source_;
  std::vector<ruleset::SourceFile> few_files_;
  std::vector<Selected> selected_;
  Draft draft_;
};

}  // namespace

absl::Status DraftRule(store::Store* store, Site site,
                       const WalkOptions& options, const DraftSource& source,
                       v1::DraftRuleResponse* response) {
  site.demoted = nullptr;
  return Drafter(store, site, options, source).Run(response);
}

}  // namespace sluice::replay
