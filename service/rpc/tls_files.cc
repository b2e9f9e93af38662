#include "service/rpc/tls_files.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <fstream>
#include <memory>

namespace sluice::rpc {
namespace {

constexpr size_t kMaxFile = 1 << 20;

template <typename T, void (*Free)(T*)>
struct Freed {
  void operator()(T* object) const { Free(object); }
};
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;

absl::Status Wrong(const std::string& file, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", file, what));
}

std::string ReadFile(const std::string& path) {
  std::string content(kMaxFile, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(
      static_cast<size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return content;
}

// Nothing is asked of a terminal: a key with a pass phrase does not load.
int NoPassPhrase(char*, int, int, void*) { return 0; }

template <typename Object, typename Read>
Object ParsePem(const std::string& pem, Read read) {
  const std::unique_ptr<BIO, Freed<BIO, BIO_free_all>> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (in == nullptr) return nullptr;
  return Object(read(in.get(), nullptr, NoPassPhrase, nullptr));
}

Time TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return Time();
  return Time(std::chrono::seconds(timegm(&parts)));
}

}  // namespace

absl::StatusOr<TlsFiles> ReadTlsFiles(const v1::TlsConfig& config) {
  TlsFiles files{ReadFile(config.cert_file()), ReadFile(config.key_file()), "",
                 Time()};
  const auto certificate = ParsePem<Certificate>(files.cert, PEM_read_bio_X509);
  if (certificate == nullptr)
    return Wrong(config.cert_file(), "has no certificate that can be read");
  const auto key = ParsePem<PrivateKey>(files.key, PEM_read_bio_PrivateKey);
  if (key == nullptr)
    return Wrong(config.key_file(), "has no private key that can be read");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Wrong(config.key_file(),
                 fmt::format("is not the key of {}", config.cert_file()));
  }
  files.expire_time = TimeOf(X509_get0_notAfter(certificate.get()));
  if (config.client_ca_file().empty()) return files;
  files.client_ca = ReadFile(config.client_ca_file());
  if (ParsePem<Certificate>(files.client_ca, PEM_read_bio_X509) == nullptr)
    return Wrong(config.client_ca_file(),
                 "has no certificate that can be read");
  return files;
}

}  // namespace sluice::rpc
