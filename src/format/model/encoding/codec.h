// One codec: how elements become bytes and come back. Internal to format/model/encoding.
//
// A block is one byte, the codec's number, and the codec's payload. Payloads hold further blocks; each but the last has
// its length before it (u64). A new codec is one file and one line of the table in codec.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "format/model/encoding/codec_set.h"

namespace verge::format::encoding {

using Bytes = std::vector<std::byte>;

// What a writer knows of elements beyond their width.
enum class Kind { kF32, kI8, kOther };

struct Elements {
  std::span<const std::byte> bytes;
  size_t width = 1;  // bytes an element
  Kind kind = Kind::kOther;
  size_t count() const { return bytes.size() / width; }
};

struct Target {
  std::span<std::byte> bytes;
  size_t width = 1;
  size_t count() const { return bytes.size() / width; }
};

class Encoder {
 public:
  explicit Encoder(CodecSet allowed) : allowed_(allowed) {}
  // The smallest block, plain bytes or one of `codecs` as far as they are allowed; the first of the table on a tie.
  Bytes Smallest(const Elements& elements, CodecSet codecs) const;

 private:
  CodecSet allowed_;
};

struct CodecDef {
  const char* name;
  // The payload; empty when this codec cannot hold the elements exactly.
  std::optional<Bytes> (*encode)(const Elements& elements, const Encoder& encoder);
  Status (*decode)(std::span<const std::byte> payload, const Target& target);
};

const CodecDef& GetCodec(Codec codec);

// A block whose codec must be plain or one of `codecs`.
Status DecodeBlock(std::span<const std::byte> block, CodecSet codecs, const Target& target);

// Reads a payload from its front.
class PayloadReader {
 public:
  explicit PayloadReader(std::span<const std::byte> payload) : left_(payload) {}
  Result<std::span<const std::byte>> Take(size_t bytes);
  // A block with its length before it.
  Result<std::span<const std::byte>> TakeBlock();
  std::span<const std::byte> Rest() const { return left_; }

 private:
  std::span<const std::byte> left_;
};

inline void Append(std::span<const std::byte> from, Bytes& out) { out.insert(out.end(), from.begin(), from.end()); }
// A block with its length before it.
void AppendBlock(const Bytes& block, Bytes& out);

template <typename T>
T LoadAt(std::span<const std::byte> bytes, size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
void StoreAt(std::span<std::byte> bytes, size_t index, T value) {
  std::memcpy(bytes.data() + index * sizeof(T), &value, sizeof(T));
}

// Calls f.operator()<T>() for the unsigned type of `width` bytes; false for a width that no type has.
template <typename F>
bool DispatchWidth(size_t width, const F& f) {
  switch (width) {
    case 1: f.template operator()<uint8_t>(); return true;
    case 2: f.template operator()<uint16_t>(); return true;
    case 4: f.template operator()<uint32_t>(); return true;
    case 8: f.template operator()<uint64_t>(); return true;
    default: return false;
  }
}

inline Status Malformed(const char* what) {
  return VERGE_ERROR(kDataLoss, std::string("an encoded constant: ") + what);
}

// The entries of the table, each in a file of its own.
extern const CodecDef kRawCodec;
extern const CodecDef kHalfCodec;
extern const CodecDef kBfloatCodec;
extern const CodecDef kNibbleCodec;
extern const CodecDef kCodeBookCodec;
extern const CodecDef kBitsCodec;
extern const CodecDef kSparseCodec;
extern const CodecDef kPlanesCodec;
extern const CodecDef kRansCodec;

}  // namespace verge::format::encoding
