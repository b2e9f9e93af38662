#include "service/ruleset/rarity.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace sluice::ruleset {
namespace {

// Classes of bytes: a to z, digits, space, other ASCII, beyond ASCII.
constexpr size_t kDigit = 26;
constexpr size_t kSpace = 27;
constexpr size_t kOther = 28;
constexpr size_t kBeyond = 29;
constexpr size_t kClasses = 30;

// How often pairs of classes stand in lower-case blog comments (6 million
// pairs counted): row the first, column the second, -2 log2 of the share as a
// digit of kDigits.
constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh";
constexpr const char* kPairs[kClasses] = {
    "PJHITNJPJRKFHDVJVFFELJOPIQKFJX", "KSSTHTYULQYISXJVZMNPISYZMZONMZ",
    "HUNSHVYHJZJKSVFVYKPILUaXQYPLLY", "JQTMGTSUIWVOROIRbMLTMQQYOZODIX",
    "GLHGIJMQMUPHIEMKODFGRJJJKVPBFV", "KXUWKLWYIZYPYXHYaKTMLZVYRXQGKa",
    "LTVWHVOKKZZNSNJVXKMSMZYaSYUFJZ", "EVWUDXYTGaWSSQHRYKSHOXVXOYVHLW",
    "KMGIJJJTSWLHJCHMSKFEUKXOVNXGKT", "OaaXMZZZVZYZaZOUTZSYLZaZabZVTd",
    "OUXUIVUVJYYSWNRVSULURYVZSYXILa", "ITSIFPTVGYQGQUHNZQLMLPQaHWVGJW",
    "HMUTFVQWJZYNLSIJaTMVMNWaJaWIJX", "JTJFFNERJRJLSMHSUTIFMOQWKWVDHU",
    "MLLIMHKQLOLJGEIJWEIHEKIMPVXEKY", "IWRQHTSLLZYIQUIKaHMLMYVQQaTJIZ",
    "XZaaZaYbYaaRaaabbaYYKaYYbbXUSg", "HSLKDOMSHXKMLLGPZLIJLNRSJXWEJV",
    "JSLRFRVJHWOOONHJRSIFJTPYNXSCGW", "HSNRERVCFYVMNREJZIJHKTMXKWTCGU",
    "LLLNKQKWMYSILIQKcHGHXXYTNTXIMW", "LVNXFZYZJbXZVUOUbYQZVZaaWbUSQZ",
    "IWVVIWZHHZNTVNIRbNNVYaLaWZVILZ", "NYPXPWZVMXZSTaUNbXVMUZZVQZSNNd",
    "PPRTMWVXOaXQRPGNaTLPUWRZVQWEJZ", "RWYYOXbVRbaYXYSaaZZYXZZaTSYTPc",
    "RSQRSQVVUYUVRUYVZVUTYYXVYYGJGV", "CFEFGFHFCKKGFGEFNGDBHJEQGRJhFI",
    "GKIKLLNJKPQMJKMLRLIIOMKMQSIBDP", "WaXYXaYaXgdWWUXZgVTTaWagbdXJNB",
};

// Of a class the share that one byte of it has.
constexpr double ShareOfByte(size_t kind) {
  return kind == kDigit    ? 0.1
         : kind == kOther  ? 0.15
         : kind == kBeyond ? 0.04
                           : 1;
}

constexpr size_t ClassOf(unsigned char byte) {
  if (byte >= 'a' && byte <= 'z') return byte - 'a';
  if (byte >= '0' && byte <= '9') return kDigit;
  if (byte == ' ') return kSpace;
  return byte < 0x80 ? kOther : kBeyond;
}

struct Table {
  std::array<double, kClasses> single{};
  std::array<std::array<double, kClasses>, kClasses>
      after{};  // given the first
};

const Table& Get() {
  static const Table table = [] {
    Table out;
    for (size_t i = 0; i < kClasses; ++i) {
      for (size_t j = 0; j < kClasses; ++j) {
        out.after[i][j] =
            std::exp2(-0.5 * static_cast<double>(kDigits.find(kPairs[i][j])));
        out.single[i] += out.after[i][j];
      }
      for (double& share : out.after[i]) share /= out.single[i];
    }
    return out;
  }();
  return table;
}

// What pairs of letters do not tell: these stand in every link.
bool IsOfEveryLink(std::string_view literal) {
  constexpr std::string_view kLink = "https://www.";
  return (literal.size() >= 2 &&
          kLink.find(literal) != std::string_view::npos) ||
         literal == "http://" || literal == ".com" || literal == "com/" ||
         literal == ".com/" || literal == ".com/ ";
}

}  // namespace

double Frequency(std::string_view literal) {
  constexpr double kOfLinks = 0.02;
  if (IsOfEveryLink(literal)) return kOfLinks;
  const Table& table = Get();
  double share = 1;
  size_t before = kClasses;
  for (const char c : literal) {
    const size_t kind = ClassOf(static_cast<unsigned char>(c));
    share *=
        ShareOfByte(kind) *
        (before == kClasses ? table.single[kind] : table.after[before][kind]);
    before = kind;
  }
  return share;
}

}  // namespace sluice::ruleset
