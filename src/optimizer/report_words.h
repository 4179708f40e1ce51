// How the reports write numbers. Internal to the folder.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "optimizer/optimize.h"

namespace verge::optimizer {

// "3.40 MB"
std::string BytesText(size_t bytes);
// "87.2 % (80.2 .. 92.0)", or "-"
std::string FigureText(const std::vector<eval::Figure>& figures, const std::string& name);
// "41.2 dB", "equal", or "-"
std::string SqnrText(double sqnr_db);
std::string SqnrText(const Measured& measured);
// "-0.40 points (-0.90 .. +0.10)", with the 95 % interval of the paired difference where there is one
std::string DropText(const Trial& trial);
std::string LatencyText(const Measured& measured);

// Trials that no other one beats in both size and closeness (the main figure, or SQNR without one).
std::vector<bool> OnParetoFront(const Outcome& outcome);
// What the vertical axis of the plot is: the main figure or SQNR in dB; not a number when it was not measured.
double QualityOf(const Outcome& outcome, const Measured& measured);

}  // namespace verge::optimizer
