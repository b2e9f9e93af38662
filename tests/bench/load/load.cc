// What a check costs the server, as ratios to an empty service built from the
// same sources. One run, in rounds that interleave the servers, on one machine:
//
//   load [--rounds N] [--comments N] [--held PERCENT] [--data FOLDER]
//
// sluiced runs with the rules that ship, padded to 100, 1,000 and 10,000 (16 of
// these without a literal), its store on disk. Comments are good ones of
// labelled blogs that those rules accept, each sent once to each server; of
// each hundred, as many as --held ask to be held. Prints medians over the
// rounds and `bar` lines.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/load/callers.h"
#include "tests/bench/load/comments.h"
#include "tests/bench/load/server_process.h"
#include "tests/bench/rule_maker.h"

namespace sluice::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kChannels = 4;
constexpr int kInFlight = 32;
constexpr int kBatch = 64;
constexpr int kWithoutLiteral = 16;
constexpr int kDiskCalls = 200;
constexpr const char kHoldWord[] = " sluice-test-hold";

struct Flags {
  int rounds = 7;
  int comments = 1500;  // a round and server
  double held = 5;
  std::string data = SLUICE_SOURCE_DIR "/../shared/data/spam";
};

Flags Parse(int argc, char** argv) {
  Flags flags;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--rounds") flags.rounds = std::atoi(argv[i + 1]);
    if (name == "--comments") flags.comments = std::atoi(argv[i + 1]);
    if (name == "--held") flags.held = std::atof(argv[i + 1]);
    if (name == "--data") flags.data = argv[i + 1];
  }
  return flags;
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// "bar NAME VALUE LIMIT ok|short".
void AtMost(const char* name, double value, double limit) {
  fmt::print("bar {} {:.3g} {:.3g} {}\n", name, value, limit,
             value <= limit ? "ok" : "short");
}
void AtLeast(const char* name, double value, double limit) {
  fmt::print("bar {} {:.3g} {:.3g} {}\n", name, value, limit,
             value >= limit ? "ok" : "short");
}

// A folder with the rules that ship and made ones, `count` in all.
void WriteRules(const fs::path& folder, int count) {
  fs::copy(SLUICE_SOURCE_DIR "/rules", folder, fs::copy_options::recursive);
  int shipped = 0;
  for (const auto& file : fs::directory_iterator(folder)) {
    std::ifstream in(file.path());
    for (std::string line; std::getline(in, line);)
      shipped += line.rfind("  - id:", 0) == 0;
  }
  if (count <= shipped) return;
  const bool many = count >= 10'000;
  const int made = count - shipped - (many ? kWithoutLiteral : 0);
  std::ofstream out(folder / "padding.yaml");
  out << RuleMaker().Make(static_cast<size_t>(made)).yaml;
  for (int i = 0; many && i < kWithoutLiteral; ++i) {
    out << fmt::format(
        "  - id: bare-{0}\n    why: Made for a benchmark\n    score: 0.1\n"
        "    regex: '[0-9]{{4}}[a-f]{0}[xyz][0-9]{{2}}'\n",
        i);
  }
}

