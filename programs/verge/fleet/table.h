// Tables for people: columns as wide as their widest cell.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace verge::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> heads) : rows_{std::move(heads)} {}
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Control characters in cells become '?': what a device reports must not steer the terminal.
  void Print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// "2026-01-31 12:00:05" in UTC; "-" for 0.
std::string ShowTime(int64_t ms_since_1970);
// "name:version", both parts present. kInvalidArgument says what is wrong.
Result<std::pair<std::string, int64_t>> ParseAppVersion(std::string_view text);

}  // namespace verge::cli
