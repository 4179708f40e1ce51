#include <string>

#include "ops/op_def.h"

namespace verge::ops {

const OpDef& GetOp(OpId id) { return AllOps()[id]; }

Result<OpId> FindOp(std::string_view name) {
  const std::span<const OpDef> all = AllOps();
  for (size_t i = 0; i < all.size(); ++i) {
    if (name != all[i].name) continue;
    if (all[i].infer == nullptr) {
      return VERGE_ERROR(kUnsupported, "this build leaves out the op '" + std::string(name) +
                                           "': configure it with VERGE_OPS that name it");
    }
    return static_cast<OpId>(i);
  }
  return VERGE_ERROR(kNotFound, "no op is called '" + std::string(name) + "'; src/ops/ops.def lists the known ones");
}

}  // namespace verge::ops
