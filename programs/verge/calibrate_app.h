// Samples from an app: its pipeline runs with the model that is to be optimised in place, and what reaches the model is
// kept. Anything that the app can read - a recording, a camera - can thus calibrate.
//
// Runs      verge-runner beside this program, in its sandbox; the app's params say which source.
// Errors    kInvalidArgument without such a model or when nothing reached it; the runner's own words when it failed.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"
#include "optimizer/samples.h"

namespace verge::cli {

// Whether the path of --calibrate, which may end in "#MODEL", names an app folder.
bool IsAppPath(const std::string& path);

// At most `limit` runs; 0: kDefaultAppSamples. `params`: "NAME=VALUE" of the app. A model with memory between runs gets
// all of them as the steps of one sample.
inline constexpr size_t kDefaultAppSamples = 100;
Result<optimizer::Samples> SamplesOfApp(const std::string& path, const std::vector<std::string>& params,
                                        const ir::Graph& graph, size_t limit);

}  // namespace verge::cli
