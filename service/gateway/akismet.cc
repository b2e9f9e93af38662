// Each request is one Call, which the steps of its endpoint hand on to each
// other through the services' answers.

#include "service/gateway/akismet.h"

#include <algorithm>
#include <array>
#include <utility>

#include "service/base/resource_name.h"
#include "service/gateway/akismet_answers.h"
#include "service/gateway/akismet_callback.h"
#include "service/gateway/akismet_comment.h"
#include "sluice/v1/moderation_service.pb.h"
#include "sluice/v1/review_service.pb.h"

namespace sluice::gateway {
namespace {

constexpr char kCheckComment[] = "/sluice.v1.ModerationService/CheckComment";
constexpr char kReportComment[] = "/sluice.v1.ModerationService/ReportComment";
constexpr char kGetEntry[] = "/sluice.v1.ReviewService/GetEntry";
constexpr char kDecideEntries[] = "/sluice.v1.ReviewService/DecideEntries";
constexpr char kCountEntries[] = "/sluice.v1.ReviewService/CountEntries";

constexpr size_t kMaxKey = 256;
constexpr int kMaxTries = 16;  // occurrences that are tried of one comment
constexpr size_t kMaxModerator = 64;
constexpr size_t kMaxReporter = 128;
constexpr int kMaxDays = 366;

// Endpoints that answer the same to everybody.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kOpen = {
    {{"test", "connected"}, {"token", ""}, {"compatible-plugins", ""}}};
constexpr std::array<std::string_view, 9> kEndpoints = {
    "verify-key", "comment-check", "submit-spam",
    "submit-ham", "get-stats",     "get-subscription",
    "deactivate", "key-sites",     "usage-limit"};
// Those that may be asked by GET; the others change something.
constexpr std::array<std::string_view, 2> kByGet = {"key-sites", "usage-limit"};

bool IsAddress(std::string_view host) {
  return host.find_first_not_of("0123456789.") == host.npos ||
         host.find(':') != host.npos;
}

// `api_key`, else `key`, else the first label of the host.
std::string KeyOf(const Form& form, std::string_view host_header) {
  std::string key(form.Get("api_key"));
  if (key.empty()) key = std::string(form.Get("key"));
  if (key.empty()) {
    const std::string host = HostOf(host_header);
    const size_t dot = host.find('.');
    if (dot != host.npos && !IsAddress(host)) key = host.substr(0, dot);
  }
  return key.size() <= kMaxKey ? key : std::string();
}

// As much of a name as fits, whole characters.
std::string Cut(std::string text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  return text.substr(0, size);
}

std::string ReporterOf(const Form& form) {
  std::string name = ToUtf8(form.Get("reporter"), form.Get("blog_charset"));
  for (char& c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return name;
}

}  // namespace

struct AkismetDoor::Call {
  std::string endpoint;
  Form form;
  std::string given_key;  // as the client gave it
  std::string key;        // to call with
  HttpDone done;

  const v1::SiteConfig* site = nullptr;
  bool may_review = false;
  // Of the endpoints that are about a comment:
  v1::Comment comment;
  AkismetFlags flags;
  std::string first_id;  // as its first occurrence
  Occurrences::Guess guess;
  uint64_t occurrence = 0;
  int tries = 0;
  bool stored_by_submit = false;
};

AkismetDoor::AkismetDoor(DoorContext context) : context_(std::move(context)) {}

std::string_view AkismetDoor::EndpointOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == path.npos) return {};
  const std::string_view before = path.substr(0, slash);
  if (before.size() < 4) return {};
  const std::string_view version = before.substr(before.size() - 4);
  if (version != "/1.1" && version != "/1.2") return {};
  const std::string_view name = path.substr(slash + 1);
  const bool known =
      std::find(kEndpoints.begin(), kEndpoints.end(), name) !=
          kEndpoints.end() ||
      std::any_of(kOpen.begin(), kOpen.end(),
                  [name](const auto& open) { return open.first == name; });
  return known ? name : std::string_view();
}

void AkismetDoor::Handle(std::string_view endpoint, const HttpRequest& request,
                         HttpDone done) {
  for (const auto& [name, answer] : kOpen) {
    if (name == endpoint) return done(Word(answer));
  }
  const bool by_get =
      request.method == "GET" &&
      std::find(kByGet.begin(), kByGet.end(), endpoint) != kByGet.end();
  if (!by_get && request.method != "POST") {
    HttpResponse response = Invalid("this is asked by POST");
    response.status = 405;
    return done(std::move(response));
  }
  absl::StatusOr<Form> form =
      by_get ? ParseUrlEncoded(request.query)
             : ParseForm(request.Header("content-type"), request.body);
  if (!form.ok()) return done(Failed(form.status()));
  const std::string key = KeyOf(*form, request.Header("host"));
  HandleForm(endpoint, *std::move(form), key, std::move(done));
}

