// sluice admin backup: the store in a file, whole or not at all.

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"
#include "client/progress.h"
#include "google/protobuf/struct.pb.h"

namespace sluice::client {
namespace {

constexpr char kMagic[] = "SQLite format 3";

// FILE.part, which becomes FILE once it is whole and on the disk.
class PartFile {
 public:
  explicit PartFile(const std::string& path)
      : path_(path),
        part_(path + ".part"),
        descriptor_(open(part_.c_str(),
                         O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr);
  }
  ~PartFile() {
    if (descriptor_ >= 0) close(descriptor_);
    if (!kept_) unlink(part_.c_str());
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  bool open_failed() const { return descriptor_ < 0; }

  absl::Status Add(const std::string& bytes) {
    EVP_DigestUpdate(digest_.get(), bytes.data(), bytes.size());
    if (written_ == 0 && bytes.rfind(kMagic, 0) != 0)
      return absl::DataLossError("what the server sent is no store");
    for (size_t done = 0; done < bytes.size();) {
      const ssize_t got =
          write(descriptor_, bytes.data() + done, bytes.size() - done);
      if (got <= 0) {
        return absl::UnavailableError(
            fmt::format("{} cannot be written; is the disk full?", part_));
      }
      done += static_cast<size_t>(got);
    }
    written_ += static_cast<int64_t>(bytes.size());
    return absl::OkStatus();
  }

  absl::Status Keep(int64_t size, const std::string& sha256) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    EVP_DigestFinal_ex(digest_.get(), digest, &length);
    if (written_ != size ||
        sha256 != std::string(reinterpret_cast<const char*>(digest), length)) {
      return absl::DataLossError(
          "what came is not what the server sent; try again");
    }
    if (fsync(descriptor_) != 0 ||
        std::rename(part_.c_str(), path_.c_str()) != 0) {
      return absl::UnavailableError(
          fmt::format("{} cannot be written; is the disk full?", path_));
    }
    kept_ = true;
    return absl::OkStatus();
  }

 private:
  const std::string path_;
  const std::string part_;
  const int descriptor_;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest_{
      EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  int64_t written_ = 0;
  bool kept_ = false;
};

absl::Status Receive(Connection* connection, PartFile* file, const Streams& io,
                     int64_t* size) {
  std::string sha256;
  absl::Status status;
  std::unique_ptr<Progress> progress;
  int64_t received = 0;
  const absl::Status call =
      connection->CreateBackup([&](const v1::CreateBackupResponse& message) {
        if (message.part_case() == v1::CreateBackupResponse::kTotalBytes) {
          *size = message.total_bytes();
          progress = std::make_unique<Progress>(&io.err, "bytes",
                                                static_cast<uint64_t>(*size));
        } else if (message.part_case() == v1::CreateBackupResponse::kData) {
          status = file->Add(message.data());
          received += static_cast<int64_t>(message.data().size());
          if (progress)
            progress->Say(received, static_cast<uint64_t>(received));
        } else {
          sha256 = message.sha256();
        }
        return status.ok();
      });
  if (!status.ok()) return status;
  if (!call.ok()) return call;
  return file->Keep(*size, sha256);
}

google::protobuf::Struct Described(const std::string& path, int64_t size) {
  google::protobuf::Struct said;
  (*said.mutable_fields())["file"].set_string_value(path);
  (*said.mutable_fields())["bytes"].set_number_value(static_cast<double>(size));
  return said;
}

}  // namespace

int Backup(const Options& options, const std::string& path, const Streams& io) {
  PartFile file(path);
  if (file.open_failed()) {
    return Say(absl::InvalidArgumentError(fmt::format(
                   "{}.part cannot be made; is its folder writable?", path)),
               io);
  }
  Connection connection(options.server, options.timeout_seconds);
  int64_t size = 0;
  if (absl::Status status = Receive(&connection, &file, io, &size);
      !status.ok()) {
    return Say(status, io);
  }
  io.out << (options.json
                 ? Json(Described(path, size), false)
                 : fmt::format("{}: {} bytes; `sluiced --restore {}` puts it "
                               "in place\n",
                               Visible(path, false), size,
                               Visible(path, false)));
  return kAccept;
}

}  // namespace sluice::client
