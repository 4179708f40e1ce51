#include "media/npy.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

static_assert(std::endian::native == std::endian::little, "the data of .npy files is copied as it is");

namespace verge::media {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr size_t kMaxHeaderBytes = 64 * 1024;

struct Descr {
  std::string_view text;  // after the byte order character
  DType dtype;
};
constexpr std::array<Descr, 9> kDescrs = {{{"f4", DType::kF32},
                                           {"f8", DType::kF64},
                                           {"f2", DType::kF16},
                                           {"i1", DType::kI8},
                                           {"u1", DType::kU8},
                                           {"i2", DType::kI16},
                                           {"i4", DType::kI32},
                                           {"i8", DType::kI64},
                                           {"b1", DType::kBool}}};

struct Header {
  std::optional<DType> dtype;
  std::optional<bool> is_fortran;
  std::optional<Shape> shape;
};

// Reads the Python dictionary literal: string keys; values a string, True/False, or a tuple of integers.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, size_t offset) : text_(text), offset_(offset) {}

  Result<Header> Parse() {
    VERGE_TRY(Expect('{'));
    while (!Accept('}')) {
      VERGE_TRY_ASSIGN(const std::string_view key, String());
      VERGE_TRY(Expect(':'));
      if (key == "descr") {
        VERGE_TRY(ParseDescr());
      } else if (key == "fortran_order") {
        VERGE_TRY(ParseFortran());
      } else if (key == "shape") {
        VERGE_TRY(ParseShape());
      } else {
        return Error("unknown key \"" + std::string(key) + "\"");
      }
      if (Accept(',')) continue;
      VERGE_TRY(Expect('}'));
      break;
    }
    SkipSpace();
    if (pos_ != text_.size()) return Error("text after the dictionary");
    if (!header_.dtype || !header_.is_fortran || !header_.shape) {
      return Error("descr, fortran_order or shape is missing");
    }
    return header_;
  }

 private:
  Status Error(const std::string& what) const {
    return VERGE_ERROR(kDataLoss, ".npy header, byte " + std::to_string(offset_ + pos_) + ": " + what);
  }
  void SkipSpace() {
    while (pos_ < text_.size() && (text_[pos_] == ' ' || text_[pos_] == '\n' || text_[pos_] == '\t')) ++pos_;
  }
  bool Accept(char c) {
    SkipSpace();
    if (pos_ >= text_.size() || text_[pos_] != c) return false;
    ++pos_;
    return true;
  }
  Status Expect(char c) {
    if (Accept(c)) return Status::Ok();
    return Error(std::string("expected '") + c + "'");
  }
  Result<std::string_view> String() {
    SkipSpace();
    if (pos_ >= text_.size() || (text_[pos_] != '\'' && text_[pos_] != '"')) return Error("expected a string");
    const size_t end = text_.find(text_[pos_], pos_ + 1);
    if (end == std::string_view::npos) return Error("a string is not closed");
    const std::string_view value = text_.substr(pos_ + 1, end - pos_ - 1);
    pos_ = end + 1;
    return value;
  }
  Status ParseDescr() {
    SkipSpace();
    if (pos_ < text_.size() && text_[pos_] == '[') {
      return VERGE_ERROR(kUnsupported, ".npy with a structured dtype: save plain arrays, one a file");
    }
    VERGE_TRY_ASSIGN(const std::string_view descr, String());
    const char order = descr.empty() ? ' ' : descr.front();
    if (order == '<' || order == '|' || order == '=') {
      for (const Descr& known : kDescrs) {
        if (known.text == descr.substr(1)) header_.dtype = known.dtype;
      }
    }
    if (header_.dtype) return Status::Ok();
    return VERGE_ERROR(kUnsupported, ".npy with dtype \"" + std::string(descr) +
                                         "\": supported are little-endian f2 f4 f8 i1 u1 i2 i4 i8 and b1");
  }
  Status ParseFortran() {
    SkipSpace();
    const std::string_view rest = text_.substr(pos_);
    if (rest.starts_with("True")) {
      return VERGE_ERROR(kUnsupported, ".npy in Fortran order: save numpy.ascontiguousarray(x) instead");
    }
    if (!rest.starts_with("False")) return Error("fortran_order is neither True nor False");
    pos_ += 5;
    header_.is_fortran = false;
    return Status::Ok();
  }
  Status ParseShape() {
    VERGE_TRY(Expect('('));
    std::vector<int64_t> dims;
    while (!Accept(')')) {
      SkipSpace();
      int64_t dim = 0;
      const char* const first = text_.data() + pos_;
      const auto [last, error] = std::from_chars(first, text_.data() + text_.size(), dim);
      if (error != std::errc() || dim < 0) return Error("a dimension is not a number >= 0");
      pos_ += static_cast<size_t>(last - first);
      dims.push_back(dim);
      if (dims.size() > static_cast<size_t>(Shape::kMaxRank)) return Error("more than 8 dimensions");
      if (Accept(',')) continue;
      VERGE_TRY(Expect(')'));
      break;
    }
    header_.shape = Shape::FromSpan(dims);
    return Status::Ok();
  }

