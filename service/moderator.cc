#include "service/moderator.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/sha.h>

#include <optional>
#include <utility>

#include "service/base/ascii.h"
#include "service/base/resource_name.h"
#include "service/markup/render.h"
#include "service/text/fold.h"

namespace sluice {
namespace {

// Equal requests have equal hashes: maps are written in the order of their
// keys.
std::string RequestHash(const v1::Comment& comment) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    comment.SerializeToCodedStream(&coded);
  }
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

// How a comment stands by the gate's own verdict.
v1::State StateOf(v1::Verdict verdict) {
  switch (verdict) {
    case v1::VERDICT_ACCEPT:
      return v1::STATE_ACCEPTED;
    case v1::VERDICT_REJECT:
      return v1::STATE_REJECTED;
    default:
      return v1::STATE_HELD;
  }
}

v1::CheckCommentResponse AnswerOf(const v1::Checked& checked,
                                  bool want_signals) {
  v1::CheckCommentResponse answer;
  answer.set_name(checked.comment().name());
  *answer.mutable_decision() = checked.decision();
  answer.set_html(checked.html());
  *answer.mutable_removed() = checked.removed();
  if (want_signals) *answer.mutable_signals() = checked.signals();
  return answer;
}

v1::Checked CheckedOf(const v1::Comment& comment, Judgement judgement,
                      std::string request_hash) {
  v1::Checked checked;
  *checked.mutable_comment() = comment;
  *checked.mutable_signals() = std::move(judgement.signals);
  *checked.mutable_decision() = std::move(judgement.decision);
  checked.set_html(std::move(judgement.html));
  for (v1::Removed& removed : judgement.removed)
    *checked.add_removed() = std::move(removed);
  checked.set_request_hash(std::move(request_hash));
  return checked;
}

}  // namespace

Moderator::Moderator(store::Store* store, const Clock* clock, Memory memory,
                     network::NetworkChecks* network)
    : store_(store),
      clock_(clock),
      memory_(std::move(memory)),
      network_(network),
      sites_(std::make_shared<const Sites>()) {}

std::shared_ptr<const Sites> Moderator::sites() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return sites_;
}

void Moderator::SetSites(std::shared_ptr<const Sites> sites) {
  const std::lock_guard<std::mutex> one_at_a_time(swapping_);
  for (const auto& [id, site] : *sites) breaker_.SetRules(id, *site.ruleset);
  Demote(*sites);
}

// Puts sites in force, with what is demoted now. REQUIRES: swapping_ is held.
void Moderator::Demote(const Sites& sites) {
  auto fresh = std::make_shared<Sites>(sites);
  for (auto& [id, site] : *fresh) site.demoted = breaker_.demoted(id);
  std::shared_ptr<const Sites> next = std::move(fresh);
  const std::lock_guard<std::mutex> lock(mutex_);
  sites_.swap(next);
}

absl::Status Moderator::ConfirmRule(std::string_view site,
                                    std::string_view rule) {
  const std::lock_guard<std::mutex> one_at_a_time(swapping_);
  if (!breaker_.Confirm(site, rule))
    return absl::NotFoundError("there is no demoted rule of this id");
  Demote(*sites());
  return absl::OkStatus();
}

void Moderator::CountForBreaker(const Site& site, const v1::Decision& decision,
                                Time now) {
  const std::vector<v1::RuleDemotion> demotions =
      breaker_.Count(site.id, *site.ruleset, decision, now);
  if (demotions.empty()) return;
  {
    const std::lock_guard<std::mutex> one_at_a_time(swapping_);
    Demote(*sites());
  }
  for (const v1::RuleDemotion& demotion : demotions) {
    if (on_demoted_) on_demoted_(site.id, demotion);
  }
}

std::shared_ptr<const classifier::Model> Moderator::model(
    std::string_view site) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto model = models_.find(site);
  return model == models_.end() ? nullptr : model->second;
}

void Moderator::SetModel(const std::string& site,
                         std::shared_ptr<const classifier::Model> model) {
  const std::lock_guard<std::mutex> lock(mutex_);
  models_[site].swap(model);
}

// A comment on its way from rendering to record, with all that it looks at.
struct Moderator::Work {
  Work(const v1::CheckCommentRequest& asked, std::string hash, CheckDone when)
      : request(asked), request_hash(std::move(hash)), done(std::move(when)) {}

  const v1::CheckCommentRequest request;
  const std::string request_hash;
  CheckDone done;
  std::shared_ptr<const Sites> sites;
  const Site* site = nullptr;  // one of them
  Time now;
  std::optional<Rendered> rendered;
  signals::Traces traces;
  StepTimes times{};
};

