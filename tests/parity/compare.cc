#include "parity/compare.h"

#include <algorithm>
#include <cmath>

#include "ops/elem.h"

namespace verge::parity {
namespace {

double At(const Tensor& t, size_t i) {
  double value = 0;
  ops::Dispatch(t.dtype(),
                [&]<typename T>() { value = static_cast<double>(static_cast<ops::Compute<T>>(t.as<const T>()[i])); });
  return value;
}

void CompareFloats(const Row& row, const Tensor& want, const Tensor& got, Difference& d) {
  const size_t count = want.shape().elems();
  double largest = 0;
  for (size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(At(want, i)));
  d.is_float = true;
  for (size_t i = 0; i < count; ++i) {
    const double w = At(want, i);
    const double error = std::isfinite(At(got, i)) ? std::abs(At(got, i) - w) : INFINITY;
    if (error > 0) d.worst = std::max(d.worst, largest > 0 ? error / largest : INFINITY);
    if (error <= row.tolerance * largest) continue;
    ++d.off;
    // A step in f32 is not the exact decimal of the list.
    if (error > row.step * (1 + 1e-3)) ++d.wrong;
  }
}

void CompareIntegers(const Tensor& want, const Tensor& got, Difference& d) {
  const bool is_label = want.dtype() == DType::kI32 || want.dtype() == DType::kI64 || want.dtype() == DType::kBool;
  for (size_t i = 0; i < want.shape().elems(); ++i) {
    const double steps = std::abs(At(got, i) - At(want, i));
    if (steps == 0) continue;
    ++d.off;
    if (steps > 1 && !is_label) ++d.wrong;
    d.worst = std::max(d.worst, is_label ? 1.0 : steps);
  }
}

}  // namespace

void Compare(const Row& row, const Tensor& want, const Tensor& got, Difference& d) {
  if (want.dtype() != got.dtype() || want.shape() != got.shape()) {
    d.mismatch = std::string("is ") + DTypeName(got.dtype()) + ToString(got.shape()) + ", wants " +
                 DTypeName(want.dtype()) + ToString(want.shape());
    return;
  }
  const size_t count = want.shape().elems();
  d.values += count;
  for (size_t i = 0; d.is_constant && i < count; ++i) d.is_constant = At(want, i) == 0;
  if (ops::IsFloatDType(want.dtype())) {
    CompareFloats(row, want, got, d);
  } else {
    CompareIntegers(want, got, d);
  }
}

bool Passes(const Row& row, const Difference& d) {
  return d.mismatch.empty() && d.values > 0 && (row.allows_zeros || !d.is_constant) && d.wrong == 0 &&
         d.share_off() <= row.most_off;
}

}  // namespace verge::parity
