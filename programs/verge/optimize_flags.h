// The options of `verge optimize` and `verge check`.
#pragma once

#include <string>
#include <vector>

#include "optimizer/optimize.h"
#include "verge/command.h"

namespace verge::cli {

struct OptimizeFlags {
  std::string model;
  std::string original;  // of `verge check`
  std::string output;
  std::vector<std::string> shapes;
  std::vector<std::string> values;
  // Precision; at most one.
  bool int8 = false, int16x8 = false, w4a8 = false, dynamic = false, fp16 = false, bf16 = false, mixed = false;
  std::string calibrate;
  size_t samples = 0;
  std::string calibrator = "mse";
  double percentile = 99.99;
  bool no_equalise = false, no_bias_correction = false, round_adaptively = false;
  std::vector<std::string> precision;
  std::string io = "float";
  // Evaluation and budget.
  std::string eval;
  std::vector<std::string> params;
  std::string max_drop, max_size, max_latency;
  double min_sqnr = 0;
  // Pruning.
  std::string prune;
  std::string prune_by;
  std::string sparsity;
  std::string prune_channels;
  std::string channels_by;
  bool is_reconstructing = false;
  int cluster = 0;
  std::string storage;
  // Passes.
  std::vector<std::string> passes;
  std::vector<std::string> skip_passes;
  bool is_explaining = false;
  // Reports and the machine.
  std::string report;
  std::string report_json;
  bool as_json = false;
  int threads = 0;
};

// Borrows `flags`, which lives as long as the command.
void AddOptimizeFlags(CLI::App& command, OptimizeFlags& flags);
// Those of `verge check`: budget, evaluation, data.
void AddCheckFlags(CLI::App& command, OptimizeFlags& flags);
// All but evaluation and data. kInvalidArgument names the flag and what it takes.
Result<optimizer::Settings> ReadOptimizeFlags(const OptimizeFlags& flags);

// How weights, channels and clusters are chosen: as asked, or what is best with data and without.
void ChooseCriteria(const OptimizeFlags& flags, bool has_samples, optimizer::Recipe& recipe);

// "0.5%" or "0.005" -> 0.005; "2MB", "300kB", "1.5MiB", "4096" -> bytes; "8ms", "0.5s", "300us" -> milliseconds.
Result<double> ParseShare(const std::string& flag, const std::string& text);
Result<size_t> ParseBytes(const std::string& flag, const std::string& text);
Result<double> ParseMillis(const std::string& flag, const std::string& text);

}  // namespace verge::cli
