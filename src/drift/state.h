// The state of a detector as bytes, so that it survives a restart: little-endian, a tag in front of each part.
//
// Errors   reading never trusts: a wrong tag, too few or too many bytes, or a number out of range is kDataLoss.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace verge::drift {

class StateWriter {
 public:
  void Tag(std::string_view four_letters) { out_ += four_letters; }
  void Number(uint64_t value);
  void Real(double value);
  void Bytes(std::string_view bytes);
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : rest_(bytes) {}
  Status Tag(std::string_view four_letters);
  // At most `max`.
  Result<uint64_t> Number(uint64_t max);
  // Finite.
  Result<double> Real();
  // A view into what is read.
  Result<std::string_view> Bytes();
  // Nothing may be left.
  Status Done() const;

 private:
  std::string_view rest_;
};

}  // namespace verge::drift