// The life of one comment. It was admitted (service/rpc/admit.h); what follows
// is the rendering, the network, history, the rest of the pipeline, and the
// record.
void Moderator::Check(const v1::CheckCommentRequest& request, CheckDone done) {
  std::string hash = RequestHash(request.comment());
  if (!request.dry_run()) {
    absl::StatusOr<v1::CheckCommentResponse> earlier = Earlier(request, hash);
    if (earlier.ok() || absl::IsAlreadyExists(earlier.status()))
      return done(std::move(earlier));
  }

  const auto work =
      std::make_shared<Work>(request, std::move(hash), std::move(done));
  const v1::Comment& comment = work->request.comment();
  work->sites = this->sites();
  const auto site = work->sites->find(ParseResourceName(comment.name()).site);
  if (site == work->sites->end()) {
    return work->done(
        absl::NotFoundError("the site is not known to this server"));
  }
  work->site = &site->second;
  work->now = clock_->Now();
  StepWatch watch(on_steps_ ? &work->times : nullptr);
  work->rendered.emplace(*work->site, comment);
  watch.Done(Step::kRender);
  work->traces = signals::TracesOf(work->rendered->views(), work->site->facts,
                                   memory_.keys, work->now);
  if (network_ == nullptr) return JudgeAndRecord(work, {});
  network_->Ask(
      comment.client().ip(),
      signals::ForeignDomains(work->rendered->views(), work->site->facts),
      [this, work](network::NetworkChecks::Answer answer) {
        JudgeAndRecord(work, std::move(answer));
      });
}

void Moderator::JudgeAndRecord(const std::shared_ptr<Work>& work,
                               network::NetworkChecks::Answer network) {
  const v1::Comment& comment = work->request.comment();
  const std::string& site_id = work->site->id;
  std::vector<std::string> unfinished;
  if (!network.finished) unfinished.push_back("network");
  StepTimes* const times = on_steps_ ? &work->times : nullptr;
  StepWatch watch(times);
  signals::History history =
      ReadHistory(comment, work->traces, site_id, work->now, &unfinished);
  watch.Done(Step::kRecall);
  history.network = std::move(network.signals);
  const std::shared_ptr<const classifier::Model> model = this->model(site_id);
  Judgement judgement = Judge(*work->site, model.get(), &*work->rendered,
                              history, std::move(unfinished), work->now, times);
  watch.Restart();

  // record: a hold or a reject is durable before it is answered, an accept is
  // written behind.
  const bool accepted = judgement.decision.verdict() == v1::VERDICT_ACCEPT;
  if (!work->request.dry_run())
    CountForBreaker(*work->site, judgement.decision, work->now);
  v1::Checked checked =
      CheckedOf(comment, std::move(judgement), work->request_hash);
  const bool want_signals = work->request.want_signals();
  if (work->request.dry_run()) {
    if (on_steps_) on_steps_(work->times);
    return work->done(AnswerOf(checked, want_signals));
  }
  // Before it is stored, so that the next of a burst sees this one.
  if (memory_.history != nullptr) {
    memory_.history->Remember(work->traces,
                              StateOf(checked.decision().verdict()));
  }
  const auto durability =
      accepted ? store::Durability::kBehind : store::Durability::kBeforeAnswer;
  store_->RecordCheck(
      std::move(checked), work->now, durability,
      [this, work, watch, done = std::move(work->done),
       want_signals](absl::StatusOr<store::CheckRecord> record) mutable {
        watch.Done(Step::kRecord);
        if (on_steps_) on_steps_(work->times);
        if (!record.ok()) return done(record.status());
        v1::CheckCommentResponse answer =
            AnswerOf(record->entry.checked(), want_signals);
        answer.set_repeated_check(record->repeated);
        done(std::move(answer));
      });
}

absl::StatusOr<v1::Checked> Moderator::JudgePast(const v1::Comment& comment,
                                                 Time then) {
  const std::shared_ptr<const Sites> sites = this->sites();
  const auto site = sites->find(ParseResourceName(comment.name()).site);
  if (site == sites->end())
    return absl::NotFoundError("the site is not known to this server");
  Rendered rendered(site->second, comment);
  const signals::Traces traces = signals::TracesOf(
      rendered.views(), site->second.facts, memory_.keys, then);
  std::vector<std::string> unfinished;
  const signals::History history =
      ReadHistory(comment, traces, site->second.id, then, &unfinished);
  const std::shared_ptr<const classifier::Model> model =
      this->model(site->second.id);
  Judgement judgement = Judge(site->second, model.get(), &rendered, history,
                              std::move(unfinished), then);
  return CheckedOf(comment, std::move(judgement), RequestHash(comment));
}

// The answer to the same request before, NOT_FOUND if there was none. A store
// that cannot be read is found out when the check is recorded, where it
// matters.
absl::StatusOr<v1::CheckCommentResponse> Moderator::Earlier(
    const v1::CheckCommentRequest& request, std::string_view request_hash) {
  const absl::StatusOr<v1::Entry> entry = store_->Get(request.comment().name());
  if (!entry.ok()) return entry.status();
  if (entry->checked().request_hash() != request_hash) {
    return absl::AlreadyExistsError(
        "another comment was checked under this name; give this one a name of "
        "its own");
  }
  v1::CheckCommentResponse answer =
      AnswerOf(entry->checked(), request.want_signals());
  answer.set_repeated_check(true);
  return answer;
}

