#include "ops/broadcast.h"
#include "ops/compare/compare.h"
#include "ops/elem.h"
#include "ops/kernel.h"

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

void Run(const RunArgs& args) {
  const auto kind = static_cast<CompareKind>(args.attrs.As<CompareAttrs>().kind);
  Dispatch(args.inputs[0].dtype(), [&]<typename T>() {
    using C = Compute<T>;
    MapBroadcast<T, T, Flag>(args.inputs[0], args.inputs[1], args.outputs[0],
                             [kind](T a, T b) { return Flag(Apply<C>(kind, static_cast<C>(a), static_cast<C>(b))); });
  });
}

}  // namespace

extern const Kernel kCompareRef = {"compare_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
