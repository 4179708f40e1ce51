#include "ops/control.h"
#include "ops/while/while.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

// The outputs hold the loop's values between steps.
void Run(const RunArgs& args) {
  SubgraphRunner& condition = *args.subgraphs[0];
  SubgraphRunner& body = *args.subgraphs[1];
  CopyTensors(args.inputs, args.outputs);
  for (;;) {
    CopyTensors(args.outputs, condition.inputs());
    condition.Run();
    if (!IsTrue(condition.outputs()[0])) return;
    CopyTensors(args.outputs, body.inputs());
    body.Run();
    CopyTensors(body.outputs(), args.outputs);
  }
}

}  // namespace

extern const Kernel kWhileRef = {"while__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
