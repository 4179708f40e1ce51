// The data that an optimisation works with: runs of the model, ready to be fed.
//
//   specification  the items that data.calibration sets apart for tuning; without it all of them, or `limit`, spread
//   .npz file      arrays by the names of the inputs (or in_0, in_1 ...): of the input's shape, one sample; with one
//   more
//                  dimension in front, or a longer first one where the input's is 1, one sample each
//   folder         such .npz files, or .npy files of a model with one input; in the order of their names
//
// Memory    every sample is held in memory as the model's own input types.
// Errors    kInvalidArgument names the file and what it should hold.
// Threads   pure functions over files.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/status.h"
#include "eval/evaluate.h"
#include "ir/graph.h"
#include "media/array.h"

namespace verge::optimizer {

// What one run of the model reads: one array an input.
using Step = std::vector<media::Array>;

// Steps share the state of a model with memory; a new sample starts afresh.
struct Sample {
  std::string name;
  std::vector<Step> steps;
};
using Samples = std::vector<Sample>;

// At most `limit` items; 0: all. `open` opens the front end of recordings.
Result<Samples> SamplesOfSpec(const eval::Spec& spec, const eval::OpenModel& open, const ir::Graph& graph,
                              size_t limit);
Result<Samples> SamplesOfPath(const std::string& path, const ir::Graph& graph, size_t limit);

}  // namespace verge::optimizer
