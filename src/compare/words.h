// Numbers and names as the reports write them. Internal to the folder.
#pragma once

#include <string>

#include "compare/compare.h"

namespace verge::compare {

// "43.2", "equal" for infinity, "-" for no signal.
std::string SqnrText(const Metrics& metrics);
// "max error 0.001 of the largest value", "SQNR 20 dB", or both.
std::string BoundsText(const Bounds& bounds);
// "f32 [1, 2, 3]"; "f32 [1, 2, 3] / [1, 3, 2]", "i8 [1, 2, 3] / f32 [1, 2, 3]" where the two differ.
std::string TypesText(const LayerResult& layer);
// The output with the least SQNR, or the last layer; null without any layer.
const LayerResult* WorstOutput(const Report& report);

}  // namespace verge::compare
