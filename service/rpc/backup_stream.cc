#include "service/rpc/backup_stream.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "service/rpc/status.h"

namespace sluice::rpc {
namespace {

constexpr size_t kChunkBytes = 256 << 10;
constexpr std::chrono::seconds kRetryAfter{30};
// Who takes nothing for this long loses the call, and others get their turn.
constexpr std::chrono::seconds kMaxStall{60};

// A file that is gone when the object goes, also if the process is killed.
class UnlinkedFile {
 public:
  explicit UnlinkedFile(const std::string& path)
      : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    unlink(path.c_str());
  }
  ~UnlinkedFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  UnlinkedFile(const UnlinkedFile&) = delete;
  UnlinkedFile& operator=(const UnlinkedFile&) = delete;

  // -1: it cannot be read.
  int64_t Size() const {
    struct stat facts {};
    return fstat(descriptor_, &facts) == 0 ? facts.st_size : -1;
  }
  bool Read(std::string* chunk) const {
    chunk->resize(kChunkBytes);
    const ssize_t got = read(descriptor_, chunk->data(), chunk->size());
    chunk->resize(got < 0 ? 0 : static_cast<size_t>(got));
    return got >= 0;
  }

 private:
  const int descriptor_;
};

class Digest {
 public:
  Digest() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void Add(const std::string& bytes) {
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
  }
  std::string Take() {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(),
                       reinterpret_cast<unsigned char*>(digest.data()), &size);
    digest.resize(size);
    return digest;
  }

 private:
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{
      EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

}  // namespace

// One message is on its way at a time: a slow reader slows the thread, and
// nothing piles up.
class Backups::Stream final
    : public grpc::ServerWriteReactor<v1::CreateBackupResponse> {
 public:
  Stream(grpc::CallbackServerContext* context, OnEnd on_end)
      : context_(context), on_end_(std::move(on_end)) {}

  // False: nobody reads any more.
  bool Write(v1::CreateBackupResponse message) {
    {
      const MutexLock lock(&mutex_);
      WaitForWrite();
      if (cancelled_) return false;
      writing_ = true;
    }
    message_ = std::move(message);
    StartWrite(&message_);
    return true;
  }

  bool cancelled() {
    const MutexLock lock(&mutex_);
    return cancelled_;
  }

  // Waits for the last message; then the call is over.
  void End(const absl::Status& status) {
    {
      const MutexLock lock(&mutex_);
      WaitForWrite();
      // gRPC answers every write, also of a call that was cancelled.
      while (writing_) changed_.Wait(&mutex_);
    }
    on_end_(status);
    Finish(ToGrpc(status));
  }

  void OnWriteDone(bool ok) override {
    const MutexLock lock(&mutex_);
    writing_ = false;
    cancelled_ = cancelled_ || !ok;
    changed_.NotifyAll();
  }
  void OnCancel() override {
    const MutexLock lock(&mutex_);
    cancelled_ = true;
    changed_.NotifyAll();
  }
  void OnDone() override { delete this; }

 private:
  void WaitForWrite() SLUICE_REQUIRES(mutex_) {
    const auto end = std::chrono::steady_clock::now() + kMaxStall;
    while (writing_ && !cancelled_) {
      changed_.WaitUntil(&mutex_, end);
      if (writing_ && !cancelled_ && std::chrono::steady_clock::now() >= end) {
        cancelled_ = true;
        context_->TryCancel();
      }
    }
  }

  grpc::CallbackServerContext* const context_;
  const OnEnd on_end_;
  Mutex mutex_;
  CondVar changed_;
  v1::CreateBackupResponse message_;
  bool writing_ SLUICE_GUARDED_BY(mutex_) = false;
  bool cancelled_ SLUICE_GUARDED_BY(mutex_) = false;
};

namespace {

// `write` is false once nobody reads.
absl::Status Send(const UnlinkedFile& file,
                  const std::function<bool(v1::CreateBackupResponse)>& write) {
  const absl::Status gone = absl::CancelledError("nobody reads the backup");
  const int64_t size = file.Size();
  v1::CreateBackupResponse message;
  message.set_total_bytes(size);
  if (size < 0) return absl::UnavailableError("the copy cannot be read back");
  if (!write(std::move(message))) return gone;
  Digest digest;
  int64_t sent = 0;
  while (sent < size) {
    v1::CreateBackupResponse part;
    if (!file.Read(part.mutable_data()) || part.data().empty())
      return absl::UnavailableError("the copy cannot be read back");
    digest.Add(part.data());
    sent += static_cast<int64_t>(part.data().size());
    if (!write(std::move(part))) return gone;
  }
  v1::CreateBackupResponse last;
  last.set_sha256(digest.Take());
  return write(std::move(last)) ? absl::OkStatus() : gone;
}

}  // namespace

Backups::~Backups() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

grpc::ServerWriteReactor<v1::CreateBackupResponse>* Backups::Create(
    grpc::CallbackServerContext* context, OnEnd on_end) {
  auto* stream = new Stream(context, std::move(on_end));
  if (absl::Status status = Start(stream); !status.ok()) stream->End(status);
  return stream;
}

absl::Status Backups::Start(Stream* stream) {
  const MutexLock lock(&mutex_);
  if (busy_) {
    return Overloaded("another backup is being made; try again when it is done",
                      kRetryAfter);
  }
  if (thread_.joinable()) thread_.join();  // it is but ending its call
  busy_ = true;
  thread_ = std::thread([this, stream] {
    const absl::StatusOr<std::string> copy = store_->Backup(
        [this, stream] { return !stop_ && !stream->cancelled(); });
    absl::Status status = copy.status();
    if (copy.ok()) {
      const UnlinkedFile file(*copy);
      status = Send(file, [this, stream](v1::CreateBackupResponse message) {
        return !stop_ && stream->Write(std::move(message));
      });
    }
    {
      const MutexLock done(&mutex_);
      busy_ = false;
    }
    stream->End(status);
  });
  return absl::OkStatus();
}

}  // namespace sluice::rpc
