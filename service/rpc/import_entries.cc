#include "service/rpc/import_entries.h"

#include <mutex>
#include <utility>

#include "google/rpc/status.pb.h"
#include "service/rpc/review_requests.h"
#include "service/rpc/status.h"

namespace sluice::rpc {
namespace {

constexpr int kMaxErrors = 20;
constexpr int kMaxUnderWay = 64;

class Import final : public grpc::ServerReadReactor<v1::ImportEntriesRequest> {
 public:
  Import(const ServiceContext* context, Visit visit, std::string batch,
         v1::ImportEntriesResponse* response)
      : context_(*context),
        visit_(std::move(visit)),
        batch_(std::move(batch)),
        response_(*response) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      Settle([this] { ++under_way_; });
      Take();
    }
    Settle([this, ok] {
      reading_ = false;
      ended_ = !ok;
    });
  }
  void OnDone() override {
    context_.gate->Leave(visit_, error_, {});
    delete this;
  }

 private:
  void Take() {
    const Time now = context_.moderator->clock().Now();
    v1::Comment& comment = *request_.mutable_comment();
    absl::Status status = context_.gate->Allow(visit_, request_);
    if (absl::IsUnauthenticated(status)) return End(status);
    if (status.ok()) status = AdmitImport(context_, now, &request_);
    if (!status.ok()) return Refuse(comment.name(), status);
    Time then = now;
    if (comment.has_create_time()) {
      then =
          Time(std::chrono::seconds(comment.create_time().seconds()) +
               std::chrono::microseconds(comment.create_time().nanos() / 1000));
    }
    absl::StatusOr<v1::Checked> checked =
        context_.moderator->JudgePast(comment, std::min(then, now));
    if (!checked.ok()) return Refuse(comment.name(), checked.status());
    v1::EntryDecision decision;
    decision.set_name(comment.name());
    decision.set_verdict(request_.verdict());
    decision.set_reason_code(request_.reason_code());
    const std::string moderator =
        request_.moderator().empty() ? "import" : request_.moderator();
    context_.moderator->store()->RecordCheck(
        *std::move(checked), std::min(then, now), store::Durability::kBehind,
        [this, decision, moderator,
         then](absl::StatusOr<store::CheckRecord> record) {
          Recorded(std::move(record), decision, moderator, then);
        });
  }

  void Recorded(absl::StatusOr<store::CheckRecord> record,
                const v1::EntryDecision& decision, const std::string& moderator,
                Time then) {
    if (absl::IsAlreadyExists(record.status()))
      return Refuse(decision.name(), record.status());
    if (!record.ok()) return End(record.status());
    if (record->repeated) {
      return Settle([this] {
        response_.set_repeated_checks(response_.repeated_checks() + 1);
        --under_way_;
      });
    }
    // Without a decision it is no more than a barrier, so that what is behind
    // does not pile up.
    std::vector<v1::EntryDecision> decisions;
    if (decision.verdict() != v1::VERDICT_UNSPECIFIED)
      decisions.push_back(decision);
    context_.moderator->store()->Decide(
        std::move(decisions), moderator, batch_, then,
        [this](absl::StatusOr<store::Store::DecideResults> results) {
          if (!results.ok()) return End(results.status());
          for (absl::StatusOr<v1::Entry>& entry : *results) {
            if (entry.ok()) context_.learner->Learn({*std::move(entry)});
          }
          Settle([this] {
            response_.set_imported(response_.imported() + 1);
            --under_way_;
          });
        });
  }

  void Refuse(const std::string& name, const absl::Status& why) {
    Settle([this, &name, &why] {
      response_.set_refused(response_.refused() + 1);
      --under_way_;
      if (response_.errors_size() == kMaxErrors) return;
      google::rpc::Status* error = response_.add_errors();
      error->ParseFromString(ToGrpc(why).error_details());
      error->set_code(static_cast<int>(why.code()));
      error->set_message(name + ": " + std::string(why.message()));
    });
  }

  // The store does not take it: no more is read, what is under way is waited
  // for.
  void End(const absl::Status& error) {
    Settle([this, &error] {
      if (error_.ok()) error_ = error;
      --under_way_;
    });
  }

  // Changes the state, then does what follows from it, without the lock: once
  // finished, the object may be gone.
  template <typename Change>
  void Settle(Change change) {
    absl::Status end;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      change();
      if (reading_) return;
      const bool over = ended_ || !error_.ok();
      if (over ? under_way_ > 0 : under_way_ >= kMaxUnderWay) return;
      reading_ = true;  // or over: nothing comes after it
      if (!over) return StartRead(&request_);
      end = error_;
    }
    Finish(ToGrpc(end));
  }

  const ServiceContext& context_;
  const Visit visit_;
  const std::string batch_;
  v1::ImportEntriesRequest request_;  // of the read that is under way
  std::mutex mutex_;
  v1::ImportEntriesResponse& response_;  // guarded by mutex_
  int under_way_ = 0;                    // guarded by mutex_
  // A read is under way or its request in use, or all is over.
  bool reading_ = true;  // guarded by mutex_
  bool ended_ = false;   // guarded by mutex_
  absl::Status error_;   // guarded by mutex_
};

}  // namespace

grpc::ServerReadReactor<v1::ImportEntriesRequest>* StartImport(
    const ServiceContext* context, Visit visit, std::string batch,
    v1::ImportEntriesResponse* response) {
  return new Import(context, std::move(visit), std::move(batch), response);
}

}  // namespace sluice::rpc
