// Tries a file of rules on a recording: what would have fired, and when.
#pragma once

#include <string>

#include "base/status.h"

namespace verge::runner {

struct TestRulesOptions {
  std::string rules_path;
  std::string recording_path;
  std::string expect_path;    // lines `MS RULE` that must fire, in order; empty: nothing is expected
  bool is_sandboxed = false;  // shut this process in before the files are parsed
};

// The firings as text, a line each, and a summary. Rules about values take every stream of samples with a channel they
// name; rules about objects the one stream of tracks or objects.
// kInvalidArgument: the rules or the recording are wrong, or do not fit. kFailedPrecondition: something else fired than
// was expected; the message shows the first difference.
Result<std::string> TestRules(const TestRulesOptions& options);

}  // namespace verge::runner
