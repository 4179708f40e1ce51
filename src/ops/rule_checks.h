// Checks that shape rules share. Every error names the input as "input 1 (w)".
#pragma once

#include <initializer_list>
#include <string>

#include "ops/op_def.h"

namespace verge::ops {

inline constexpr int kAnyRank = -1;

// "input 1 (w)"
std::string InputLabel(int index, const char* name);

// Input `index` exists and has one of `dtypes` and, unless kAnyRank, `rank` dimensions.
Status CheckInput(const InferArgs& args, int index, const char* name, std::initializer_list<DType> dtypes, int rank);

// Input `index` exists and has `rank` dimensions.
Status CheckRank(const InferArgs& args, int index, const char* name, int rank);

// Dimension `dim` of input `index` is `want`.
Status CheckDim(const InferArgs& args, int index, const char* name, int dim, int64_t want);

inline bool HasInput(const InferArgs& args, size_t index) {
  return index < args.inputs.size() && args.inputs[index].is_present;
}

// Rule of ops that map each element by itself: output 0 has the type of input 0, which has one of `dtypes`.
Status InferElementwise(const InferArgs& args, std::initializer_list<DType> dtypes);

// Turns a negative axis into a positive one; an error when it is not within [-rank, rank).
Result<int> NormaliseAxis(int64_t axis, int rank);

// One spatial dimension of a sliding window (convolution or pooling).
struct WindowDim {
  int64_t in = 1;
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t pad_before = 0;
  int64_t pad_after = 0;
};

// Largest stride, dilation, kernel and padding an attribute may state.
inline constexpr int64_t kMaxWindow = 1 << 20;

// floor((in + pad_before + pad_after - ((kernel - 1) * dilation + 1)) / stride) + 1; an error when the window does not
// fit once. `what` is "height" or "width".
Result<int64_t> WindowOutput(const char* what, const WindowDim& dim);

}  // namespace verge::ops
