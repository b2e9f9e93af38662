#include "service/gateway/akismet_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "service/gateway/json.h"

namespace sluice::gateway {
namespace {

// Thirty days: what waits is told by a callback, not by asking again, and the
// plugin accepts a comment by itself after twice the time.
constexpr int kRecheckSeconds = 2'592'000;
constexpr int kRetrySeconds = 2;

struct Sum {
  int64_t ham = 0, spam = 0, held = 0, missed_spam = 0, false_positives = 0;

  void Add(const v1::DayCounts& day) {
    ham += day.accepted();
    spam += day.rejected();
    held += day.held();
    missed_spam += day.rejected_by_person();
    false_positives += day.accepted_by_person();
  }
  int64_t calls() const { return ham + spam + held; }
  std::string Accuracy() const {
    const int64_t wrong = std::min(missed_spam + false_positives, calls());
    if (calls() == 0) return "100";
    return fmt::format("{:.2f}", 100.0 * static_cast<double>(calls() - wrong) /
                                     static_cast<double>(calls()));
  }
};

void Fill(const Sum& sum, google::protobuf::Struct* out) {
  Set("spam", static_cast<double>(sum.spam), out);
  Set("ham", static_cast<double>(sum.ham), out);
  Set("missed_spam", static_cast<double>(sum.missed_spam), out);
  Set("false_positives", static_cast<double>(sum.false_positives), out);
}

HttpResponse Json(const google::protobuf::Struct& object) {
  HttpResponse response;
  response.content_type = "application/json";
  response.body = ToJson(object);
  return response;
}

// `2026-11` of now.
std::string MonthOf(Time now) {
  const std::chrono::year_month_day date(
      std::chrono::floor<std::chrono::days>(now));
  return fmt::format("{:04}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()));
}

Sum SumOf(const v1::CountEntriesResponse& counts, std::string_view month) {
  Sum sum;
  for (const v1::DayCounts& day : counts.days()) {
    if (day.date().rfind(month, 0) == 0) sum.Add(day);
  }
  return sum;
}

// Safe in a line of CSV.
std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ',' && c != '"' && static_cast<unsigned char>(c) >= 0x20)
      out.push_back(c);
  }
  return out;
}

}  // namespace

HttpResponse Word(std::string_view word) {
  HttpResponse response;
  response.body = std::string(word);
  return response;
}

HttpResponse Invalid(std::string_view why) {
  HttpResponse response = Word("invalid");
  response.headers.emplace_back("X-akismet-debug-help", why);
  return response;
}

HttpResponse Failed(const absl::Status& status) {
  const std::string why(status.message());
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
      return Invalid(why);
    case absl::StatusCode::kUnauthenticated:
      return Invalid("the key is not valid");
    case absl::StatusCode::kPermissionDenied:
      return Invalid("the key is not for this blog or this call");
    default:
      break;
  }
  HttpResponse response;
  response.status =
      status.code() == absl::StatusCode::kResourceExhausted ? 429 : 503;
  response.headers.emplace_back("Retry-After", std::to_string(kRetrySeconds));
  response.headers.emplace_back("X-akismet-debug-help", why);
  return response;
}

HttpResponse Spam(std::string_view guid) {
  HttpResponse response = Word("true");
  response.headers.emplace_back("X-akismet-guid", guid);
  return response;
}

HttpResponse Ham(std::string_view guid) {
  HttpResponse response = Word("false");
  response.headers.emplace_back("X-akismet-guid", guid);
  return response;
}

HttpResponse Held(const v1::AkismetConfig& config, std::string_view guid) {
  if (config.hold_as() == v1::AkismetConfig::HOLD_AS_SPAM) return Spam(guid);
  HttpResponse response = Ham(guid);
  if (config.hold_as() == v1::AkismetConfig::HOLD_AS_ACCEPT) return response;
  response.headers.emplace_back("X-akismet-recheck-after",
                                std::to_string(kRecheckSeconds));
  response.headers.emplace_back("X-akismet-error", "held for review");
  return response;
}

