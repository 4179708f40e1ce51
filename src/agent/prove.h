// The health gate: lets `verge-runner --prove` try a slot on this very machine.
#pragma once

#include <atomic>
#include <string>

#include "base/status.h"

namespace verge::agent {

// Ok: healthy. Otherwise the message is the reason to refuse the version, e.g.
// "golden[0].scores: max error 0.31 > 0.0011 at index 512".
// `cancelled` may be set by another thread: kCancelled.
Status Prove(const std::string& runner_path, const std::string& slot_dir, const std::atomic<bool>& cancelled);

// The reason from what the runner printed; for tests.
Status JudgeReport(int exit_code, const std::string& output, const std::string& error);

}  // namespace verge::agent
