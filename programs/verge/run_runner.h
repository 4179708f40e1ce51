// Runs `verge-runner`, which lies beside this program: apps run in its sandbox, never in the developer's tool itself.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace verge::cli {

// Both outputs are those of this program. kFailedPrecondition when it fails; it has said why.
Status RunRunner(std::vector<std::string> arguments);

}  // namespace verge::cli
