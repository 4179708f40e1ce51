// verge: the developer's and operator's tool. Subcommands live in commands/, listed in commands.def.
#include <cstdio>

#include "verge/command.h"

namespace verge::cli {
namespace {

Status& Outcome() {
  static Status outcome;
  return outcome;
}

}  // namespace

void OnRun(CLI::App& command, std::function<Status()> body) {
  command.callback([body = std::move(body)] { Outcome() = body(); });
}

int Main(int argc, char** argv) {
  CLI::App app("Carries a trained model the whole way to a fleet of edge devices.", "verge");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Help of every subcommand");
#define VERGE_COMMAND(Name) Register##Name(app);
#include "verge/commands.def"
#undef VERGE_COMMAND
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (Outcome().ok()) return 0;
  std::fprintf(stderr, "verge: %s\n", Outcome().ToString().c_str());
  return 1;
}

}  // namespace verge::cli

int main(int argc, char** argv) { return verge::cli::Main(argc, argv); }
