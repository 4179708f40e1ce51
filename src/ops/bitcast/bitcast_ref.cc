#include <cstring>

#include "ops/bitcast/bitcast.h"
#include "ops/kernel.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  std::memcpy(args.outputs[0].data, args.inputs[0].data, *args.inputs[0].type.CheckedBytes());
}

}  // namespace

extern const Kernel kBitcastRef = {"bitcast_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
