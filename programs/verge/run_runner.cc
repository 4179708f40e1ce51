#include "verge/run_runner.h"

#include <csignal>

#include "sys/file/file.h"
#include "sys/process/process.h"

namespace verge::cli {

Status RunRunner(std::vector<std::string> arguments) {
  VERGE_TRY_ASSIGN(const std::string program, sys::ProgramPath());
  sys::SpawnOptions options;
  options.argv = std::move(arguments);
  options.argv.insert(options.argv.begin(), sys::JoinPath(sys::ParentPath(program), "verge-runner"));
  options.dies_with_parent = true;
  // Ctrl-C reaches both programs: the runner ends its run in order, and we wait for it. (A handler, unlike SIG_IGN, is
  // not inherited.)
  std::signal(SIGINT, [](int) {});
  VERGE_TRY_ASSIGN(sys::Process process, sys::Process::Spawn(options));
  VERGE_TRY_ASSIGN(const sys::ExitStatus status, process.Wait(-1));
  if (status.success()) return Status::Ok();
  return VERGE_ERROR(kFailedPrecondition, "verge-runner: " + ToString(status));
}

}  // namespace verge::cli
