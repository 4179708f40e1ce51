#include "runner/pipeline/elements/csv/csv_reader.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

namespace verge::runner::pipeline {
namespace {

constexpr int kEnd = -1;

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Takes exactly `digits` digits and the character behind them (0: none) off `text`.
std::optional<int> TakeNumber(std::string_view& text, size_t digits, std::string_view ends) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  if (ends.empty()) return value;
  if (text.empty() || ends.find(text[0]) == std::string_view::npos) return std::nullopt;
  text.remove_prefix(1);
  return value;
}

std::optional<int64_t> ParseDateTimeUs(std::string_view text) {
  const auto year = TakeNumber(text, 4, "-");
  const auto month = year ? TakeNumber(text, 2, "-") : std::nullopt;
  const auto day = month ? TakeNumber(text, 2, " T") : std::nullopt;
  const auto hour = day ? TakeNumber(text, 2, ":") : std::nullopt;
  const auto minute = hour ? TakeNumber(text, 2, ":") : std::nullopt;
  const auto second = minute ? TakeNumber(text, 2, "") : std::nullopt;
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  double fraction = 0;
  if (!text.empty() && text.back() == 'Z') text.remove_suffix(1);
  if (!text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fraction);
    if (text[0] != '.' || error != std::errc() || end != text.data() + text.size() || !(fraction < 1))
      return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *year < 1970 || *year > 2261) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t seconds = ((days * 24 + *hour) * 60 + *minute) * 60 + *second;
  return seconds * 1000000 + static_cast<int64_t>(fraction * 1e6 + 0.5);
}

}  // namespace

std::optional<double> ParseCsvNumber(std::string_view cell) {
  cell = Trimmed(cell);
  for (const std::string_view missing : {"", "nan", "NaN", "NA", "null", "-"}) {
    if (cell == missing) return std::numeric_limits<double>::quiet_NaN();
  }
  if (cell[0] == '+') cell.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<int64_t> ParseCsvTimeUs(std::string_view cell) {
  cell = Trimmed(cell);
  constexpr double kMostSeconds = 9.2e12 / 1e3;  // 2261 in seconds
  const std::optional<double> seconds = ParseCsvNumber(cell);
  if (!seconds) return ParseDateTimeUs(cell);
  if (!(*seconds >= 0 && *seconds < kMostSeconds)) return std::nullopt;
  return static_cast<int64_t>(std::llround(*seconds * 1e6));
}

Status CsvReader::Fail(std::string_view what) const {
  return VERGE_ERROR(kDataLoss, "line " + std::to_string(line_) + ": " + std::string(what));
}

Result<int> CsvReader::Get() {
  if (at_ == piece_.size() && !is_end_) {
    VERGE_TRY_ASSIGN(piece_, read_());
    at_ = 0;
    is_end_ = piece_.empty();
  }
  if (is_end_) return kEnd;
  const int c = static_cast<unsigned char>(piece_[at_++]);
  if (c == '\n') ++next_line_;
  return c;
}

// Behind the opening quote; true when the closing one was found. The character after it is not read.
Result<bool> CsvReader::ReadQuoted(std::string& cell) {
  while (true) {
    VERGE_TRY_ASSIGN(const int c, Get());
    if (c == kEnd) return false;
    if (c == '"') {
      VERGE_TRY_ASSIGN(const int next, Get());
      if (next != '"') {
        if (next == '\n') --next_line_;
        if (next != kEnd) --at_;
        return true;
      }
    }
    cell += static_cast<char>(c);
    if (cell.size() > kMaxLineBytes) return Fail("a row longer than " + std::to_string(kMaxLineBytes) + " bytes");
  }
}

Result<bool> CsvReader::Next(std::vector<std::string>& cells) {
  cells.assign(1, "");
  line_ = next_line_;
  size_t bytes = 0;
  while (true) {
    VERGE_TRY_ASSIGN(const int c, Get());
    if (++bytes > kMaxLineBytes) return Fail("a row longer than " + std::to_string(kMaxLineBytes) + " bytes");
    const bool is_empty_row = cells.size() == 1 && cells[0].empty();
    if (c == kEnd) return !is_empty_row;
    if (c == '\n') {
      if (!cells.back().empty() && cells.back().back() == '\r') cells.back().pop_back();
      if (cells.size() > 1 || !cells[0].empty()) return true;
      line_ = next_line_;
    } else if (c == separator_) {
      if (cells.size() == kMaxCells) return Fail("more than " + std::to_string(kMaxCells) + " cells");
      cells.emplace_back();
    } else if (c == '"' && cells.back().empty()) {
      VERGE_TRY_ASSIGN(const bool is_closed, ReadQuoted(cells.back()));
      if (!is_closed) return Fail("a quoted cell has no end");
      bytes += cells.back().size();
    } else {
      cells.back() += static_cast<char>(c);
    }
  }
}

}  // namespace verge::runner::pipeline
