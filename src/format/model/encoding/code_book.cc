// Elements with at most 256 different values: the values once, and an index an element.
//
// Payload   u8 values - 1; the values, ascending as unsigned integers; a block of one byte an element, each an index
#include <algorithm>
#include <array>

#include "format/model/aligned_bytes.h"
#include "format/model/encoding/codec.h"

namespace verge::format::encoding {
namespace {

constexpr size_t kMaxValues = 256;

// The different values, ascending; empty when there are too many.
template <typename T>
std::vector<T> BookOf(const Elements& elements) {
  std::vector<T> book;
  T last{};
  for (size_t i = 0; i < elements.count(); ++i) {
    const T value = LoadAt<T>(elements.bytes, i);
    if (!book.empty() && value == last) continue;
    last = value;
    const auto at = std::lower_bound(book.begin(), book.end(), value);
    if (at != book.end() && *at == value) continue;
    if (book.size() == kMaxValues) return {};
    book.insert(at, value);
  }
  return book;
}

template <typename T>
std::optional<Bytes> EncodeAs(const Elements& elements, const Encoder& encoder) {
  const std::vector<T> book = BookOf<T>(elements);
  if (book.empty()) return std::nullopt;
  Bytes indices(elements.count());
  for (size_t i = 0; i < indices.size(); ++i) {
    const auto at = std::lower_bound(book.begin(), book.end(), LoadAt<T>(elements.bytes, i));
    indices[i] = static_cast<std::byte>(at - book.begin());
  }
  Bytes out{static_cast<std::byte>(book.size() - 1)};
  Append(std::as_bytes(std::span(book)), out);
  Append(encoder.Smallest({indices, 1, Kind::kOther}, kInCodeBook), out);
  return out;
}

std::optional<Bytes> Encode(const Elements& elements, const Encoder& encoder) {
  std::optional<Bytes> out;
  DispatchWidth(elements.width, [&]<typename T>() { out = EncodeAs<T>(elements, encoder); });
  return out;
}

template <typename T>
Status DecodeAs(std::span<const std::byte> payload, const Target& target) {
  PayloadReader reader(payload);
  VERGE_TRY_ASSIGN(const std::span<const std::byte> head, reader.Take(1));
  const size_t values = static_cast<size_t>(head[0]) + 1;
  VERGE_TRY_ASSIGN(const std::span<const std::byte> stored, reader.Take(values * sizeof(T)));
  std::array<T, kMaxValues> book{};  // indices beyond the values read zero until they are refused
  std::memcpy(book.data(), stored.data(), stored.size());
  VERGE_TRY_ASSIGN(AlignedBytes indices, AlignedBytes::Allocate(target.count()));
  VERGE_TRY(DecodeBlock(reader.Rest(), kInCodeBook, {indices.bytes(), 1}));
  std::byte largest{0};
  for (size_t i = 0; i < target.count(); ++i) {
    const std::byte index = indices.bytes()[i];
    largest = std::max(largest, index);
    StoreAt(target.bytes, i, book[static_cast<size_t>(index)]);
  }
  if (static_cast<size_t>(largest) >= values) return Malformed("an index beyond the code book");
  return Status::Ok();
}

Status Decode(std::span<const std::byte> payload, const Target& target) {
  Status status;
  const bool is_known = DispatchWidth(target.width, [&]<typename T>() { status = DecodeAs<T>(payload, target); });
  return is_known ? std::move(status) : Malformed("a code book of another width");
}

}  // namespace

extern const CodecDef kCodeBookCodec;
constinit const CodecDef kCodeBookCodec = {"code_book", Encode, Decode};

}  // namespace verge::format::encoding
