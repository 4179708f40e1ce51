#include <algorithm>
#include <utility>

#include "ops/det/det.h"
#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/scratch.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

// A matrix in f64.
std::span<double> TakeMatrix(Scratch& scratch, const Shape& x) {
  const auto n = static_cast<size_t>(x[x.rank() - 1]);
  return scratch.Take<double>(n * n);
}

Result<KernelNeeds> Prepare(const PrepareArgs& args) {
  Scratch scratch(nullptr);
  TakeMatrix(scratch, args.inputs[0].type.shape);
  return KernelNeeds{.scratch_bytes = scratch.bytes()};
}

// Eliminates in `m`, a copy of the matrix.
template <typename T>
double Determinant(const T* x, size_t n, std::span<double> m) {
  std::copy_n(x, n * n, m.begin());
  double det = 1;
  for (size_t k = 0; k < n; ++k) {
    size_t pivot = k;
    for (size_t i = k + 1; i < n; ++i) {
      if (std::abs(m[i * n + k]) > std::abs(m[pivot * n + k])) pivot = i;
    }
    if (m[pivot * n + k] == 0) return 0;
    if (pivot != k) {
      det = -det;
      for (size_t j = 0; j < n; ++j) std::swap(m[pivot * n + j], m[k * n + j]);
    }
    det *= m[k * n + k];
    for (size_t i = k + 1; i < n; ++i) {
      const double factor = m[i * n + k] / m[k * n + k];
      for (size_t j = k; j < n; ++j) m[i * n + j] -= factor * m[k * n + j];
    }
  }
  return det;
}

void Run(const RunArgs& args) {
  const Shape& shape = args.inputs[0].shape();
  const auto n = static_cast<size_t>(shape[shape.rank() - 1]);
  const size_t count = shape.elems() / (n * n);
  Scratch scratch(args.scratch);
  const std::span<double> m = TakeMatrix(scratch, shape);
  for (size_t i = 0; i < count; ++i) {
    if (args.inputs[0].dtype() == DType::kF32) {
      args.outputs[0].as<float>()[i] =
          static_cast<float>(Determinant(args.inputs[0].as<const float>() + i * n * n, n, m));
    } else {
      args.outputs[0].as<double>()[i] = Determinant(args.inputs[0].as<const double>() + i * n * n, n, m);
    }
  }
}

}  // namespace

extern const Kernel kDetRef = {"det_any__ref", Supports, Prepare, nullptr, Run};

}  // namespace verge::ops