void AkismetDoor::HandleForm(std::string_view endpoint, Form form,
                             std::string_view key, HttpDone done) {
  auto call = std::make_shared<Call>();
  call->endpoint = std::string(endpoint);
  call->form = std::move(form);
  call->done = std::move(done);
  call->given_key = std::string(key);
  context_.callers->Find(key, call->form.Get("blog"),
                         [this, call](absl::StatusOr<Caller> caller) {
                           if (!caller.ok())
                             return call->done(Failed(caller.status()));
                           call->site = caller->site;
                           call->may_review = caller->may_review;
                           call->key = caller->key;
                           Dispatch(call);
                         });
}

void AkismetDoor::Dispatch(const CallPtr& call) {
  const std::string& endpoint = call->endpoint;
  const bool about_key = endpoint == "key-sites" || endpoint == "usage-limit";
  if (!about_key && call->form.Get("blog").empty())
    return call->done(Invalid("Empty \"blog\" value"));
  if (endpoint == "verify-key") return call->done(Word("valid"));
  if (endpoint == "deactivate") return call->done(Word("deactivated"));
  if (endpoint == "get-subscription")
    return call->done(Subscription(call->site->id()));
  if (endpoint == "get-stats" || about_key) return Count(call);
  if (call->form.Get("user_ip").empty())
    return call->done(Invalid("Empty \"user_ip\" value"));
  BeginComment(call);
  if (endpoint == "comment-check") return Check(call);
  Submit(call);
}

void AkismetDoor::BeginComment(const CallPtr& call) {
  const Time now = context_.clock->Now();
  call->comment = CommentOfForm(call->form, call->site->akismet().format(),
                                context_.config->limits().max_comment_bytes(),
                                now, &call->flags);
  call->first_id =
      CommentIdOf(context_.id_key, call->site->id(), call->comment, 0);
  call->guess = occurrences_.Find(call->first_id, now);
  call->occurrence = call->guess.occurrence;
}

std::string AkismetDoor::NameOf(const Call& call) const {
  return CommentName(call.site->id(),
                     CommentIdOf(context_.id_key, call.site->id(), call.comment,
                                 call.occurrence));
}

void AkismetDoor::Check(const CallPtr& call) {
  const AkismetFlags& flags = call->flags;
  if (flags.guaranteed_spam && !flags.administrator)
    return call->done(Spam(call->first_id));
  // What cannot be read to its end is not stored as if it had been.
  if (flags.is_test || flags.too_long) return CheckOnce(call, true);
  if (!call->form.Get("callback").empty()) {
    RememberCallback(*call->site, context_.seal_key,
                     ToUtf8(call->form.Get("callback"), ""), call->given_key,
                     &call->comment);
  }
  if (flags.recheck && call->may_review) return Recheck(call);
  if (call->guess.known && !call->guess.same && !flags.dated && !flags.recheck)
    ++call->occurrence;
  TryCheck(call);
}

// How it stands now, if it was checked before.
void AkismetDoor::Recheck(const CallPtr& call) {
  v1::GetEntryRequest request;
  request.set_name(NameOf(*call));
  CallFor<v1::GetEntryResponse>(
      context_.upstream, kGetEntry, request, Authorization(call->key),
      [this, call](absl::StatusOr<v1::GetEntryResponse> answer) {
        if (!answer.ok()) return TryCheck(call);
        call->done(
            StateAnswer(call->site->akismet(), answer->entry().state(),
                        ParseResourceName(answer->entry().name()).comment));
      });
}

// Under the id of one occurrence after the other, until it is a new comment or
// surely the same.
void AkismetDoor::TryCheck(const CallPtr& call) {
  v1::CheckCommentRequest request;
  *request.mutable_comment() = call->comment;
  request.mutable_comment()->set_name(NameOf(*call));
  CallFor<v1::CheckCommentResponse>(
      context_.upstream, kCheckComment, request, Authorization(call->key),
      [this, call](absl::StatusOr<v1::CheckCommentResponse> answer) {
        const bool exists =
            answer.status().code() == absl::StatusCode::kAlreadyExists;
        const bool another = answer.ok() && answer->repeated_check() &&
                             !call->guess.same && !call->flags.dated &&
                             !call->flags.recheck;
        // It was asked about before with other fields, and only its words can
        // be judged again.
        if (exists && call->flags.recheck) return CheckOnce(call, true);
        if ((exists || another) && call->tries < kMaxTries) {
          call->occurrence += uint64_t{1} << call->tries++;
          return TryCheck(call);
        }
        if (!answer.ok()) return call->done(Failed(answer.status()));
        occurrences_.Set(call->first_id, call->occurrence,
                         context_.clock->Now());
        const std::string_view guid = ParseResourceName(answer->name()).comment;
        if (call->flags.administrator) return call->done(Ham(guid));
        call->done(Verdict(call->site->akismet(), answer->decision(), guid));
      });
}

