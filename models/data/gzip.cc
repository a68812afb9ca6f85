#include "models/data/gzip.h"

#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <span>

#include "models/data/file_error.h"
#include "sim/error.h"

namespace syncline::models {
namespace {

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) fail(path, "no such file");
  if (!std::filesystem::is_regular_file(path, ignored)) fail(path, "not a regular file");
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path, std::string("cannot be read: ") + std::strerror(errno));
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) fail(path, "cannot be read to its end");
  return bytes;
}

bool begins_like_gzip(std::span<const std::uint8_t> bytes) { return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b; }

// One zlib stream, freed whatever happens. zlib itself checks header, CRC and length of each gzip member.
class Inflater {
 public:
  Inflater(const std::string& path, std::span<const std::uint8_t> bytes) : path_(path) {
    if (bytes.size() > std::numeric_limits<uInt>::max()) fail(path, "too large");
    constexpr int kGzipOnly = 16 + MAX_WBITS;  // inflateInit2: the window of gzip, and no other wrapping
    SYNCLINE_CHECK(inflateInit2(&stream_, kGzipOnly) == Z_OK, "zlib does not start");
    stream_.next_in = const_cast<Bytef*>(bytes.data());  // zlib's interface predates const; it does not write there
    stream_.avail_in = static_cast<uInt>(bytes.size());
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  void member(std::vector<std::uint8_t>& out) {
    std::array<std::uint8_t, 1 << 16> block;
    int status = Z_OK;
    while (status != Z_STREAM_END) {
      stream_.next_out = block.data();
      stream_.avail_out = static_cast<uInt>(block.size());
      status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_BUF_ERROR) fail(path_, "the gzip data is truncated");
      if (status != Z_OK && status != Z_STREAM_END) {
        fail(path_, std::string("the gzip data is corrupt") + (stream_.msg != nullptr ? std::string(": ") + stream_.msg : ""));
      }
      out.insert(out.end(), block.begin(), block.end() - stream_.avail_out);
    }
  }

  std::span<const std::uint8_t> rest() const { return {stream_.next_in, stream_.avail_in}; }
  void restart() { SYNCLINE_CHECK(inflateReset(&stream_) == Z_OK, "zlib does not restart"); }

 private:
  const std::string& path_;
  z_stream stream_{};
};

}  // namespace

std::vector<std::uint8_t> read_maybe_gzip(const std::string& path) {
  std::vector<std::uint8_t> bytes = read_file(path);
  if (!begins_like_gzip(bytes)) return bytes;
  std::vector<std::uint8_t> content;
  Inflater inflater(path, bytes);
  inflater.member(content);
  while (!inflater.rest().empty()) {
    if (!begins_like_gzip(inflater.rest())) {
      fail(path, std::to_string(inflater.rest().size()) + " bytes follow the end of the gzip data");
    }
    inflater.restart();
    inflater.member(content);
  }
  return content;
}

}  // namespace syncline::models
