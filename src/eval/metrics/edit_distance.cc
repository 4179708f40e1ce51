#include "eval/metrics/edit_distance.h"

#include <algorithm>
#include <numeric>

namespace verge::eval {

size_t EditDistance(std::span<const std::string> got, std::span<const std::string> want) {
  // Row by row: the distance of got[0..i) to each beginning of `want`.
  std::vector<size_t> row(want.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < got.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < want.size(); ++j) {
      const size_t substituted = diagonal + (got[i] == want[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::vector<std::string> WordsOf(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = std::min(text.find_first_not_of(kBlanks, at), text.size());
    at = std::min(text.find_first_of(kBlanks, begin), text.size());
    if (at > begin) words.emplace_back(text.substr(begin, at - begin));
  }
  return words;
}

std::vector<std::string> CharactersOf(std::string_view text) {
  std::vector<std::string> characters;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xc0u) == 0x80u;
    if (continues && !characters.empty()) {
      characters.back() += c;
    } else {
      characters.emplace_back(1, c);
    }
  }
  while (!characters.empty() && characters.back() == " ") characters.pop_back();
  const auto first = std::ranges::find_if(characters, [](const std::string& c) { return c != " "; });
  characters.erase(characters.begin(), first);
  return characters;
}

}  // namespace verge::eval
