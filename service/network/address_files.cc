#include "service/network/address_files.h"

#include <fmt/format.h>
#include <maxminddb.h>

#include <utility>

namespace sluice::network {
namespace {

// One open file; closed with it.
class File {
 public:
  static absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path) {
    if (path.empty()) return std::unique_ptr<File>();
    std::unique_ptr<File> file(new File);
    const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &file->db_);
    file->open_ = status == MMDB_SUCCESS;
    if (!file->open_) {
      return absl::InvalidArgumentError(
          fmt::format("{}: {}", path, MMDB_strerror(status)));
    }
    return file;
  }
  ~File() {
    if (open_) MMDB_close(&db_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  MMDB_lookup_result_s Look(const std::string& ip) const {
    int bad_address = 0;
    int status = MMDB_SUCCESS;
    MMDB_lookup_result_s found =
        MMDB_lookup_string(&db_, ip.c_str(), &bad_address, &status);
    if (bad_address != 0 || status != MMDB_SUCCESS) found.found_entry = false;
    return found;
  }

 private:
  File() = default;
  MMDB_s db_{};
  bool open_ = false;
};

class MaxMindFiles final : public AddressFiles {
 public:
  MaxMindFiles(std::unique_ptr<File> country, std::unique_ptr<File> asn)
      : country_(std::move(country)), asn_(std::move(asn)) {}

  void Look(std::string_view ip, v1::NetworkSignals* out) const override {
    const std::string address(ip);
    MMDB_entry_data_s data;
    if (country_ != nullptr) {
      MMDB_lookup_result_s found = country_->Look(address);
      if (found.found_entry &&
          MMDB_get_value(&found.entry, &data, "country", "iso_code", nullptr) ==
              MMDB_SUCCESS &&
          data.has_data && data.type == MMDB_DATA_TYPE_UTF8_STRING)
        out->set_country(std::string(data.utf8_string, data.data_size));
    }
    if (asn_ == nullptr) return;
    MMDB_lookup_result_s found = asn_->Look(address);
    if (found.found_entry &&
        MMDB_get_value(&found.entry, &data, "autonomous_system_number",
                       nullptr) == MMDB_SUCCESS &&
        data.has_data && data.type == MMDB_DATA_TYPE_UINT32)
      out->set_asn(data.uint32);
  }

 private:
  const std::unique_ptr<File> country_;
  const std::unique_ptr<File> asn_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AddressFiles>> AddressFiles::Open(
    const std::string& country_file, const std::string& asn_file) {
  absl::StatusOr<std::unique_ptr<File>> country = File::Open(country_file);
  if (!country.ok()) return country.status();
  absl::StatusOr<std::unique_ptr<File>> asn = File::Open(asn_file);
  if (!asn.ok()) return asn.status();
  return std::unique_ptr<AddressFiles>(
      new MaxMindFiles(*std::move(country), *std::move(asn)));
}

}  // namespace sluice::network