  const std::string_view text_;
  const size_t offset_;
  size_t pos_ = 0;
  Header header_;
};

std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Offset and length of the header text.
Result<std::pair<size_t, size_t>> FindHeader(std::span<const std::byte> bytes) {
  if (bytes.size() < 10 || AsText(bytes).substr(0, 6) != kMagic) {
    return VERGE_ERROR(kDataLoss, "not an .npy file: the magic bytes 93 'NUMPY' are missing");
  }
  const auto major = static_cast<unsigned>(bytes[6]);
  if (major < 1 || major > 3) {
    return VERGE_ERROR(kUnsupported, ".npy version " + std::to_string(major) + ": known are 1, 2 and 3");
  }
  const size_t start = major == 1 ? 10 : 12;
  size_t length = 0;
  for (size_t i = start; i-- > 8;) {
    if (i < bytes.size()) length = (length << 8) | static_cast<size_t>(bytes[i]);
  }
  if (length > kMaxHeaderBytes) {
    return VERGE_ERROR(kDataLoss, ".npy byte 8: header of " + std::to_string(length) + " bytes; the limit is 65536");
  }
  if (!RangeFits(start, length, bytes.size())) {
    return VERGE_ERROR(kDataLoss, ".npy truncated in its header, at byte " + std::to_string(bytes.size()));
  }
  return std::pair{start, length};
}

}  // namespace

Result<Array> ReadNpy(std::span<const std::byte> bytes) {
  VERGE_TRY_ASSIGN(const auto place, FindHeader(bytes));
  const auto [start, length] = place;
  VERGE_TRY_ASSIGN(const Header header, HeaderParser(AsText(bytes.subspan(start, length)), start).Parse());
  const TensorType type{*header.dtype, *header.shape, {}};
  const std::span<const std::byte> data = bytes.subspan(start + length);
  const std::optional<size_t> want = type.CheckedBytes();
  if (!want || *want != data.size()) {
    return VERGE_ERROR(kDataLoss, ".npy of " + ToString(*header.shape) + " " + DTypeName(*header.dtype) + " needs " +
                                      (want ? std::to_string(*want) : "too many") + " bytes of data, the file has " +
                                      std::to_string(data.size()));
  }
  VERGE_TRY_ASSIGN(Array array, Array::Allocate(*header.dtype, *header.shape));
  if (!data.empty()) std::memcpy(array.bytes().data(), data.data(), data.size());
  return array;
}

Result<std::vector<std::byte>> WriteNpy(const Tensor& tensor) {
  std::string_view descr;
  for (const Descr& known : kDescrs) {
    if (known.dtype == tensor.dtype()) descr = known.text;
  }
  if (descr.empty()) {
    return VERGE_ERROR(kUnsupported, std::string("NumPy has no type for ") + DTypeName(tensor.dtype()));
  }
  const bool is_one_byte = DTypeBytes(tensor.dtype()) == 1;
  std::string dict = std::string("{'descr': '") + (is_one_byte ? "|" : "<") + std::string(descr) +
                     "', 'fortran_order': False, 'shape': (";
  for (const int64_t dim : tensor.shape().dims()) dict += std::to_string(dim) + ", ";
  if (tensor.shape().rank() > 1) dict.resize(dict.size() - 2);
  if (tensor.shape().rank() == 1) dict.pop_back();
  dict += "), }";
  constexpr size_t kPrefix = 10;
  while ((kPrefix + dict.size() + 1) % 64 != 0) dict += ' ';
  dict += '\n';

  const std::optional<size_t> data_bytes = tensor.type.CheckedBytes();
  if (!data_bytes || *data_bytes > Array::kMaxBytes) return VERGE_ERROR(kResourceExhausted, "array above 2 GiB");
  std::vector<std::byte> out(kPrefix + dict.size() + *data_bytes);
  std::memcpy(out.data(), kMagic.data(), kMagic.size());
  out[6] = std::byte{1};
  out[8] = static_cast<std::byte>(dict.size() & 0xff);
  out[9] = static_cast<std::byte>(dict.size() >> 8);
  std::memcpy(out.data() + kPrefix, dict.data(), dict.size());
  if (*data_bytes > 0) std::memcpy(out.data() + kPrefix + dict.size(), tensor.data, *data_bytes);
  return out;
}

}  // namespace verge::media
