#include "drift/state.h"

#include <bit>
#include <cmath>

namespace verge::drift {

void StateWriter::Number(uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) out_ += static_cast<char>((value >> shift) & 0xff);
}

void StateWriter::Real(double value) { Number(std::bit_cast<uint64_t>(value)); }

void StateWriter::Bytes(std::string_view bytes) {
  Number(bytes.size());
  out_ += bytes;
}

Status StateReader::Tag(std::string_view four_letters) {
  if (!rest_.starts_with(four_letters)) {
    return VERGE_ERROR(kDataLoss, "the saved state has no part " + std::string(four_letters));
  }
  rest_.remove_prefix(four_letters.size());
  return Status::Ok();
}

Result<uint64_t> StateReader::Number(uint64_t max) {
  if (rest_.size() < 8) return VERGE_ERROR(kDataLoss, "the saved state is cut off");
  uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = (value << 8) | static_cast<unsigned char>(rest_[static_cast<size_t>(i)]);
  rest_.remove_prefix(8);
  if (value > max) return VERGE_ERROR(kDataLoss, "the saved state has a number out of range");
  return value;
}

Result<double> StateReader::Real() {
  VERGE_TRY_ASSIGN(const uint64_t bits, Number(UINT64_MAX));
  const auto value = std::bit_cast<double>(bits);
  if (!std::isfinite(value)) return VERGE_ERROR(kDataLoss, "the saved state has a number that is not finite");
  return value;
}

Result<std::string_view> StateReader::Bytes() {
  VERGE_TRY_ASSIGN(const uint64_t size, Number(UINT64_MAX));
  if (size > rest_.size()) return VERGE_ERROR(kDataLoss, "the saved state is cut off");
  const std::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

Status StateReader::Done() const {
  return rest_.empty() ? Status::Ok() : VERGE_ERROR(kDataLoss, "the saved state is too long");
}

}  // namespace verge::drift
