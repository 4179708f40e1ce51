#include "format/model/encoding/encoding.h"

#include <algorithm>
#include <string>

#include "base/checked.h"
#include "format/model/encoding/codec.h"
#include "format/model/layout.h"

namespace verge::format {
namespace {

using encoding::Codec;
using encoding::CodecSet;
using encoding::SetOf;

// What users choose by name; an entry may stand for codecs that are of use together only.
struct StorageWord {
  std::string_view word;
  CodecSet codecs;
};
constexpr StorageWord kWords[] = {
    {"half", SetOf(Codec::kHalf)},     {"bfloat", SetOf(Codec::kBfloat)},
    {"nibble", SetOf(Codec::kNibble)}, {"code_book", SetOf(Codec::kCodeBook, Codec::kBits)},
    {"sparse", SetOf(Codec::kSparse)}, {"entropy", SetOf(Codec::kPlanes, Codec::kRans)}};

Result<CodecSet> ParseWord(std::string_view word) {
  std::string known;
  for (const StorageWord& entry : kWords) {
    if (entry.word == word) return entry.codecs;
    known += std::string(entry.word) + ", ";
  }
  return VERGE_ERROR(kInvalidArgument,
                     "there is no encoding \"" + std::string(word) + "\"; known are " + known + "all and none");
}

encoding::Kind KindOf(DType dtype) {
  if (dtype == DType::kF32) return encoding::Kind::kF32;
  return dtype == DType::kI8 ? encoding::Kind::kI8 : encoding::Kind::kOther;
}

size_t PlaceBytes(size_t bytes) { return CheckedAlignUp(bytes, kModelAlignment).value_or(bytes); }

}  // namespace

Result<StorageOptions> ParseStorage(std::string_view text) {
  if (text == "none") return StorageOptions{};
  if (text == "all") return StorageOptions::Compressed();
  StorageOptions options;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    VERGE_TRY_ASSIGN(const CodecSet codecs, ParseWord(text.substr(at, end - at)));
    options.codecs |= codecs;
    at = end + 1;
  }
  return options;
}

std::optional<std::vector<std::byte>> EncodeConstant(DType dtype, std::span<const std::byte> bytes,
                                                     const StorageOptions& options) {
  if (options.codecs == 0 || bytes.size() <= kModelAlignment) return std::nullopt;
  const encoding::Elements elements{bytes, DTypeBytes(dtype), KindOf(dtype)};
  std::vector<std::byte> stored = encoding::Encoder(options.codecs).Smallest(elements, options.codecs);
  if (PlaceBytes(stored.size()) >= PlaceBytes(bytes.size())) return std::nullopt;
  // Entropy coding can shrink a constant of few values below what readers accept; the other codecs cannot.
  if (bytes.size() / kMaxExpansion <= stored.size()) return stored;
  const CodecSet plain = options.codecs & ~SetOf(Codec::kRans);
  if (plain == options.codecs) return std::nullopt;
  return EncodeConstant(dtype, bytes, {plain});
}

Status DecodeConstant(std::span<const std::byte> stored, size_t element_bytes, std::span<std::byte> out) {
  if (out.size() / kMaxExpansion > stored.size()) return encoding::Malformed("it claims to expand more than 256 times");
  if (element_bytes == 0 || out.size() % element_bytes != 0) return encoding::Malformed("it is no whole elements");
  return encoding::DecodeBlock(stored, encoding::kEveryCodec, {out, element_bytes});
}

const char* EncodingName(std::span<const std::byte> stored) {
  if (stored.empty() || static_cast<size_t>(stored[0]) >= encoding::kCodecs) return "unknown";
  return encoding::GetCodec(static_cast<Codec>(stored[0])).name;
}

}  // namespace verge::format
