// Measures models against the one they were made from, and against the budget.
//
// Threads   one at a time; it uses Settings::threads.
#pragma once

#include <memory>
#include <string>

#include "optimizer/memo.h"
#include "optimizer/optimize.h"

namespace verge::optimizer {

class Judge {
 public:
  // All of these outlive the judge.
  Judge(const Settings& settings, SampleRunner& runner, Memo& memo)
      : settings_(settings), runner_(runner), memo_(memo) {}

  // First: the model that the others are compared with.
  Result<Measured> MeasureOriginal(const ir::Graph& graph);
  // `bytes` are what `graph` became. The names of stages begin with `name`.
  Result<Measured> Measure(const std::string& name, const ir::Graph& graph,
                           const std::shared_ptr<const format::AlignedBytes>& bytes);
  // Fills what Trial::measured means for the budget: drop, paired, misses.
  void Compare(const Measured& original, Trial& trial) const;

  // Of the original's file.
  const std::string& original_digest() const { return original_digest_; }
  // "top1"; "" without an evaluation. Of a custom task it is known once the original is measured.
  const std::string& figure() const { return figure_; }

 private:
  Result<Measured> MeasureAlone(const std::string& name, const ir::Graph& graph,
                                const std::shared_ptr<const format::AlignedBytes>& bytes);
  Status MeasureLatency(const std::shared_ptr<const runtime::Model>& model, Measured& measured);
  Status MeasureFigures(const std::string& name, const std::string& digest,
                        const std::shared_ptr<const runtime::Model>& model, Measured& measured);
  Status Watching(const std::string& stage, size_t done, size_t total) const;
  size_t ClosenessSamples() const;

  const Settings& settings_;
  SampleRunner& runner_;
  Memo& memo_;
  std::shared_ptr<const runtime::Model> original_;  // shared with nobody; latencies are measured in turns with it
  std::string original_digest_;
  SampleOutputs original_outputs_;
  std::string figure_;
};

}  // namespace verge::optimizer
