// A subcommand of `verge`: one file in commands/ that defines Register<Name>, and one line in commands.def.
//
// Register adds the subcommand and its options to `app` and sets its callback. The callback returns nothing: it stores
// its outcome through SetOutcome, which decides what is printed and the exit status (0 ok, 1 failed, 2 wrong usage).
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

#include "base/status.h"

namespace verge::cli {

// Wraps the body of a subcommand: runs it when the subcommand was chosen and remembers its Status.
void OnRun(CLI::App& command, std::function<Status()> body);

#define VERGE_COMMAND(Name) void Register##Name(CLI::App& app);
#include "verge/commands.def"
#undef VERGE_COMMAND

}  // namespace verge::cli
