#include <cstdio>

#include "verge/command.h"

namespace verge::cli {

void RegisterVersion(CLI::App& app) {
  CLI::App* command = app.add_subcommand("version", "Print the version");
  OnRun(*command, [] {
    std::puts("verge " VERGE_VERSION);
    return Status::Ok();
  });
}

}  // namespace verge::cli
