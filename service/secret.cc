#include "service/secret.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace sluice {
namespace {

absl::Status FileError(const std::string& path, int error) {
  const std::string message =
      fmt::format("{}: the server's secret: {}", path, std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(message)
                         : absl::InternalError(message);
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

absl::StatusOr<std::string> ReadAll(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return FileError(path, errno);
  std::string content;
  std::array<char, kMaxSecret + 2> buffer;
  while (content.size() <= kMaxSecret + 1) {
    const ssize_t size = read(file.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return FileError(path, errno);
    if (size == 0) break;
    content.append(buffer.data(), static_cast<size_t>(size));
  }
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r'))
    content.pop_back();
  if (content.size() < kMinSecret || content.size() > kMaxSecret) {
    return absl::InvalidArgumentError(
        fmt::format("{}: the server's secret must be {} to {} bytes", path,
                    kMinSecret, kMaxSecret));
  }
  return content;
}

// In letters, so that the file is one line that can be copied.
std::string Hex(std::string_view bytes) {
  std::string hex;
  for (unsigned char byte : bytes) hex += fmt::format("{:02x}", byte);
  return hex;
}

bool WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = write(descriptor, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    text.remove_prefix(static_cast<size_t>(size));
  }
  return fsync(descriptor) == 0;
}

// Whole or not at all: written beside, then linked, which fails if another was
// faster.
absl::Status Create(const std::string& path) {
  absl::StatusOr<std::string> secret = MakeSecret();
  if (!secret.ok()) return secret.status();
  const std::string draft = fmt::format("{}.{}", path, getpid());
  absl::Status status;
  {
    const File file(
        open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0) return FileError(draft, errno);
    if (!WriteAll(file.get(), Hex(*secret) + "\n"))
      status = FileError(draft, errno);
  }
  if (status.ok() && link(draft.c_str(), path.c_str()) != 0 && errno != EEXIST)
    status = FileError(path, errno);
  unlink(draft.c_str());
  return status;
}

}  // namespace

absl::StatusOr<std::string> MakeSecret() {
  std::string secret(kMinSecret, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()),
                 static_cast<int>(secret.size())) != 1) {
    return absl::InternalError("the system gives no random bytes");
  }
  return secret;
}

absl::StatusOr<std::string> ReadSecret(const std::string& path, bool make) {
  absl::StatusOr<std::string> secret = ReadAll(path);
  if (secret.ok() || !make || !absl::IsNotFound(secret.status())) return secret;
  if (absl::Status made = Create(path); !made.ok()) return made;
  return ReadAll(path);
}

std::string DeriveKey(std::string_view secret, std::string_view purpose) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(),
       digest.data(), &size);
  return std::string(reinterpret_cast<const char*>(digest.data()), size);
}

KeyedHash DeriveHash(std::string_view secret, std::string_view purpose) {
  const std::string key = DeriveKey(secret, purpose);
  std::array<uint64_t, 2> words;
  std::memcpy(words.data(), key.data(), sizeof(words));
  return KeyedHash(words);
}

}  // namespace sluice
