// One line to standard error; the service manager keeps it. Threads: any.
#pragma once

#include <string_view>

namespace verge::agent {

// Control characters in `text` become '?': part of it may come from runners and hubs.
void Log(std::string_view text);

}  // namespace verge::agent
