#include "ops/broadcast.h"
#include "ops/compare/compare.h"
#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/quant_elementwise.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

template <typename C>
bool Apply(CompareKind kind, C a, C b) {
  switch (kind) {
    case CompareKind::kEqual: return a == b;
    case CompareKind::kLess: return a < b;
    case CompareKind::kLessOrEqual: return a <= b;
    case CompareKind::kGreater: return a > b;
    case CompareKind::kGreaterOrEqual: return a >= b;
    case CompareKind::kNotEqual: return a != b;
  }
  return false;
}

bool HaveOneQuant(const Tensor& a, const Tensor& b) {
  return ScaleOf(a).scale == ScaleOf(b).scale && ScaleOf(a).zero_point == ScaleOf(b).zero_point;
}

// Both sides are brought to steps of 2^-8 and compared there.
void RunQuantised(CompareKind kind, const Tensor& a, const Tensor& b, const Tensor& y) {
  const ScaleZero qa = ScaleOf(a), qb = ScaleOf(b);
  const FixedScale sa = MakeFixedScale(static_cast<double>(qa.scale)),
                   sb = MakeFixedScale(static_cast<double>(qb.scale));
  DispatchQuantised(a.dtype(), [&]<typename T>() {
    MapBroadcast<T, T, Flag>(a, b, y, [&](T p, T r) {
      return Flag(Apply<int32_t>(kind, Rescale((p - qa.zero_point) * 256, sa), Rescale((r - qb.zero_point) * 256, sb)));
    });
  });
}

void Run(const RunArgs& args) {
  const auto kind = static_cast<CompareKind>(args.attrs.As<CompareAttrs>().kind);
  const Tensor &a = args.inputs[0], &b = args.inputs[1];
  if (IsQuantised(a.type) && IsQuantised(b.type) && !HaveOneQuant(a, b))
    return RunQuantised(kind, a, b, args.outputs[0]);
  Dispatch(args.inputs[0].dtype(), [&]<typename T>() {
    using C = Compute<T>;
    MapBroadcast<T, T, Flag>(a, b, args.outputs[0],
                             [kind](T p, T r) { return Flag(Apply<C>(kind, static_cast<C>(p), static_cast<C>(r))); });
  });
}

}  // namespace

extern const Kernel kCompareRef = {"compare_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