class Bench {
 public:
  explicit Bench(Flags flags)
      : flags_(std::move(flags)),
        folder_(fs::temp_directory_path() /
                fmt::format("sluice-load-{}", getpid())) {
    fs::create_directories(folder_);
    Start("empty", {EMPTY_SERVICE});
    for (const int rules : {100, 1000, 10'000}) {
      const std::string name = std::to_string(rules);
      const fs::path folder = folder_ / ("rules-" + name);
      WriteRules(folder, rules);
      Start(name,
            {SLUICED, "--listen", "127.0.0.1:0", "--rules", folder.string(),
             "--sqlite", (folder_ / name / "sluice.db").string()});
    }
    Sift();
  }
  ~Bench() {
    servers_.clear();
    fs::remove_all(folder_);
  }

  void Measure() {
    std::map<std::string, std::vector<double>> cpu;
    std::map<std::string, std::vector<double>> rate;
    std::map<std::string, std::vector<double>> p50;
    std::map<std::string, std::vector<double>> p99;
    std::map<std::string, std::vector<double>> p999;
    int64_t held = 0;
    int64_t sent = 0;
    for (int round = 0; round < flags_.rounds; ++round) {
      const std::vector<v1::Comment> comments = Comments(round);
      for (const auto& [name, server] : servers_) {
        const auto before = server.process->Cpu();
        const Run run = server.callers->Check(comments);
        const auto spent = server.process->Cpu() - before;
        CheckErrors(run);
        cpu[name].push_back(PerComment(spent, run));
        rate[name].push_back(run.PerSecond());
        p50[name].push_back(run.Quantile(0.5));
        p99[name].push_back(run.Quantile(0.99));
        p999[name].push_back(run.Quantile(0.999));
        if (name == "1000") {
          held += run.held;
          sent += run.comments;
        }
      }
    }
    fmt::print(
        "{} rounds of {} comments, {} channels, {} calls in flight; held: "
        "{:.1f} %\n{:>8} {:>12} {:>10} {:>9} {:>9} {:>9}\n",
        flags_.rounds, flags_.comments, kChannels, kInFlight,
        100.0 * static_cast<double>(held) / static_cast<double>(sent), "server",
        "us CPU/call", "calls/s", "p50 us", "p99 us", "p99.9 us");
    for (const auto& [name, server] : servers_) {
      fmt::print("{:>8} {:>12.1f} {:>10.0f} {:>9.0f} {:>9.0f} {:>9.0f}\n", name,
                 Median(cpu[name]), Median(rate[name]), Median(p50[name]),
                 Median(p99[name]), Median(p999[name]));
    }
    AtMost("load_cpu_to_empty", Median(cpu["1000"]) / Median(cpu["empty"]), 2);
    AtLeast("load_throughput_share",
            Median(rate["1000"]) / Median(rate["empty"]), 0.6);
    AtMost("load_10000_rules_to_100", Median(cpu["10000"]) / Median(cpu["100"]),
           1.6);
    unary_us_ = Median(cpu["1000"]);
  }

  void MeasureBatches() {
    std::vector<double> cpu;
    Server& server = servers_.at("1000");
    for (int round = 0; round < flags_.rounds; ++round) {
      const auto before = server.process->Cpu();
      const Run run = server.callers->CheckInBatches(
          Comments(flags_.rounds + round), kBatch);
      cpu.push_back(PerComment(server.process->Cpu() - before, run));
      CheckErrors(run);
    }
    fmt::print("a comment in a batch of {}: {:.1f} us CPU\n", kBatch,
               Median(cpu));
    AtLeast("load_batch_to_unary", unary_us_ / Median(cpu), 1.8);
  }

  // One HOLD after another, next to what the disk alone takes.
  void MeasureHolds() {
    const std::string path = (folder_ / "1000" / "disk").string();
    const int file = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
    const std::string block(4096, 'x');
    std::vector<double> disk;
    std::vector<double> holds;
    Callers caller(servers_.at("1000").process->address(), 1, 1);
    const std::vector<v1::Comment> comments = Comments(2 * flags_.rounds);
    for (int i = 0; i < kDiskCalls; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      if (write(file, block.data(), block.size()) < 0) std::exit(1);
      fdatasync(file);
      const std::chrono::duration<double, std::micro> spent =
          std::chrono::steady_clock::now() - begin;
      disk.push_back(spent.count());
      v1::Comment comment = comments[static_cast<size_t>(i) % comments.size()];
      comment.set_body(comment.body() + kHoldWord);
      holds.push_back(caller.Check({comment}).Quantile(0.5));
    }
    close(file);
    fmt::print("one HOLD: p50 {:.0f} us; fdatasync of 4 KiB: p50 {:.0f} us\n",
               Median(holds), Median(disk));
    AtMost("load_hold_to_fdatasync", Median(holds) / Median(disk), 1.5);
  }

  void MeasureMemory() {
    const double small = servers_.at("1000").process->ResidentMiB();
    const double large = servers_.at("10000").process->ResidentMiB();
    AtMost("load_resident_mib_1000", small, 48);
    AtMost("load_resident_mib_10000", large, 100);
  }

  void MeasureHostile() {
    Server& server = servers_.at("10000");
    double most = 0;
    for (const Hostile& text : HostileTexts()) {
      double best = 1e9;
      for (int i = 0; i < 3; ++i) {
        v1::Comment comment;
        comment.set_name("sites/default/comments/");
        comment.set_body(text.body);
        const auto before = server.process->Cpu();
        (void)server.callers->DryRun(comment);
        const std::chrono::duration<double, std::milli> spent =
            server.process->Cpu() - before;
        best = std::min(best, spent.count());
      }
      fmt::print("hostile {:>9}: {:.2f} ms CPU\n", text.name, best);
      most = std::max(most, best);
    }
    AtMost("load_hostile_ms", most, 15);
  }

 private:
  struct Server {
    std::unique_ptr<ServerProcess> process;
    std::unique_ptr<Callers> callers;
  };

  static double PerComment(std::chrono::nanoseconds spent, const Run& run) {
    return std::chrono::duration<double, std::micro>(spent).count() /
           static_cast<double>(run.comments);
  }

  static void CheckErrors(const Run& run) {
    if (run.errors == 0) return;
    fmt::print(stderr, "{} of {} checks failed\n", run.errors, run.comments);
    std::exit(1);
  }

  void Start(const std::string& name, const std::vector<std::string>& command) {
    fs::create_directories(folder_ / name);
    Server server;
    server.process =
        std::make_unique<ServerProcess>(command, (folder_ / name).string());
    server.callers = std::make_unique<Callers>(server.process->address(),
                                               kChannels, kInFlight);
    servers_.emplace(name, std::move(server));
  }

  // Keeps comments that the rules accept, so that --held says what is held.
  void Sift() {
    const auto wanted =
        static_cast<size_t>((2 * flags_.rounds + 1) * flags_.comments);
    size_t bytes = 0;
    for (v1::Comment& comment : GoodComments(flags_.data, wanted)) {
      if (comments_.size() == wanted) break;
      comment.set_name("sites/default/comments/");
      if (servers_.at("1000").callers->DryRun(comment).decision().verdict() !=
          v1::VERDICT_ACCEPT)
        continue;
      bytes += comment.body().size();
      comments_.push_back(std::move(comment));
    }
    if (comments_.empty()) std::exit(1);
    fmt::print("{} comments, {} bytes on average\n", comments_.size(),
               bytes / comments_.size());
  }

  // Those of a round; they come again where there are too few.
  std::vector<v1::Comment> Comments(int round) const {
    std::vector<v1::Comment> out;
    const double step = flags_.held / 100;
    double due = 0;
    for (int i = 0; i < flags_.comments; ++i) {
      const auto at = static_cast<size_t>(round * flags_.comments + i);
      out.push_back(comments_[at % comments_.size()]);
      due += step;
      if (due < 1) continue;
      due -= 1;
      out.back().set_body(out.back().body() + kHoldWord);
    }
    return out;
  }

  const Flags flags_;
  const fs::path folder_;
  std::map<std::string, Server> servers_;
  std::vector<v1::Comment> comments_;
  double unary_us_ = 0;
};

}  // namespace
}  // namespace sluice::bench

int main(int argc, char** argv) {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  sluice::bench::Bench bench(sluice::bench::Parse(argc, argv));
  bench.Measure();
  bench.MeasureBatches();
  bench.MeasureHolds();
  bench.MeasureMemory();
  bench.MeasureHostile();
  return 0;
}
