#include "verge/fleet/table.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "proto/names.h"

namespace verge::cli {

void Table::Print() const {
  std::vector<size_t> widths(rows_[0].size());
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows_) {
    std::string line;
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      std::string cell = row[i];
      for (char& c : cell) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
      }
      if (i + 1 < row.size()) cell.resize(widths[i] + 2, ' ');
      line += cell;
    }
    std::puts(line.c_str());
  }
}

std::string ShowTime(int64_t ms_since_1970) {
  if (ms_since_1970 <= 0) return "-";
  const time_t seconds = static_cast<time_t>(ms_since_1970 / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const size_t n = strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
  return {text, n};
}

Result<std::pair<std::string, int64_t>> ParseAppVersion(std::string_view text) {
  const size_t colon = text.find(':');
  int64_t version = 0;
  if (colon != std::string_view::npos && proto::IsName(text.substr(0, colon))) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
    const bool is_number = error == std::errc() && end == digits.data() + digits.size();
    if (is_number && version >= 1 && version <= proto::kMaxVersion) {
      return std::pair(std::string(text.substr(0, colon)), version);
    }
  }
  return VERGE_ERROR(kInvalidArgument, std::string(text) + ": expected APP:VERSION, for example obstacle:1");
}

}  // namespace verge::cli
