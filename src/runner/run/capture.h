// Keeps what models read in a run, for calibration and for looking at it later: one .npz file a run of a model, its
// arrays named as the inputs.
//
//   DIR/<model>/000000.npz, 000001.npz ...
//
// Ends the run once `limit` runs of a model were kept (0: never).
// Errors    those of writing, with the path.
// Threads   See may be called from several at a time.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "runner/pipeline/services.h"

namespace verge::runner {

class Capture final : public pipeline::InputTap {
 public:
  Capture(std::string dir, size_t limit) : dir_(std::move(dir)), limit_(limit) {}

  Status See(const std::string& model, const runtime::Session& session) override;
  // Enough was seen: the pipeline's kCancelled is no error then.
  bool is_full() const;

 private:
  std::string dir_;
  size_t limit_;
  mutable std::mutex mutex_;
  std::map<std::string, size_t> kept_;  // runs by model
  bool is_full_ = false;
};

}  // namespace verge::runner
