#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace sluice::history {

// Memory of zeros that the kernel provides when it is first written, so that a
// quiet site does not pay for the room a busy one needs.
template <typename T>
class ZeroedArray {
 public:
  static_assert(std::is_trivially_copyable_v<T> &&
                std::is_trivially_destructible_v<T>);
  explicit ZeroedArray(size_t size)
      : data_(static_cast<T*>(std::calloc(size, sizeof(T)))) {
    if (data_ == nullptr) throw std::bad_alloc();
  }
  T& operator[](size_t i) { return data_.get()[i]; }
  const T& operator[](size_t i) const { return data_.get()[i]; }

 private:
  struct Free {
    void operator()(T* data) const { std::free(data); }
  };
  std::unique_ptr<T[], Free> data_;
};

// A hash table that never grows: sets of eight slots, and in a set that is full
// the slot touched longest ago makes room. So every operation looks at eight
// slots, whatever is in the table, and a flood of keys costs others their place
// but no memory. Keys are hashes that nobody outside can choose; 0 is none.
// Deterministic. Not thread-safe.
template <typename Value>
class BoundedTable {
 public:
  // Room for at least `max_keys` in all; sets fill unevenly, so that the first
  // key is lost at about two thirds of it.
  explicit BoundedTable(size_t max_keys)
      : sets_(std::bit_ceil((max_keys + kWays - 1) / kWays)),
        keys_(sets_ * kWays),
        touched_(sets_ * kWays),
        values_(sets_ * kWays) {}

  static constexpr size_t kBytesPerKey =
      sizeof(uint64_t) + sizeof(uint32_t) + sizeof(Value);
  size_t capacity() const { return sets_ * kWays; }
  size_t bytes() const { return capacity() * kBytesPerKey; }

  Value* Find(uint64_t key) {
    const size_t slot = SlotOf(key);
    return slot == kNone ? nullptr : &values_[slot];
  }
  const Value* Find(uint64_t key) const {
    const size_t slot = SlotOf(key);
    return slot == kNone ? nullptr : &values_[slot];
  }

  // Begins to fetch what Find will look at first. In a table of gigabytes each
  // look-up waits for memory; those that are announced wait together.
  void Prefetch(uint64_t key) const { __builtin_prefetch(&keys_[SetOf(key)]); }

  // The value of the key, a new one of zeros if it had none, touched at
  // `seconds`. REQUIRES: key != 0.
  Value& Touch(uint64_t key, uint32_t seconds) {
    size_t slot = SlotOf(key);
    if (slot == kNone) {
      slot = Oldest(SetOf(key));
      keys_[slot] = key;
      touched_[slot] = 0;
      values_[slot] = Value{};
    }
    if (touched_[slot] < seconds) touched_[slot] = seconds;
    return values_[slot];
  }

  void Erase(uint64_t key) {
    const size_t slot = SlotOf(key);
    if (slot == kNone) return;
    keys_[slot] = 0;
    touched_[slot] = 0;
  }

 private:
  static constexpr size_t kWays = 8;  // a cache line of keys
  static constexpr size_t kNone = SIZE_MAX;

  size_t SetOf(uint64_t key) const { return (key & (sets_ - 1)) * kWays; }

  size_t SlotOf(uint64_t key) const {
    if (key == 0) return kNone;
    const size_t set = SetOf(key);
    for (size_t slot = set; slot < set + kWays; ++slot) {
      if (keys_[slot] == key) return slot;
    }
    return kNone;
  }

  size_t Oldest(size_t set) const {
    size_t oldest = set;
    for (size_t slot = set; slot < set + kWays; ++slot) {
      if (keys_[slot] == 0) return slot;
      if (touched_[slot] < touched_[oldest]) oldest = slot;
    }
    return oldest;
  }

  size_t sets_;  // a power of two
  ZeroedArray<uint64_t> keys_;
  ZeroedArray<uint32_t> touched_;
  ZeroedArray<Value> values_;
};

}  // namespace sluice::history
