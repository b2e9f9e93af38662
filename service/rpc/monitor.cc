#include "service/rpc/monitor.h"

#include <chrono>
#include <utility>

#include "service/rpc/log.h"
#include "service/rpc/state.h"

namespace sluice::rpc {
namespace {

constexpr std::chrono::seconds kEvery{1};

}  // namespace

Monitor::Monitor(const ServiceContext* context,
                 grpc::HealthCheckServiceInterface* health)
    : context_(*context), health_(health) {
  Look();
  thread_ = std::thread([this] { Run(); });
}

Monitor::~Monitor() {
  {
    const MutexLock lock(&mutex_);
    stop_ = true;
    stopped_.NotifyAll();
  }
  thread_.join();
}

void Monitor::Look() {
  bool ready = true;
  std::map<std::string, std::string> now;
  for (const v1::Problem& problem : FindProblems(context_)) {
    ready = ready && !problem.fatal();
    now[problem.part()] = problem.description();
  }
  for (const auto& [part, what] : now) {
    if (known_.count(part) == 0) {
      Log(v1::LogConfig::LEVEL_WARNING, "problem",
          {{"part", part}, {"what", what}});
    }
  }
  for (const auto& [part, what] : known_) {
    if (now.count(part) == 0)
      Log(v1::LogConfig::LEVEL_INFO, "problem over", {{"part", part}});
  }
  for (const char* part : kParts)
    health_->SetServingStatus(part, now.count(part) == 0);
  health_->SetServingStatus("ready", ready);
  known_ = std::move(now);
}

void Monitor::Run() {
  using Clock = std::chrono::steady_clock;
  while (true) {
    const Clock::time_point wake = Clock::now() + kEvery;
    {
      const MutexLock lock(&mutex_);
      while (!stop_ && Clock::now() < wake) stopped_.WaitUntil(&mutex_, wake);
      if (stop_) return;
    }
    Look();
  }
}

}  // namespace sluice::rpc
