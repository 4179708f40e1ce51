// Proves that an app works on this very machine: its files are whole and fit together, its models give the expected
// outputs, and they are fast enough. docs/formats/runner-protocol.md, "Health gate".
//
// Golden    |got - want| <= absolute + relative * max|want| for every element; a NaN agrees with a NaN only.
// Latency   p95 (nearest rank) of `runs` runs after 2 warm-up runs, one thread.
#pragma once

#include <span>
#include <string>

#include "base/status.h"
#include "base/tensor.h"
#include "proto/runner.h"

namespace verge::runner {

// Never fails for what is wrong with the app: that makes the report unhealthy. kNotFound when there is no such folder.
Result<proto::ProveReport> Prove(const std::string& dir);

// Compares two tensors of one type as above; `detail` of the check says the largest error and where.
proto::HealthCheck CompareTensors(const std::string& name, const Tensor& got, const Tensor& want, double absolute,
                                  double relative);

}  // namespace verge::runner
