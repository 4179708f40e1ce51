// Mixed precision: which layers can be int8 and which must stay finer for a budget to hold.
//
//   sensitivity  each layer alone is quantised to int8; the SQNR of the model's worst output on a few samples
//   search       layers are ordered from the most to the least sensitive; the smallest number k of them that must stay
//                finer is found by bisection on what the budget says of the model with the first k finer. Then each of
//                the k, from the least sensitive on, is tried as int8 again while the budget holds.
//
// Bisection takes it that more finer layers are not worse; where a model behaves otherwise the result still meets the
// budget, but may keep more layers than needed.
// Exact     deterministic, given the same answers of `fits`
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "optimizer/memo.h"
#include "optimizer/optimize.h"
#include "quant/quantize.h"

namespace verge::optimizer {

// Ascending SQNR. `names`: the nodes to try. `options` as for the whole model; its precisions are replaced.
Result<std::vector<LayerSensitivity>> MeasureSensitivity(const ir::Graph& graph, const std::vector<std::string>& names,
                                                         const quant::QuantizeOptions& options,
                                                         const std::string& digest, SampleRunner& runner,
                                                         size_t samples, Memo& memo, const Watch& watch);

// Which nodes stay finer. `fits` makes the model with these nodes finer and judges it. Empty: int8 everywhere fits;
// all of them when nothing less does.
Result<std::vector<std::string>> FindFiner(const std::vector<LayerSensitivity>& sensitivity,
                                           const std::function<Result<bool>(const std::vector<std::string>&)>& fits);

}  // namespace verge::optimizer
