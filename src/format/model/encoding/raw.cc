// Plain bytes: what every other codec is compared with.
#include "format/model/encoding/codec.h"

namespace verge::format::encoding {
namespace {

std::optional<Bytes> Encode(const Elements& elements, const Encoder& /*encoder*/) {
  return Bytes(elements.bytes.begin(), elements.bytes.end());
}

Status Decode(std::span<const std::byte> payload, const Target& target) {
  if (payload.size() != target.bytes.size()) return Malformed("plain bytes of another length");
  if (!payload.empty()) std::memcpy(target.bytes.data(), payload.data(), payload.size());
  return Status::Ok();
}

}  // namespace

extern const CodecDef kRawCodec;
constinit const CodecDef kRawCodec = {"raw", Encode, Decode};

}  // namespace verge::format::encoding
