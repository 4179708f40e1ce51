// Rows of a text table: RFC 4180 with any one-byte separator, read piece by piece.
//
// Quotes    "a ""quoted"" cell" may hold separators and line ends. Line ends are LF or CRLF; an empty line is passed
// over. Limits    kMaxLineBytes a row, kMaxCells cells. The file itself may be of any size. Errors    kDataLoss with
// the line number. Threads   one at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace verge::runner::pipeline {

class CsvReader {
 public:
  static constexpr size_t kMaxLineBytes = size_t{1} << 20;
  static constexpr size_t kMaxCells = 4096;

  // `read` gives the next piece of the file; an empty one at its end.
  using Read = std::function<Result<std::string>()>;
  CsvReader(Read read, char separator) : read_(std::move(read)), separator_(separator) {}

  // False at the end.
  Result<bool> Next(std::vector<std::string>& cells);
  // Of the row that Next gave last; the first is 1.
  int line() const { return line_; }

 private:
  Result<int> Get();
  Result<bool> ReadQuoted(std::string& cell);
  Status Fail(std::string_view what) const;

  Read read_;
  char separator_;
  std::string piece_;
  size_t at_ = 0;
  bool is_end_ = false;
  int line_ = 0;       // where the present row began
  int next_line_ = 1;  // where we are
};

// "12.5", "-3e-4"; NaN for an empty cell, "nan", "NA", "null" or "-". Empty when it is neither.
std::optional<double> ParseCsvNumber(std::string_view cell);

// Microseconds: a number of seconds, or "2014-02-14 14:27:00.5" (also with 'T' and a 'Z') as time since 1970. Empty
// when it is neither, or beyond the years 1970 to 2261.
std::optional<int64_t> ParseCsvTimeUs(std::string_view cell);

}  // namespace verge::runner::pipeline
