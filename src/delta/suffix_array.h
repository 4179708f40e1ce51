// All suffixes of a text in order, and the longest match of a pattern in it. Internal to delta.
//
// Built by induced sorting (SA-IS; Nong, Zhang and Chan, 2009): O(n) time, about 10 bytes of memory a byte of text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace verge::delta {

struct Match {
  size_t position = 0;  // in the text
  size_t length = 0;
};

class SuffixArray {
 public:
  // `text` is borrowed; at most 2^31 - 2 bytes.
  explicit SuffixArray(std::string_view text);
  // The longest prefix of `pattern` that occurs in the text.
  Match Longest(std::string_view pattern) const;
  const std::vector<int32_t>& order() const { return order_; }

 private:
  std::string_view text_;
  std::vector<int32_t> order_;
};

}  // namespace verge::delta
