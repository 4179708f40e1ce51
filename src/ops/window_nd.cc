#include "ops/window_nd.h"

#include <algorithm>

#include "ops/rule_checks.h"

namespace verge::ops {

void VisitSpatial(AttrVisitor& v, const char* name, SpatialInts& ints) {
  IntList list;
  list.size = ints.size;
  for (size_t i = 0; i < ints.values.size(); ++i) list.values[i] = ints.values[i];
  v.Ints(name, list);
  bool fits = list.size >= 0 && static_cast<size_t>(list.size) <= ints.values.size();
  for (size_t i = 0; fits && i < static_cast<size_t>(list.size); ++i) {
    fits = list.values[i] >= 0 && list.values[i] <= kMaxWindow;
    if (fits) ints.values[i] = static_cast<int32_t>(list.values[i]);
  }
  ints.size = fits ? list.size : -1;
}

Status CheckSpatial(const char* name, const SpatialInts& ints, int dims, int64_t min) {
  bool fits = ints.size == dims;
  for (size_t i = 0; fits && i < static_cast<size_t>(dims); ++i)
    fits = ints.values[i] >= min && ints.values[i] <= kMaxWindow;
  if (fits) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, "attribute " + std::string(name) + " wants " + std::to_string(dims) +
                                           " entries (at most 3) of " + std::to_string(min) + " or more");
}

Status CheckWindowNd(const WindowNd& window, int dims) {
  VERGE_TRY(CheckSpatial("strides", window.strides, dims, 1));
  VERGE_TRY(CheckSpatial("dilations", window.dilations, dims, 1));
  VERGE_TRY(CheckSpatial("before", window.before, dims, 0));
  return CheckSpatial("after", window.after, dims, 0);
}

Result<int64_t> WindowCount(const WindowNd& w, int i, int64_t in, int64_t kernel, bool ceil) {
  const auto k = static_cast<size_t>(i);
  const int64_t room = in + w.before.values[k] + w.after.values[k] - WindowExtent(w, i, kernel);
  const int64_t stride = w.strides.values[k];
  if (room < 0) {
    return VERGE_ERROR(kInvalidArgument,
                       "the window is larger than the padded input in spatial dimension " + std::to_string(i));
  }
  int64_t count = (room + (ceil ? stride - 1 : 0)) / stride + 1;
  if (ceil && (count - 1) * stride >= in + w.before.values[k]) --count;
  return std::max<int64_t>(count, 1);
}

}  // namespace verge::ops
