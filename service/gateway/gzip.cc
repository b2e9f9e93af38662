#include "service/gateway/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

namespace sluice::gateway {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to say "gzip"
constexpr int kMemory = 8;            // zlib's default
constexpr size_t kStep = 64 << 10;

Bytef* In(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

}  // namespace

std::string Gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return {};
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = In(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(done ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

absl::StatusOr<std::string> Gunzip(std::string_view packed, size_t max_bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK)
    return absl::InternalError("zlib cannot be used");
  stream.next_in = In(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  int result = Z_OK;
  // Each round fills kStep or is the last one.
  while (result == Z_OK && out.size() <= max_bytes) {
    const size_t begin = out.size();
    out.resize(begin + kStep);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + begin);
    stream.avail_out = kStep;
    result = inflate(&stream, Z_NO_FLUSH);
    out.resize(begin + kStep - stream.avail_out);
    if (result == Z_OK && stream.avail_out > 0) break;  // it ends too early
  }
  const bool whole = result == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (out.size() > max_bytes) {
    return absl::ResourceExhaustedError(fmt::format(
        "the body is more than {} bytes when it is unpacked", max_bytes));
  }
  if (whole) return out;
  return absl::InvalidArgumentError("the body is not gzip, or not whole");
}

}  // namespace sluice::gateway
