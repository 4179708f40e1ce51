// The options of the subcommands that run a model: which engine, and what the model is to be told.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/open.h"
#include "verge/command.h"

namespace verge::cli {

struct EngineFlags {
  std::string backend = "verge";
  std::string nodes;
  std::string library;
  std::vector<std::string> provider_options;
  std::vector<std::string> shapes;
  std::vector<std::string> values;
  int threads = 1;
  bool use_reference = false;
  bool integers = false;
  bool four_bits = false;
  bool ignore_tuned = false;
};

// Adds --backend, --backend-nodes, --ort-library, --ort-option, --shape, --value, --threads, --reference,
// --integers, --four-bits and --no-tuned. Borrows `flags`, which lives as long as the command.
void AddEngineFlags(CLI::App& command, EngineFlags& flags);
// Only --shape and --value.
void AddShapeFlags(CLI::App& command, std::vector<std::string>& shapes, std::vector<std::string>& values);

// What `verge tune` found on this machine; null when there is nothing, or when the file is damaged, which is said on
// stderr.
std::shared_ptr<const runtime::KernelChooser> TunedKernels();

Result<backend::OpenOptions> ReadEngineFlags(const EngineFlags& flags);
// NAME=1x3x224x224 and NAME=NUMBER.
Status ReadShapeFlags(const std::vector<std::string>& shapes, const std::vector<std::string>& values,
                      std::map<std::string, Shape>& shapes_out, std::map<std::string, double>& values_out);
// "NAME=REST" -> the two; the last '=' counts, names may hold others. `what` begins the error: "--shape wants
// NAME=1x3".
Status SplitFlag(const std::string& flag, const char* what, std::string& name, std::string& rest);
// --backend, --ort-library and --ort-option.
Result<backend::Choice> ReadChoice(const std::string& backend, const std::string& library,
                                   const std::vector<std::string>& provider_options);

}  // namespace verge::cli
