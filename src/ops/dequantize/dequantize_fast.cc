#include "ops/byte_table.h"
#include "ops/dequantize/dequantize.h"

namespace verge::ops {

extern const Kernel kDequantizeRef;

namespace {

constexpr Kernel kBytes = ByteTable<kDequantizeRef>::Make("dequantize_int8_table__any");
constexpr const Kernel* kKernels[] = {&kBytes};

}  // namespace

extern const std::span<const Kernel* const> kDequantizeFast = kKernels;

}  // namespace verge::ops
