// How far a recognised text is from the right one.
//
//   distance  fewest insertions, deletions and substitutions that turn one sequence into the other (Levenshtein 1966)
//   WER       sum of distances in words / sum of words of the right texts; CER the same in characters
//
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace verge::eval {

size_t EditDistance(std::span<const std::string> got, std::span<const std::string> want);

// Parts between blanks; none of them is empty.
std::vector<std::string> WordsOf(std::string_view text);
// Characters of UTF-8 without blanks at the ends; a broken byte counts as one character.
std::vector<std::string> CharactersOf(std::string_view text);

}  // namespace verge::eval
