// Where choices are kept: one file a CPU in the user's cache folder.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "tune/choices.h"

namespace verge::tune {

// The CPU by name, as far as the system tells, and the features that kernels are chosen by (so VERGE_ISA has files of
// its own).
std::string CpuText();

// $VERGE_TUNED; else verge/kernels-CPU.txt in $XDG_CACHE_HOME or ~/.cache. "" when VERGE_TUNED is "off" or there is no
// such folder.
std::string DefaultPath();

// Null when `path` is "" or nothing is there. The errors of Choices::Parse and of reading name the path and say what to
// do.
Result<std::shared_ptr<const Choices>> LoadChoices(const std::string& path, const std::string& cpu);

// Durable; makes the folder.
Status SaveChoices(const Choices& choices, const std::string& path, const std::string& cpu);

}  // namespace verge::tune
