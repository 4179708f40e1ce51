#include "parity/case.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace verge::parity {
namespace {

bool ReadNumber(std::string_view text, double& value) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

// "1x3" -> the shape; false when it is none.
bool ReadShape(std::string_view text, Shape& shape) {
  std::vector<int64_t> dims;
  for (std::istringstream parts{std::string(text)}; !parts.eof();) {
    std::string part;
    std::getline(parts, part, 'x');
    double size = 0;
    if (!ReadNumber(part, size) || size < 1) return false;
    dims.push_back(static_cast<int64_t>(size));
  }
  const std::optional<Shape> read = Shape::FromSpan(dims);
  if (read) shape = *read;
  return read.has_value();
}

// A word that list.h does not know: false when it is none of ours either.
bool ReadWord(std::string_view word, Case& out) {
  if (word == "unfused") {
    out.is_unfused = true;
    return true;
  }
  const size_t equals = word.find('=');
  if (equals == word.npos) return false;
  const std::string_view value = word.substr(equals + 1);
  if (word.starts_with("range=")) {
    const size_t dots = value.find("..");
    return dots != value.npos && ReadNumber(value.substr(0, dots), out.inputs.lo) &&
           ReadNumber(value.substr(dots + 2), out.inputs.hi);
  }
  const size_t colon = word.find(':');
  if (colon == word.npos || colon > equals) return false;
  const std::string name(word.substr(colon + 1, equals - colon - 1));
  if (word.starts_with("shape:")) return ReadShape(value, out.request.shapes[name]);
  return word.starts_with("value:") && ReadNumber(value, out.request.values[name]);
}

}  // namespace

// Our words are taken out of each line; list.h reads the rest.
Result<std::vector<Case>> ReadCases(const std::string& text) {
  std::vector<Case> cases;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    line.resize(std::min(line.find('#'), line.size()));
    Case out;
    std::string rest;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      if (!ReadWord(word, out)) rest += word + " ";
    }
    Result<std::vector<Row>> rows = ParseList(rest);
    if (!rows.ok()) return std::move(rows).status().WithContext("in line " + std::to_string(number));
    if (rows->empty()) continue;
    out.row = (*rows)[0];
    cases.push_back(std::move(out));
  }
  return cases;
}

}  // namespace verge::parity
