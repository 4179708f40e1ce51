#include "compare/match.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "compare/layout.h"

namespace verge::compare {
namespace {

// Above this many comparisons a stretch without common names is left unmatched: nobody would believe the pairs.
constexpr size_t kMaxCells = size_t{1} << 22;

std::string_view PlainName(std::string_view name) {
  for (const std::string_view suffix : {".moved", ".turned"}) {
    const size_t at = name.rfind(suffix);
    if (at != std::string_view::npos && at > 0) name = name.substr(0, at);
  }
  return name;
}

bool CanCorrespond(const Layer& a, const Layer& b) {
  return !PossibleLayouts(a.numbers.shape, b.numbers.shape).empty();
}

// The longest subsequence of pairs (sorted by a) whose b ascend.
std::vector<Pair> WithoutCrossings(const std::vector<Pair>& pairs) {
  std::vector<size_t> ends;  // of the best subsequence of each length: index into pairs
  std::vector<size_t> before(pairs.size(), SIZE_MAX);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto at =
        std::lower_bound(ends.begin(), ends.end(), pairs[i].b, [&](size_t end, size_t b) { return pairs[end].b < b; });
    if (at != ends.begin()) before[i] = *(at - 1);
    if (at == ends.end()) {
      ends.push_back(i);
    } else {
      *at = i;
    }
  }
  std::vector<Pair> kept;
  for (size_t i = ends.empty() ? SIZE_MAX : ends.back(); i != SIZE_MAX; i = before[i]) kept.push_back(pairs[i]);
  std::ranges::reverse(kept);
  return kept;
}

std::vector<Pair> MatchByName(std::span<const Layer> a, std::span<const Layer> b) {
  std::unordered_map<std::string_view, size_t> exact, plain;
  for (size_t i = 0; i < b.size(); ++i) {
    exact.emplace(b[i].name, i);
    plain.emplace(PlainName(b[i].name), i);
  }
  std::vector<Pair> pairs;
  for (size_t i = 0; i < a.size(); ++i) {
    auto found = exact.find(a[i].name);
    if (found == exact.end() || !CanCorrespond(a[i], b[found->second])) {
      found = plain.find(PlainName(a[i].name));
      if (found == plain.end() || !CanCorrespond(a[i], b[found->second])) continue;
    }
    pairs.push_back({i, found->second, true});
  }
  return WithoutCrossings(pairs);
}

// The pairs of greatest worth in a[a0, a1) and b[b0, b1), by dynamic programming over their prefixes.
void MatchByOrder(std::span<const Layer> a, std::span<const Layer> b, size_t a0, size_t b0, std::vector<Pair>& pairs) {
  const size_t rows = a.size();
  const size_t columns = b.size();
  if (rows == 0 || columns == 0 || rows > kMaxCells / columns) return;
  constexpr int kSameFunction = 5, kSameShape = 2;
  const auto worth = [&](size_t i, size_t j) {
    const bool one_is_bool = (a[i].numbers.dtype == DType::kBool) != (b[j].numbers.dtype == DType::kBool);
    if (one_is_bool || !CanCorrespond(a[i], b[j])) return 0;
    return a[i].function == b[j].function ? kSameFunction : kSameShape;
  };
  std::vector<int> best((rows + 1) * (columns + 1), 0);  // of the suffixes from (i, j) on
  const auto at = [&](size_t i, size_t j) -> int& { return best[i * (columns + 1) + j]; };
  for (size_t i = rows; i-- > 0;) {
    for (size_t j = columns; j-- > 0;) {
      at(i, j) = std::max(at(i + 1, j), at(i, j + 1));
      const int pair = worth(i, j);
      if (pair > 0) at(i, j) = std::max(at(i, j), at(i + 1, j + 1) + pair);
    }
  }
  for (size_t i = 0, j = 0; i < rows && j < columns;) {
    const int pair = worth(i, j);
    if (pair > 0 && at(i, j) == at(i + 1, j + 1) + pair) {
      pairs.push_back({a0 + i++, b0 + j++, false});
    } else if (at(i, j) == at(i + 1, j)) {
      ++i;
    } else {
      ++j;
    }
  }
}

}  // namespace

std::vector<Pair> Match(std::span<const Layer> a, std::span<const Layer> b) {
  std::vector<Pair> named = MatchByName(a, b);
  std::vector<Pair> pairs;
  size_t a0 = 0, b0 = 0;
  named.push_back({a.size(), b.size(), false});  // the end
  for (const Pair& pair : named) {
    MatchByOrder(a.subspan(a0, pair.a - a0), b.subspan(b0, pair.b - b0), a0, b0, pairs);
    if (pair.is_by_name) pairs.push_back(pair);
    a0 = pair.a + 1;
    b0 = pair.b + 1;
  }
  return pairs;
}

}  // namespace verge::compare
