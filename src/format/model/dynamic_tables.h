// Dynamics <-> FlatBuffers tables. Internal to format/model.
#pragma once

#include "base/status.h"
#include "format/model/dynamic.h"
#include "format/model/model.h"
#include "vg_generated.h"

namespace verge::format {

flatbuffers::Offset<vg::Dynamics> WriteDynamics(flatbuffers::FlatBufferBuilder& b, const Dynamics& dynamics);

// Everything in range of `tables`, whose values, nodes, inputs and states are decoded. Whether the expressions make
// sense is for VerifiedModel::ForSizes to say.
Result<Dynamics> DecodeDynamics(const vg::Dynamics& from, const ModelTables& tables);

}  // namespace verge::format
