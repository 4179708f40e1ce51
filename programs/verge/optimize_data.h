// What `verge optimize` and `verge check` read: the model, the evaluation, the samples.
#pragma once

#include "optimizer/optimize.h"
#include "verge/optimize_flags.h"
#include "verge/progress.h"

namespace verge::cli {

// A .tflite or .onnx file as it is; a .vg file raised to the graph that it was made of.
Result<ir::Graph> ReadGraph(const std::string& path, const OptimizeFlags& flags);

// The specification of --eval, for flags.model, and how the models that it names are opened.
Status ReadEvaluation(const OptimizeFlags& flags, optimizer::Settings& settings);

// From --calibrate, or from the items that the evaluation's specification sets apart.
Result<optimizer::Samples> ReadSamples(const OptimizeFlags& flags, const std::optional<eval::Spec>& evaluation,
                                       const ir::Graph& graph);

// Borrows the bar.
optimizer::Watch WatchWith(ProgressBar& bar);

}  // namespace verge::cli
