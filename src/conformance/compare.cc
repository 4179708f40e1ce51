#include "conformance/compare.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "ops/elem.h"

namespace verge::conformance {
namespace {

struct Tolerance {
  double relative = 0;
  double absolute = 0;
};

// The suite's own tolerances; a 16-bit float has 11 or 8 bits and may be rounded once more.
Tolerance ToleranceOf(DType dtype) {
  switch (dtype) {
    case DType::kF32:
    case DType::kF64: return {1e-3, 1e-7};
    case DType::kF16: return {2e-3, 1e-3};
    case DType::kBF16: return {1e-2, 1e-3};
    default: return {};
  }
}

bool IsClose(double got, double want, const Tolerance& tolerance) {
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got);
  if (got == want) return true;
  return std::abs(got - want) <= tolerance.absolute + tolerance.relative * std::abs(want);
}

}  // namespace

Status CompareTensor(const onnx::TensorData& want, const TensorType& type, const ir::Buffer& got, double of_largest) {
  if (want.is_string) return VERGE_ERROR(kUnsupported, "strings cannot be compared");
  // The suite's files carry bf16 numbers as the u16 of their bits.
  const bool is_bf16 = type.dtype == DType::kBF16 && want.dtype == DType::kU16;
  if ((want.dtype != type.dtype && !is_bf16) || !(want.shape == type.shape)) {
    return VERGE_ERROR(kInternal, std::string("is ") + DTypeName(type.dtype) + ToString(type.shape) + ", wants " +
                                      DTypeName(want.dtype) + ToString(want.shape));
  }
  Tolerance tolerance = ToleranceOf(type.dtype);
  const size_t count = want.shape.elems();
  Status status;
  ops::Dispatch(type.dtype, [&]<typename T>() {
    const auto* a = reinterpret_cast<const T*>(got.data());
    const auto* b = reinterpret_cast<const T*>(want.data->data());
    for (size_t i = 0; ops::kIsFloat<T> && i < count; ++i) {
      const double size = std::abs(static_cast<double>(static_cast<ops::Compute<T>>(b[i])));
      if (std::isfinite(size)) tolerance.absolute = std::max(tolerance.absolute, of_largest * size);
    }
    for (size_t i = 0; i < count && status.ok(); ++i) {
      const auto x = static_cast<ops::Compute<T>>(a[i]);
      const auto y = static_cast<ops::Compute<T>>(b[i]);
      if (x == y || IsClose(static_cast<double>(x), static_cast<double>(y), tolerance)) continue;
      status = VERGE_ERROR(kInternal, "element " + std::to_string(i) + " of " + std::to_string(count) + " is " +
                                          std::to_string(x) + ", wants " + std::to_string(y));
    }
  });
  return status;
}

double WorstShare(const onnx::TensorData& want, const TensorType& type, const ir::Buffer& got) {
  double worst = 0;
  double largest = 0;
  if (want.is_string || want.dtype != type.dtype || !(want.shape == type.shape)) return 0;
  ops::Dispatch(type.dtype, [&]<typename T>() {
    const auto* a = reinterpret_cast<const T*>(got.data());
    const auto* b = reinterpret_cast<const T*>(want.data->data());
    for (size_t i = 0; ops::kIsFloat<T> && i < want.shape.elems(); ++i) {
      const auto x = static_cast<double>(static_cast<ops::Compute<T>>(a[i]));
      const auto y = static_cast<double>(static_cast<ops::Compute<T>>(b[i]));
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      worst = std::max(worst, std::abs(x - y));
      largest = std::max(largest, std::abs(y));
    }
  });
  return largest > 0 ? worst / largest : worst;
}

}  // namespace verge::conformance
