// A TPM in software, for tests: starts swtpm with an empty state and ends it with the object.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sys/file/file.h"
#include "sys/file/temp_dir.h"
#include "sys/process/process.h"

namespace verge::sys {

class SoftwareTpm {
 public:
  SoftwareTpm() {
    SpawnOptions options;
    options.argv = {"swtpm",
                    "socket",
                    "--tpm2",
                    "--tpmstate",
                    "dir=" + dir_.path(),
                    "--server",
                    "type=unixio,path=" + Socket(),
                    "--ctrl",
                    "type=unixio,path=" + Socket() + ".ctrl",
                    "--flags",
                    "not-need-init,startup-clear"};
    options.dies_with_parent = true;
    Result<Process> process = Process::Spawn(options);
    EXPECT_TRUE(process.ok()) << process.status().ToString();
    if (process.ok()) process_.emplace(std::move(process).value());
    for (int i = 0; i < 1000 && !Exists(Socket() + ".ctrl"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::string tcti() const { return "swtpm:path=" + Socket(); }
  // Measures something into a PCR, as firmware does.
  void Extend(int pcr) const {
    SpawnOptions options;
    options.argv = {"tpm2_pcrextend", "-T", tcti(), std::to_string(pcr) + ":sha256=" + std::string(64, 'a')};
    Result<Process> process = Process::Spawn(options);
    ASSERT_TRUE(process.ok()) << process.status().ToString();
    const Result<ExitStatus> ended = process->Wait(60'000);
    ASSERT_TRUE(ended.ok() && ended->success());
  }

 private:
  std::string Socket() const { return dir_.File("tpm"); }
  TempDir dir_ = TempDir::Create().value();
  std::optional<Process> process_;
};

}  // namespace verge::sys
