#include "parity/list.h"

#include <charconv>
#include <map>
#include <set>
#include <sstream>

namespace verge::parity {
namespace {

constexpr const char* kClassNames[] = {"float", "deep", "int8", "alone", "pending"};

bool ReadNumber(std::string_view text, double& value) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return end.ec == std::errc() && end.ptr == text.data() + text.size() && value >= 0;
}

bool ReadClass(const std::string& word, Class& kind) {
  for (size_t i = 0; i < std::size(kClassNames); ++i) {
    if (word != kClassNames[i]) continue;
    kind = static_cast<Class>(i);
    return true;
  }
  return false;
}

bool ReadOption(std::string_view word, Row& row) {
  if (word == "zeros") {
    row.allows_zeros = true;
    return true;
  }
  const size_t equals = word.find('=');
  if (equals == word.npos) return false;
  const std::string_view key = word.substr(0, equals);
  const std::map<std::string_view, double*> numbers = {
      {"off", &row.most_off}, {"tol", &row.tolerance}, {"step", &row.step}, {"open", &row.open}};
  const auto found = numbers.find(key);
  return found != numbers.end() && ReadNumber(word.substr(equals + 1), *found->second);
}

Result<Row> ParseRow(std::istringstream& words) {
  Row row;
  std::string word;
  words >> row.model >> word;
  if (!ReadClass(word, row.kind))
    return VERGE_ERROR(kInvalidArgument, "has no class, or the unknown one '" + word + "'");
  row.tolerance = row.kind == Class::kDeep ? 1e-3 : 1e-4;
  row.most_off = row.kind == Class::kInt8 ? 1e-3 : 0;
  if (row.kind == Class::kPending) {
    std::getline(words >> std::ws, row.reason);
    if (row.reason.empty()) return VERGE_ERROR(kInvalidArgument, "is pending without a reason");
    return row;
  }
  while (words >> word) {
    if (!ReadOption(word, row)) return VERGE_ERROR(kInvalidArgument, "has the unknown word '" + word + "'");
  }
  return row;
}

}  // namespace

const char* ClassName(Class kind) { return kClassNames[static_cast<size_t>(kind)]; }

Result<std::vector<Row>> ParseList(std::string_view text) {
  std::vector<Row> rows;
  std::set<std::string> seen;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    line.resize(std::min(line.find('#'), line.size()));
    std::istringstream words(line);
    if ((words >> std::ws).eof()) continue;
    Result<Row> row = ParseRow(words);
    if (row.ok() && !seen.insert(row->model).second) row = VERGE_ERROR(kInvalidArgument, "is listed twice");
    if (!row.ok()) return std::move(row).status().WithContext("line " + std::to_string(number));
    rows.push_back(std::move(row).value());
  }
  return rows;
}

}  // namespace verge::parity