// Judges it without a trace.
void AkismetDoor::CheckOnce(const CallPtr& call, bool dry_run) {
  v1::CheckCommentRequest request;
  *request.mutable_comment() = call->comment;
  request.mutable_comment()->set_name(SiteName(call->site->id()));
  request.set_dry_run(dry_run);
  CallFor<v1::CheckCommentResponse>(
      context_.upstream, kCheckComment, request, Authorization(call->key),
      [call](absl::StatusOr<v1::CheckCommentResponse> answer) {
        if (!answer.ok()) return call->done(Failed(answer.status()));
        if (call->flags.administrator) return call->done(Ham(call->first_id));
        if (call->flags.too_long &&
            answer->decision().verdict() == v1::VERDICT_ACCEPT)
          return call->done(Held(call->site->akismet(), call->first_id));
        call->done(
            Verdict(call->site->akismet(), answer->decision(), call->first_id));
      });
}

void AkismetDoor::Submit(const CallPtr& call) {
  if (call->flags.is_test || call->flags.guaranteed_spam)
    return call->done(Word(kThanks));
  call->may_review ? Decide(call) : Report(call);
}

// What the blog's own moderators say is a decision, if the key allows one.
void AkismetDoor::Decide(const CallPtr& call) {
  const bool spam = call->endpoint == "submit-spam";
  v1::DecideEntriesRequest request;
  request.set_parent(SiteName(call->site->id()));
  request.set_moderator(
      Cut(kSiteModerator + ReporterOf(call->form), kMaxModerator));
  v1::EntryDecision* decision = request.add_decisions();
  decision->set_name(NameOf(*call));
  decision->set_verdict(spam ? v1::VERDICT_REJECT : v1::VERDICT_ACCEPT);
  decision->set_reason_code(spam ? "spam" : "ok");
  CallFor<v1::DecideEntriesResponse>(
      context_.upstream, kDecideEntries, request, Authorization(call->key),
      [this, call](absl::StatusOr<v1::DecideEntriesResponse> answer) {
        if (answer.ok() && answer->results_size() == 1 &&
            answer->results(0).has_entry())
          return call->done(Word(kThanks));
        if (answer.ok() && !call->stored_by_submit)
          return StoreThenSubmit(call);
        if (answer.status().code() == absl::StatusCode::kPermissionDenied)
          return Report(call);
        call->done(answer.ok() ? Word(kThanks) : Failed(answer.status()));
      });
}

void AkismetDoor::Report(const CallPtr& call) {
  v1::ReportCommentRequest request;
  request.set_name(NameOf(*call));
  request.set_spam(call->endpoint == "submit-spam");
  request.set_from_site(true);
  request.set_reporter(Cut(ReporterOf(call->form), kMaxReporter));
  CallFor<v1::ReportCommentResponse>(
      context_.upstream, kReportComment, request, Authorization(call->key),
      [this, call](absl::StatusOr<v1::ReportCommentResponse> answer) {
        if (answer.status().code() == absl::StatusCode::kNotFound &&
            !call->stored_by_submit)
          return StoreThenSubmit(call);
        call->done(answer.ok() ? Word(kThanks) : Failed(answer.status()));
      });
}

// A comment that was never checked here, as one from before Sluice.
void AkismetDoor::StoreThenSubmit(const CallPtr& call) {
  call->stored_by_submit = true;
  v1::CheckCommentRequest request;
  *request.mutable_comment() = call->comment;
  request.mutable_comment()->set_name(NameOf(*call));
  CallFor<v1::CheckCommentResponse>(
      context_.upstream, kCheckComment, request, Authorization(call->key),
      [this, call](absl::StatusOr<v1::CheckCommentResponse> answer) {
        if (!answer.ok() &&
            answer.status().code() != absl::StatusCode::kAlreadyExists)
          return call->done(Failed(answer.status()));
        call->may_review ? Decide(call) : Report(call);
      });
}

// What is asked of counts. A key that may not see them is told of none.
void AkismetDoor::Count(const CallPtr& call) {
  v1::CountEntriesRequest request;
  request.set_parent(SiteName(call->site->id()));
  const bool short_span = call->form.Get("from") == "60-days";
  request.set_days(short_span ? 60 : kMaxDays);
  CallFor<v1::CountEntriesResponse>(
      context_.upstream, kCountEntries, request, Authorization(call->key),
      [this, call](absl::StatusOr<v1::CountEntriesResponse> answer) {
        const bool denied =
            answer.status().code() == absl::StatusCode::kPermissionDenied;
        if (!answer.ok() && !denied) return call->done(Failed(answer.status()));
        const v1::CountEntriesResponse counts =
            denied ? v1::CountEntriesResponse() : *std::move(answer);
        const Time now = context_.clock->Now();
        if (call->endpoint == "get-stats") return call->done(Stats(counts));
        if (call->endpoint == "usage-limit")
          return call->done(UsageLimit(counts, now));
        const std::string site = call->site->hosts().empty()
                                     ? call->site->id()
                                     : call->site->hosts(0);
        call->done(KeySites(counts, site, call->given_key, now, call->form));
      });
}

}  // namespace sluice::gateway
