#include "ops/control.h"
#include "ops/if/if.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  SubgraphRunner& chosen = *args.subgraphs[IsTrue(args.inputs[0]) ? 0 : 1];
  CopyTensors(args.inputs.subspan(1), chosen.inputs());
  chosen.Run();
  CopyTensors(chosen.outputs(), args.outputs);
}

}  // namespace

extern const Kernel kIfRef = {"if__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
