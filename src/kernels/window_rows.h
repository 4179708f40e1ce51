// Where the output pixels of a convolution find their inputs: pointers into an NHWC image, one a kernel position, so
// that a matrix product can read the image where it lies.
//
// A block is up to `stride` output pixels in a row; rows[t * stride + i] points to the `k` values that position t sees
// for pixel i. Positions outside the image point to values that count nothing (WindowMemory::outside).
//
//   is_flat  output pixel m sees input pixel m and no other
//   is_run   a row of the kernel is one contiguous run of kw * in_c values: for images of few channels. Runs over the
//            left or right edge are put together in WindowMemory::edge.
//
// Threads   pure functions; each task has its own scratch
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace verge::kernels {

// Sizes > 0, of n images of in_h x in_w pixels of in_c channels.
struct WindowShape {
  size_t n = 1;
  size_t in_h = 1, in_w = 1, in_c = 1;
  size_t out_h = 1, out_w = 1, out_c = 1;
  size_t kh = 1, kw = 1;
  size_t stride_h = 1, stride_w = 1;
  size_t dilation_h = 1, dilation_w = 1;
  size_t pad_top = 0, pad_left = 0;
  size_t groups = 1;
};

// With fewer channels than this, rows of the kernel are taken as runs.
inline constexpr size_t kFewChannels = 16;

inline bool IsRunWindow(const WindowShape& s) {
  return s.groups == 1 && s.dilation_w == 1 && s.kw > 1 && s.in_c < kFewChannels;
}

inline bool IsFlatWindow(const WindowShape& s) {
  return s.kh * s.kw == 1 && s.stride_h * s.stride_w == 1 && s.in_h == s.out_h && s.in_w == s.out_w &&
         s.pad_top + s.pad_left == 0;
}

template <typename T>
struct WindowMemory {
  const T* x;        // the images, from the first channel that is read
  const T* outside;  // as many values as one position reads
  const T** rows;    // [taps][stride]
  T* edge;           // of runs: [stride][kh][kw * in_c]; null: positions are never taken as runs
  T blank;           // what stands in runs outside the image
  size_t stride;
};

template <typename T>
class WindowRows {
 public:
  WindowRows(const WindowShape& s, const WindowMemory<T>& memory)
      : s_(s), m_(memory), is_run_(memory.edge != nullptr && IsRunWindow(s)), is_flat_(IsFlatWindow(s)) {}

  // Output pixels [first, first + count), count <= stride.
  void Point(size_t first, size_t count) const {
    if (is_flat_) {
      for (size_t slot = 0; slot < count; ++slot) m_.rows[slot] = m_.x + (first + slot) * s_.in_c;
      return;
    }
    const size_t image = s_.in_h * s_.in_w * s_.in_c;
    for (size_t slot = 0; slot < count;) {
      const size_t pixel = first + slot;
      const size_t j = pixel % s_.out_w;
      const size_t i = pixel / s_.out_w % s_.out_h;
      const size_t n = pixel / (s_.out_w * s_.out_h);
      const Segment part{slot, j, std::min(count - slot, s_.out_w - j)};
      PointSegment(m_.x + n * image, i, part);
      slot += part.count;
    }
  }

 private:
  // A part of a block that lies in one output row.
  struct Segment {
    size_t slot;   // of its first pixel in the block
    size_t j;      // the first pixel's output column
    size_t count;  // pixels
  };

  void PointSegment(const T* x, size_t i, const Segment& part) const {
    for (size_t p = 0; p < s_.kh; ++p) {
      const size_t row = i * s_.stride_h + p * s_.dilation_h - s_.pad_top;  // wraps above the image
      if (row >= s_.in_h) {
        const size_t taps = is_run_ ? 1 : s_.kw;
        for (size_t q = 0; q < taps; ++q) {
          std::fill_n(m_.rows + (p * taps + q) * m_.stride + part.slot, part.count, m_.outside);
        }
      } else if (is_run_) {
        PointRuns(x + row * s_.in_w * s_.in_c, p, part);
      } else {
        for (size_t q = 0; q < s_.kw; ++q) PointTap(x + row * s_.in_w * s_.in_c, p, q, part);
      }
    }
  }

  // Pointers of kernel row p, as runs; `line` is the input row it falls on.
  void PointRuns(const T* line, size_t p, const Segment& part) const {
    const T** out = m_.rows + p * m_.stride + part.slot;
    int64_t left = static_cast<int64_t>(part.j * s_.stride_w) - static_cast<int64_t>(s_.pad_left);
    const int64_t last = static_cast<int64_t>(s_.in_w) - static_cast<int64_t>(s_.kw);
    const int64_t channels = static_cast<int64_t>(s_.in_c);
    const size_t k = s_.kw * s_.in_c;
    for (size_t i = 0; i < part.count; ++i, left += static_cast<int64_t>(s_.stride_w)) {
      const bool is_inside = left >= 0 && left <= last;
      out[i] = is_inside ? line + left * channels : EdgeRun(line, left, m_.edge + ((part.slot + i) * s_.kh + p) * k);
    }
  }

  // The run that starts at input column `left` (it may be negative) of `line` and is not wholly inside.
  const T* EdgeRun(const T* line, int64_t left, T* out) const {
    const auto width = static_cast<int64_t>(s_.in_w);
    const int64_t from = std::clamp<int64_t>(left, 0, width);
    const int64_t to = std::clamp<int64_t>(left + static_cast<int64_t>(s_.kw), from, width);
    std::fill_n(out, s_.kw * s_.in_c, m_.blank);
    if (to > from) {
      std::memcpy(out + static_cast<size_t>(from - left) * s_.in_c, line + static_cast<size_t>(from) * s_.in_c,
                  static_cast<size_t>(to - from) * s_.in_c * sizeof(T));
    }
    return out;
  }

  // Pointers of kernel position (p, q).
  void PointTap(const T* line, size_t p, size_t q, const Segment& part) const {
    const T** out = m_.rows + (p * s_.kw + q) * m_.stride + part.slot;
    // Columns left of the image wrap to huge ones.
    size_t column = part.j * s_.stride_w + q * s_.dilation_w - s_.pad_left;
    for (size_t i = 0; i < part.count; ++i, column += s_.stride_w) {
      out[i] = column < s_.in_w ? line + column * s_.in_c : m_.outside;
    }
  }

  const WindowShape& s_;
  WindowMemory<T> m_;
  bool is_run_, is_flat_;
};

}  // namespace verge::kernels
