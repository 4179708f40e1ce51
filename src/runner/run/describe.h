// A pipeline for people and programs: what reads what, and how it did.
#pragma once

#include <string>

#include "base/status.h"
#include "runner/pipeline/pipeline.h"

namespace verge::runner {

enum class GraphFormat { kText, kDot, kJson };

// One line an element: id, type, what it reads and gives. kDot is for Graphviz.
std::string DescribeGraph(const pipeline::Pipeline& pipeline, GraphFormat format);

// A table: packets, drops, time of work, age.
std::string DescribeStats(const pipeline::Pipeline& pipeline);

}  // namespace verge::runner
