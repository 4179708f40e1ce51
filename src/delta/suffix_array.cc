#include "delta/suffix_array.h"

#include <algorithm>
#include <utility>

namespace verge::delta {
namespace {

using Text = std::vector<int32_t>;

// One level of SA-IS. `text` ends with its only 0, its smallest symbol. A suffix is S when it is smaller than the one
// after it, else L; LMS positions are S after L.
class Level {
 public:
  Level(const Text& text, size_t symbols) : text_(text), size_(text.size()), symbols_(symbols), is_s_(size_) {
    is_s_[size_ - 1] = true;
    for (size_t i = size_ - 1; i-- > 0;) {
      is_s_[i] = text_[i] < text_[i + 1] || (text_[i] == text_[i + 1] && is_s_[i + 1]);
    }
  }

  std::vector<int32_t> Sort() {
    std::vector<int32_t> starts;
    for (size_t i = 1; i < size_; ++i) {
      if (IsLms(i)) starts.push_back(static_cast<int32_t>(i));
    }
    Induce(starts);
    const std::vector<int32_t> sorted = SortStarts(starts);
    Induce(sorted);
    return std::move(order_);
  }

 private:
  bool IsLms(size_t i) const { return i > 0 && is_s_[i] && !is_s_[i - 1]; }

  // Where each symbol's bucket begins (or ends) in the order.
  std::vector<int32_t> Buckets(bool ends) const {
    std::vector<int32_t> out(symbols_, 0);
    for (const int32_t c : text_) ++out[static_cast<size_t>(c)];
    int32_t sum = 0;
    for (int32_t& count : out) {
      sum += count;
      count = ends ? sum : sum - count;
    }
    return out;
  }

  // Puts LMS suffixes at the ends of their buckets in the given order, then L from the left, then S from the right.
  void Induce(const std::vector<int32_t>& starts) {
    order_.assign(size_, -1);
    std::vector<int32_t> at = Buckets(true);
    for (size_t i = starts.size(); i-- > 0;) Place(starts[i], --at[Symbol(starts[i])]);
    at = Buckets(false);
    for (size_t i = 0; i < size_; ++i) {
      const int32_t before = order_[i] - 1;
      if (before >= 0 && !is_s_[static_cast<size_t>(before)]) Place(before, at[Symbol(before)]++);
    }
    at = Buckets(true);
    for (size_t i = size_; i-- > 0;) {
      const int32_t before = order_[i] - 1;
      if (before >= 0 && is_s_[static_cast<size_t>(before)]) Place(before, --at[Symbol(before)]);
    }
  }

  size_t Symbol(int32_t position) const { return static_cast<size_t>(text_[static_cast<size_t>(position)]); }
  void Place(int32_t position, int32_t at) { order_[static_cast<size_t>(at)] = position; }

  bool SameLmsPart(size_t a, size_t b) const {
    if (a == size_ - 1 || b == size_ - 1) return a == b;
    for (size_t i = 0;; ++i) {
      const bool a_ends = i > 0 && IsLms(a + i);
      const bool b_ends = i > 0 && IsLms(b + i);
      if (a_ends && b_ends) return true;
      if (a_ends != b_ends || text_[a + i] != text_[b + i]) return false;
    }
  }

  // The LMS suffixes in order, from the order of their parts that the first Induce has found.
  std::vector<int32_t> SortStarts(const std::vector<int32_t>& starts) const {
    std::vector<int32_t> names(size_, -1);
    int32_t name = -1;
    int32_t last = -1;
    for (const int32_t position : order_) {
      if (!IsLms(static_cast<size_t>(position))) continue;
      if (last < 0 || !SameLmsPart(static_cast<size_t>(last), static_cast<size_t>(position))) ++name;
      names[static_cast<size_t>(position)] = name;
      last = position;
    }
    Text reduced;
    for (const int32_t start : starts) reduced.push_back(names[static_cast<size_t>(start)]);
    std::vector<int32_t> order(starts.size());
    if (static_cast<size_t>(name) + 1 == starts.size()) {
      for (size_t i = 0; i < reduced.size(); ++i) order[static_cast<size_t>(reduced[i])] = static_cast<int32_t>(i);
    } else {
      order = Level(reduced, static_cast<size_t>(name) + 1).Sort();
    }
    for (int32_t& i : order) i = starts[static_cast<size_t>(i)];
    return order;
  }

  const Text& text_;
  size_t size_;
  size_t symbols_;
  std::vector<bool> is_s_;
  std::vector<int32_t> order_;
};

size_t CommonPrefix(std::string_view a, std::string_view b) {
  const size_t limit = std::min(a.size(), b.size());
  return static_cast<size_t>(std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(limit), b.begin()).first -
                             a.begin());
}

}  // namespace

SuffixArray::SuffixArray(std::string_view text) : text_(text) {
  if (text.empty()) return;  // sorting begins at an LMS position, and 0 alone has none
  Text symbols;
  symbols.reserve(text.size() + 1);
  for (const char c : text) symbols.push_back(static_cast<uint8_t>(c) + 1);
  symbols.push_back(0);
  order_ = Level(symbols, 257).Sort();
  order_.erase(order_.begin());  // the empty suffix
}

Match SuffixArray::Longest(std::string_view pattern) const {
  Match best;
  size_t low = 0;
  size_t high = order_.size();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const auto position = static_cast<size_t>(order_[middle]);
    const std::string_view suffix = text_.substr(position);
    const size_t common = CommonPrefix(suffix, pattern);
    if (common > best.length) best = {position, common};
    if (common == pattern.size()) break;
    const bool is_less =
        common == suffix.size() || static_cast<uint8_t>(suffix[common]) < static_cast<uint8_t>(pattern[common]);
    (is_less ? low : high) = is_less ? middle + 1 : middle;
  }
  return best;
}

}  // namespace verge::delta