signals::History Moderator::ReadHistory(const v1::Comment& comment,
                                        const signals::Traces& traces,
                                        std::string_view site, Time now,
                                        std::vector<std::string>* unfinished) {
  const v1::Author& author = comment.author();
  const store::AuthorKeys keys{author.id(), LowerAscii(author.email()),
                               text::Fold(author.name()).text};
  absl::StatusOr<store::AuthorHistory> records =
      store_->ReadAuthorHistory(site, keys, now);
  absl::StatusOr<signals::Past> past = memory_.history == nullptr
                                           ? signals::Past{}
                                           : memory_.history->Recall(traces);
  if (!records.ok() || !past.ok()) unfinished->push_back("history");
  signals::History history;
  if (records.ok()) {
    history.by_id = std::move(records->by_id);
    history.by_email = std::move(records->by_email);
    history.by_name = std::move(records->by_name);
  }
  if (past.ok()) history.past = *std::move(past);
  history.token = traces.token_check;
  return history;
}

v1::IssueFormTokenResponse Moderator::IssueFormToken(const Site& site,
                                                     std::string_view page_url,
                                                     uint64_t nonce) const {
  const std::string& key = memory_.keys.form;
  const signals::FormFacts& form = site.facts.form;
  signals::FormToken token;
  token.site = site.id;
  token.page = signals::FormPage(key, page_url);
  token.issued = std::chrono::floor<std::chrono::seconds>(clock_->Now());
  token.honeypot = signals::HoneypotField(key, site.id);
  token.nonce = nonce;
  v1::IssueFormTokenResponse response;
  if (!form.quizzes.empty()) {
    const signals::QuizFacts& quiz = form.quizzes[nonce % form.quizzes.size()];
    token.quiz = quiz.id;
    response.set_quiz_question(quiz.question);
  }
  response.set_token(signals::SignFormToken(key, token));
  response.set_honeypot_field(token.honeypot);
  const auto issued = std::chrono::duration_cast<std::chrono::seconds>(
      token.issued.time_since_epoch());
  response.mutable_expire_time()->set_seconds(issued.count() +
                                              form.max_age_seconds);
  if (memory_.history != nullptr)
    memory_.history->NoteTokenIssued(memory_.keys.hash(SiteName(site.id)));
  return response;
}

signals::Traces Moderator::TracesOf(const Site& site,
                                    const v1::Comment& comment,
                                    Time now) const {
  Rendered rendered(site, comment);
  return signals::TracesOf(rendered.views(), site.facts, memory_.keys, now);
}

void Moderator::Follow(const std::vector<v1::Entry>& entries) {
  if (memory_.history == nullptr) return;
  for (const v1::Entry& entry : entries)
    memory_.history->Follow(memory_.keys.hash(entry.name()), entry.state());
}

void Moderator::CheckedElsewhere(const v1::Entry& entry) {
  const std::shared_ptr<const Sites> sites = this->sites();
  const auto site = sites->find(ParseResourceName(entry.name()).site);
  // Who was erased meanwhile leaves no trace.
  if (site == sites->end() || entry.purged().what() == "content") return;
  const v1::Checked& checked = entry.checked();
  const Time then{
      std::chrono::seconds(entry.create_time().seconds()) +
      std::chrono::microseconds(entry.create_time().nanos() / 1000)};
  CountForBreaker(site->second, checked.decision(), then);
  if (memory_.history == nullptr) return;
  memory_.history->Remember(TracesOf(site->second, checked.comment(), then),
                            StateOf(checked.decision().verdict()));
}

v1::PreviewCommentResponse Moderator::Preview(
    const Site& site, const v1::PreviewCommentRequest& request) const {
  const ruleset::Ruleset& rules = *site.ruleset;
  markup::Rendering rendering = markup::Render(
      request.body(),
      signals::FormatOf(request.format(), rules.policy().default_format()),
      rules.html_policy(), "preview");
  v1::PreviewCommentResponse response;
  response.set_html(std::move(rendering.html));
  for (v1::Removed& removed : RemovedOf(rendering))
    *response.add_removed() = std::move(removed);
  return response;
}

v1::ExplainCommentResponse Moderator::Explain(const Site& site,
                                              const v1::Comment& comment) {
  const Time now = clock_->Now();
  Rendered rendered(site, comment);
  signals::Views& views = *rendered.views();
  const signals::Traces traces =
      signals::TracesOf(&views, site.facts, memory_.keys, now);
  std::vector<std::string> unfinished;
  const signals::History history =
      ReadHistory(comment, traces, site.id, now, &unfinished);
  const std::shared_ptr<const classifier::Model> model = this->model(site.id);
  Judgement judgement =
      Judge(site, model.get(), &rendered, history, std::move(unfinished), now);
  if (judgement.decision.verdict() == v1::VERDICT_ACCEPT &&
      judgement.signals.classifier().ready())
    NameLoudest(*model, &rendered, judgement.signals, &judgement.decision);
  return ExplanationOf(site, &rendered, std::move(judgement), now);
}

v1::ExplainCommentResponse Moderator::ExplainAgain(const Site& site,
                                                   const v1::Checked& checked,
                                                   Time then) const {
  Rendered rendered(site, checked.comment());
  return ExplanationOf(site, &rendered, JudgeAgain(site, checked, then), then);
}

}  // namespace sluice
