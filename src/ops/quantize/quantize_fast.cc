// quantize from f32 in vectors, and from 8 bits to 8 bits by a table.
#include "kernels/parallel_range.h"
#include "ops/byte_table.h"
#include "ops/elementwise_fast.h"
#include "ops/quant.h"
#include "ops/quantize/quantize.h"

namespace verge::ops {

extern const Kernel kQuantizeRef;

namespace {

template <const kernels::VecI8Table& kTable>
struct QuantizeInt8Kernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, nullptr, nullptr, Run}; }

  static bool Supports(const PrepareArgs& args) {
    const TensorType& y = args.outputs[0];
    return args.inputs[0].type.dtype == DType::kF32 && (y.dtype == DType::kI8 || y.dtype == DType::kU8) &&
           y.quant.scales.size() == 1 && y.quant.scales[0] > 0 && kernels::IsaIsUsable(kTable.isa, args.cpu);
  }

  static void Run(const RunArgs& args) {
    const Tensor& y = args.outputs[0];
    const ScaleZero to = ScaleOf(y);
    const QuantRange range = RangeOfDType(y.dtype());
    const kernels::VecI8Quantise q{to.scale, args.attrs.As<QuantizeAttrs>().half_even, to.zero_point, range.lo,
                                   range.hi};
    const auto* x = args.inputs[0].as<const float>();
    auto* out = y.as<std::byte>();
    kernels::ParallelRange(args.parallel, y.shape().elems(), kElementwiseGrain,
                           [&](size_t begin, size_t end) { kTable.quantise(q, x + begin, end - begin, out + begin); });
  }
};

constexpr Kernel kBytes = ByteTable<kQuantizeRef>::Make("quantize_int8_table__any");

}  // namespace

VERGE_INT8_KERNELS(Quantize, QuantizeInt8Kernel, vec_i8, "quantize_int8")

namespace {

constexpr const Kernel* kKernels[] = {VERGE_FOR_EACH_INT_ISA(VERGE_INT8_KERNEL_ROW, Quantize) & kBytes};

}  // namespace

extern const std::span<const Kernel* const> kQuantizeFast = kKernels;

}  // namespace verge::ops
