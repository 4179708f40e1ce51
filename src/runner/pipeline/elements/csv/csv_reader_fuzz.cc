// Any bytes as a table, in pieces of any size: the same rows as in one piece, or an error.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "runner/pipeline/elements/csv/csv_reader.h"

namespace {

using verge::runner::pipeline::CsvReader;

std::string Rows(std::string_view text, size_t piece) {
  size_t at = 0;
  CsvReader reader(
      [&]() -> verge::Result<std::string> {
        const std::string part(text.substr(at, piece));
        at += part.size();
        return part;
      },
      ',');
  std::string all;
  std::vector<std::string> cells;
  while (true) {
    const auto has_row = reader.Next(cells);
    if (!has_row.ok()) return all + "error";
    if (!*has_row) return all;
    for (const std::string& cell : cells) {
      all += cell + "\x1f";
      (void)verge::runner::pipeline::ParseCsvNumber(cell);
      (void)verge::runner::pipeline::ParseCsvTimeUs(cell);
    }
    all += std::to_string(reader.line()) + "\x1e";
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (Rows(text, size + 1) != Rows(text, 3)) std::abort();
  return 0;
}
