#include "format/model/encoding/codec.h"

#include <limits>

namespace verge::format::encoding {
namespace {

// By number.
constexpr const CodecDef* kTable[kCodecs] = {&kRawCodec,  &kHalfCodec,   &kBfloatCodec, &kNibbleCodec, &kCodeBookCodec,
                                             &kBitsCodec, &kSparseCodec, &kPlanesCodec, &kRansCodec};

}  // namespace

const CodecDef& GetCodec(Codec codec) { return *kTable[static_cast<size_t>(codec)]; }

Bytes Encoder::Smallest(const Elements& elements, CodecSet codecs) const {
  Bytes best;
  for (size_t i = 0; i < kCodecs; ++i) {
    const Codec codec = static_cast<Codec>(i);
    if (codec != Codec::kRaw && !Has(codecs & allowed_, codec)) continue;
    const std::optional<Bytes> payload = GetCodec(codec).encode(elements, *this);
    if (!payload || (!best.empty() && payload->size() + 1 >= best.size())) continue;
    best.assign(1, static_cast<std::byte>(i));
    Append(*payload, best);
  }
  return best;
}

Status DecodeBlock(std::span<const std::byte> block, CodecSet codecs, const Target& target) {
  if (block.empty()) return Malformed("it ends before a block");
  const auto number = static_cast<size_t>(block[0]);
  if (number >= kCodecs) return VERGE_ERROR(kUnsupported, "an encoded constant: its codec is not known to this build");
  const Codec codec = static_cast<Codec>(number);
  if (codec != Codec::kRaw && !Has(codecs, codec)) return Malformed("a codec in a place where it may not be");
  return GetCodec(codec).decode(block.subspan(1), target);
}

Result<std::span<const std::byte>> PayloadReader::Take(size_t bytes) {
  if (bytes > left_.size()) return Malformed("it ends too early");
  const std::span<const std::byte> taken = left_.first(bytes);
  left_ = left_.subspan(bytes);
  return taken;
}

Result<std::span<const std::byte>> PayloadReader::TakeBlock() {
  VERGE_TRY_ASSIGN(const std::span<const std::byte> length, Take(sizeof(uint64_t)));
  const auto bytes = LoadAt<uint64_t>(length, 0);
  if (bytes > std::numeric_limits<size_t>::max()) return Malformed("it ends too early");
  return Take(static_cast<size_t>(bytes));
}

void AppendBlock(const Bytes& block, Bytes& out) {
  const uint64_t length = block.size();
  Append(std::as_bytes(std::span(&length, 1)), out);
  Append(block, out);
}

}  // namespace verge::format::encoding
