#include "compare/layout.h"

#include <algorithm>

namespace verge::compare {
namespace {

std::vector<int64_t> WithoutOnes(const Shape& shape) {
  std::vector<int64_t> dims;
  std::ranges::copy_if(shape.dims(), std::back_inserter(dims), [](int64_t d) { return d != 1; });
  return dims;
}

// [n, c, ...] -> [n, ..., c]
bool BecomesChannelsLast(const Shape& first, const Shape& last) {
  if (first.rank() != last.rank() || first.rank() < 3) return false;
  std::vector<int64_t> dims(first.dims().begin(), first.dims().end());
  std::rotate(dims.begin() + 1, dims.begin() + 2, dims.end());
  return std::ranges::equal(dims, last.dims());
}

}  // namespace

std::vector<Layout> PossibleLayouts(const Shape& a, const Shape& b) {
  std::vector<Layout> layouts;
  if (WithoutOnes(a) == WithoutOnes(b)) layouts.push_back(Layout::kSame);
  if (BecomesChannelsLast(a, b)) layouts.push_back(Layout::kChannelsFirst);
  if (BecomesChannelsLast(b, a)) layouts.push_back(Layout::kChannelsLast);
  return layouts;
}

std::vector<double> InOrderOf(Layout layout, const Shape& b, std::vector<double> values) {
  if (layout == Layout::kSame) return values;
  const auto batch = static_cast<size_t>(b[0]);
  const auto channels = static_cast<size_t>(layout == Layout::kChannelsFirst ? b[b.rank() - 1] : b[1]);
  const size_t pixels = values.size() / std::max<size_t>(batch * channels, 1);
  std::vector<double> out(values.size());
  for (size_t n = 0; n < batch; ++n) {
    for (size_t c = 0; c < channels; ++c) {
      for (size_t p = 0; p < pixels; ++p) {
        const size_t first = (n * channels + c) * pixels + p;
        const size_t last = (n * pixels + p) * channels + c;
        if (layout == Layout::kChannelsFirst) {
          out[first] = values[last];
        } else {
          out[last] = values[first];
        }
      }
    }
  }
  return out;
}

}  // namespace verge::compare
