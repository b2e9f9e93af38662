#include "service/base/keyed_hash.h"

#include <bit>

namespace sluice {
namespace {

uint64_t ReadLittleEndian(std::string_view bytes) {
  uint64_t word = 0;
  for (size_t i = bytes.size(); i-- > 0;)
    word = word << 8 | static_cast<unsigned char>(bytes[i]);
  return word;
}

class SipState {
 public:
  explicit SipState(const std::array<uint64_t, 2>& key)
      : v_{key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
           key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573} {}

  void Add(uint64_t word) {
    v_[3] ^= word;
    Round();
    Round();
    v_[0] ^= word;
  }

  // The last bytes, and the length of all of them modulo 256.
  uint64_t Finish(std::string_view rest, size_t size) {
    Add(ReadLittleEndian(rest) | static_cast<uint64_t>(size) << 56);
    v_[2] ^= 0xff;
    for (int i = 0; i < 4; ++i) Round();
    return v_[0] ^ v_[1] ^ v_[2] ^ v_[3];
  }

 private:
  void Round() {
    v_[0] += v_[1];
    v_[1] = std::rotl(v_[1], 13) ^ v_[0];
    v_[0] = std::rotl(v_[0], 32);
    v_[2] += v_[3];
    v_[3] = std::rotl(v_[3], 16) ^ v_[2];
    v_[0] += v_[3];
    v_[3] = std::rotl(v_[3], 21) ^ v_[0];
    v_[2] += v_[1];
    v_[1] = std::rotl(v_[1], 17) ^ v_[2];
    v_[2] = std::rotl(v_[2], 32);
  }

  std::array<uint64_t, 4> v_;
};

uint64_t HashRest(SipState state, std::string_view bytes, size_t size) {
  for (; bytes.size() >= 8; bytes.remove_prefix(8))
    state.Add(ReadLittleEndian(bytes.substr(0, 8)));
  return state.Finish(bytes, size);
}

}  // namespace

uint64_t KeyedHash::operator()(std::string_view bytes) const {
  return HashRest(SipState(key_), bytes, bytes.size());
}

uint64_t KeyedHash::operator()(uint64_t space, std::string_view bytes) const {
  SipState state(key_);
  state.Add(space);
  return HashRest(state, bytes, bytes.size() + 8);
}

}  // namespace sluice
