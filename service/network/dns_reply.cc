#include "service/network/dns_reply.h"

#include <algorithm>
#include <optional>

namespace sluice::network {
namespace {

constexpr size_t kHeader = 12;
constexpr uint16_t kTypeA = 1;
constexpr uint16_t kTypeSoa = 6;
constexpr uint16_t kClassIn = 1;
constexpr int kMaxRecords = 64;  // of one section that are looked at
constexpr uint8_t kNoError = 0;
constexpr uint8_t kNameError = 3;

// Reads forwards; past the end everything is 0 and `ok` is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  uint8_t Byte() {
    if (bytes_.empty()) ok_ = false;
    if (!ok_) return 0;
    const auto byte = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }
  uint16_t Short() {
    const uint16_t high = Byte();
    return static_cast<uint16_t>(high << 8 | Byte());
  }
  uint32_t Long() {
    const uint32_t high = Short();
    return high << 16 | Short();
  }
  std::string_view Bytes(size_t size) {
    if (size > bytes_.size()) ok_ = false;
    if (!ok_) return {};
    const std::string_view part = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return part;
  }
  // A name is skipped and not followed, so that a pointer cannot lead in
  // circles.
  void SkipName() {
    while (ok_) {
      const uint8_t size = Byte();
      if (size >= 0xC0) {
        Byte();
        return;
      }
      if (size == 0) return;
      if (size >= 0x40) ok_ = false;
      Bytes(size);
    }
  }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

struct Record {
  uint16_t type;
  uint32_t ttl;
  std::string_view data;
};

std::optional<Record> ReadRecord(Reader* reader) {
  reader->SkipName();
  Record record;
  record.type = reader->Short();
  const uint16_t record_class = reader->Short();
  record.ttl = reader->Long();
  record.data = reader->Bytes(reader->Short());
  if (!reader->ok()) return std::nullopt;
  if (record_class != kClassIn) record.type = 0;
  return record;
}

// RFC 2308: the lesser of the SOA record's own TTL and its last field.
std::chrono::seconds NegativeTtl(const Record& soa) {
  if (soa.data.size() < 4) return kDefaultNegativeTtl;
  Reader minimum(soa.data.substr(soa.data.size() - 4));
  return std::chrono::seconds(std::min(soa.ttl, minimum.Long()));
}

}  // namespace

DnsAnswer ParseDnsReply(std::string_view reply) {
  DnsAnswer answer;
  if (reply.size() < kHeader) return answer;
  Reader reader(reply);
  reader.Short();  // id
  const uint16_t flags = reader.Short();
  const int questions = reader.Short();
  const int answers = reader.Short();
  const int authorities = reader.Short();
  reader.Short();  // additional records
  const auto code = static_cast<uint8_t>(flags & 15);
  if (questions > 1 || (code != kNoError && code != kNameError)) return answer;
  if (questions == 1) {
    reader.SkipName();
    reader.Long();
  }
  uint32_t ttl = UINT32_MAX;
  for (int i = 0; i < std::min(answers, kMaxRecords); ++i) {
    const std::optional<Record> record = ReadRecord(&reader);
    if (!record.has_value()) return answer;
    ttl = std::min(ttl, record->ttl);
    if (record->type == kTypeA && record->data.size() == 4)
      answer.addresses.push_back(Reader(record->data).Long());
  }
  if (!answer.addresses.empty()) {
    answer.kind = DnsAnswer::Kind::kFound;
    answer.ttl = std::min(std::chrono::seconds(ttl), kMaxTtl);
    return answer;
  }
  answer.kind = DnsAnswer::Kind::kNone;
  answer.ttl = kDefaultNegativeTtl;
  for (int i = 0; i < std::min(authorities, kMaxRecords); ++i) {
    const std::optional<Record> record = ReadRecord(&reader);
    if (!record.has_value()) break;
    if (record->type == kTypeSoa)
      answer.ttl = std::min(NegativeTtl(*record), kMaxTtl);
  }
  return answer;
}

}  // namespace sluice::network
