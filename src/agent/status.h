// What `verge-agent status` shows, read from the state folder beside a running agent.
#pragma once

#include <string>

#include "agent/identity.h"
#include "base/status.h"

namespace verge::agent {

// As lines for people, or as one JSON object.
Result<std::string> DescribeState(const StatePaths& paths, bool as_json);

}  // namespace verge::agent
