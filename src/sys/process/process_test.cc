#include "sys/process/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace verge::sys {
namespace {

SpawnOptions Shell(const std::string& script) {
  SpawnOptions options;
  options.argv = {"/bin/sh", "-c", script};
  return options;
}

TEST(Process, CapturesBothStreamsAndTheStatus) {
  const Result<Captured> got = RunAndCapture(Shell("echo out; echo err >&2; exit 3"), {});
  ASSERT_TRUE(got.ok()) << got.status().ToString();
  EXPECT_EQ(got->output, "out\n");
  EXPECT_EQ(got->error, "err\n");
  EXPECT_EQ(got->status.code, 3);
  EXPECT_FALSE(got->status.success());
}

TEST(Process, KnowsItsOwnProgram) {
  const auto path = ProgramPath();
  ASSERT_TRUE(path.ok());
  EXPECT_TRUE(path->starts_with('/') && path->find("test") != std::string::npos) << *path;
}

TEST(Process, ArgumentsGoThroughNoShell) {
  SpawnOptions options;
  options.argv = {"printf", "%s|", "a b", "$HOME", "'"};
  EXPECT_EQ(RunAndCapture(options, {})->output, "a b|$HOME|'|");
}

TEST(Process, EnvironmentAndFolder) {
  SpawnOptions options = Shell("echo $A$B; pwd");
  options.env = {{"A", "1"}};
  options.working_dir = "/";
  setenv("A", "old", 1);
  setenv("B", "2", 1);
  EXPECT_EQ(RunAndCapture(options, {})->output, "12\n/\n");
  options.empty_env = true;
  EXPECT_EQ(RunAndCapture(options, {})->output, "1\n/\n");
}

TEST(Process, AProgramThatCannotStartIsReported) {
  SpawnOptions options;
  options.argv = {"/no/such/program"};
  EXPECT_EQ(Process::Spawn(options).code(), StatusCode::kNotFound);
  options.argv = {"/"};
  EXPECT_EQ(Process::Spawn(options).code(), StatusCode::kPermission);
  options.argv.clear();
  EXPECT_EQ(Process::Spawn(options).code(), StatusCode::kInvalidArgument);
}

TEST(Process, TooMuchOutputAndTooLongAreStopped) {
  EXPECT_EQ(RunAndCapture(Shell("while :; do echo x; done"), {.output_bytes = 1000}).code(),
            StatusCode::kResourceExhausted);
  EXPECT_EQ(RunAndCapture(Shell("exec sleep 600"), {.timeout_ms = 50}).code(), StatusCode::kDeadline);
}

TEST(Process, ACaptureCanBeCancelled) {
  const std::atomic<bool> cancelled{true};
  EXPECT_EQ(RunAndCapture(Shell("exec sleep 600"), {.cancelled = &cancelled}).code(), StatusCode::kCancelled);
}

TEST(Process, PassesOnlyTheListedDescriptors) {
  Result<std::pair<UniqueFd, UniqueFd>> pair = SocketPair();
  ASSERT_TRUE(pair.ok());
  const UniqueFd leaky(open("/dev/null", O_RDONLY));  // no close-on-exec
  ASSERT_TRUE(leaky.valid());
  SpawnOptions options = Shell("echo hello >&7; ls /proc/self/fd | tr '\\n' ' ' >&7");
  options.fds = {{pair->second.get(), 7}};
  Result<Process> child = Process::Spawn(options);
  ASSERT_TRUE(child.ok()) << child.status().ToString();
  pair->second.Reset();
  EXPECT_TRUE(child->Wait(-1)->success());
  std::string got(1000, '\0');
  got.resize(static_cast<size_t>(read(pair->first.get(), got.data(), got.size())));
  // ls itself opens the folder as one more.
  EXPECT_EQ(got, "hello\n0 1 2 3 7 ");
}

TEST(Process, WaitTellsSignals) {
  Result<Process> child = Process::Spawn(Shell("exec sleep 600"));
  ASSERT_TRUE(child.ok());
  EXPECT_FALSE(child->Poll()->has_value());
  EXPECT_EQ(child->Wait(1).code(), StatusCode::kDeadline);
  ASSERT_TRUE(child->Kill(SIGTERM).ok());
  EXPECT_EQ(child->Wait(-1)->signal, SIGTERM);
  EXPECT_EQ(ToString(*child->Wait(-1)), "killed by signal 15 (Terminated)");
  EXPECT_TRUE(child->Kill(SIGTERM).ok()) << "after the end it is no error";
}

TEST(Process, DestructorKillsAndReaps) {
  int pid = 0;
  {
    Result<Process> child = Process::Spawn(Shell("exec sleep 600"));
    ASSERT_TRUE(child.ok());
    pid = child->pid();
  }
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

}  // namespace
}  // namespace verge::sys
