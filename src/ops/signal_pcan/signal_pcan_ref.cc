#include "ops/kernel.h"
#include "ops/signal_bits.h"
#include "ops/signal_pcan/signal_pcan.h"

namespace verge::ops {
namespace {

constexpr int kSnrBits = 12;
constexpr int kOutputBits = 6;

bool Supports(const PrepareArgs& /*args*/) { return true; }

int16_t Gain(uint32_t noise, const int16_t* table) {
  if (noise <= 2) return table[noise];
  const int32_t bits = BitLength(noise);
  const int16_t* piece = table + 4 * bits - 6;
  const auto fraction = static_cast<int32_t>((bits < 11 ? noise << (11 - bits) : noise >> (bits - 11)) & 0x3ff);
  int64_t curve = ((int64_t{piece[2]} * fraction) >> 5) + int64_t{piece[1]} * 32;
  curve = (curve * fraction + (1 << 14)) >> 15;
  return static_cast<int16_t>(curve + piece[0]);
}

uint32_t Shrink(uint32_t snr) {
  if (snr < uint32_t{2} << kSnrBits) return (snr * snr) >> (2 + 2 * kSnrBits - kOutputBits);
  return (snr >> (kSnrBits - kOutputBits)) - (uint32_t{1} << kOutputBits);
}

void Run(const RunArgs& args) {
  const auto shift = args.attrs.As<SignalPcanAttrs>().snr_shift;
  const size_t count = args.inputs[0].shape().elems();
  for (size_t i = 0; i < count; ++i) {
    const int16_t gain = Gain(args.inputs[1].as<const uint32_t>()[i], args.inputs[2].as<const int16_t>());
    const uint64_t product = uint64_t{args.inputs[0].as<const uint32_t>()[i]} * static_cast<uint32_t>(int32_t{gain});
    args.outputs[0].as<uint32_t>()[i] = Shrink(static_cast<uint32_t>(product >> shift));
  }
}

}  // namespace

extern const Kernel kSignalPcanRef = {"signal_pcan_u32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