HttpResponse Verdict(const v1::AkismetConfig& config,
                     const v1::Decision& decision, std::string_view guid) {
  if (decision.verdict() == v1::VERDICT_ACCEPT) return Ham(guid);
  if (decision.verdict() != v1::VERDICT_REJECT) return Held(config, guid);
  HttpResponse response = Spam(guid);
  const double discard_at =
      config.discard_at() > 0 ? config.discard_at() : 2 * decision.reject_at();
  if (discard_at > 0 && decision.score() >= discard_at)
    response.headers.emplace_back("X-akismet-pro-tip", "discard");
  return response;
}

HttpResponse StateAnswer(const v1::AkismetConfig& config, v1::State state,
                         std::string_view guid) {
  if (state == v1::STATE_ACCEPTED) return Ham(guid);
  if (state == v1::STATE_REJECTED) return Spam(guid);
  return Held(config, guid);
}

HttpResponse Subscription(std::string_view site) {
  google::protobuf::Struct out;
  Set("account_id", 1.0, &out);
  Set("account_name", site, &out);
  Set("account_type", "sluice", &out);
  Set("status", "active", &out);
  SetBool("next_billing_date", false, &out);
  SetBool("limit_reached", false, &out);
  return Json(out);
}

HttpResponse Stats(const v1::CountEntriesResponse& counts) {
  Sum all;
  std::map<std::string, Sum> months;
  for (const v1::DayCounts& day : counts.days()) {
    all.Add(day);
    months[day.date().substr(0, 7)].Add(day);
  }
  google::protobuf::Struct out;
  Fill(all, &out);
  Set("accuracy", all.Accuracy(), &out);
  google::protobuf::Struct* breakdown =
      (*out.mutable_fields())["breakdown"].mutable_struct_value();
  for (const auto& [month, sum] : months) {
    if (sum.calls() == 0) continue;
    google::protobuf::Struct* line =
        (*breakdown->mutable_fields())[month].mutable_struct_value();
    Fill(sum, line);
    Set("da", month + "-01", line);
  }
  return Json(out);
}

HttpResponse UsageLimit(const v1::CountEntriesResponse& counts, Time now) {
  google::protobuf::Struct out;
  Set("limit", "none", &out);
  Set("usage", static_cast<double>(SumOf(counts, MonthOf(now)).calls()), &out);
  Set("percentage", "0.00", &out);
  SetBool("throttled", false, &out);
  Set("notice_level", "NOTICE_NONE", &out);
  SetBool("upgrade", false, &out);
  return Json(out);
}

HttpResponse KeySites(const v1::CountEntriesResponse& counts,
                      std::string_view site, std::string_view key, Time now,
                      const Form& form) {
  std::string month(form.Get("month"));
  if (month.size() != 7) month = MonthOf(now);
  const Sum sum = SumOf(counts, month);
  const bool shown =
      form.Get("offset").find_first_of("123456789") == std::string_view::npos &&
      site.find(form.Get("filter")) != site.npos;
  if (form.Get("format") == "csv") {
    HttpResponse response;
    response.content_type = "text/csv; charset=utf-8";
    response.body = fmt::format(
        "Active sites for {} during {} (limit:500, offset: 0, total: {})\n"
        "Site,Total API Calls,Spam,Ham,Missed Spam,False Positives,Is "
        "Revoked\n",
        Cell(key), Cell(month), shown ? 1 : 0);
    if (shown) {
      response.body +=
          fmt::format("{},{},{},{},{},{},false\n", Cell(site), sum.calls(),
                      sum.spam, sum.ham, sum.missed_spam, sum.false_positives);
    }
    return response;
  }
  google::protobuf::Struct out;
  google::protobuf::ListValue* sites =
      (*out.mutable_fields())[month].mutable_list_value();
  if (shown) {
    google::protobuf::Struct* line =
        sites->add_values()->mutable_struct_value();
    Set("site", site, line);
    Set("api_calls", std::to_string(sum.calls()), line);
    Set("spam", std::to_string(sum.spam), line);
    Set("ham", std::to_string(sum.ham), line);
    Set("missed_spam", std::to_string(sum.missed_spam), line);
    Set("false_positives", std::to_string(sum.false_positives), line);
    SetBool("is_revoked", false, line);
  }
  Set("limit", 500.0, &out);
  Set("offset", 0.0, &out);
  Set("total", shown ? 1.0 : 0.0, &out);
  return Json(out);
}

}  // namespace sluice::gateway
