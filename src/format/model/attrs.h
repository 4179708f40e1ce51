// Attributes of a node between the op's struct and the file's Attr tables. Internal to format/model.
#pragma once

#include <vector>

#include "base/status.h"
#include "ops/op_def.h"
#include "vg_generated.h"

namespace verge::format {

// Tables for the fields whose values differ from the op's defaults, in declaration order. kInvalidArgument for an
// enumerator outside its list or a list above its capacity.
Result<std::vector<flatbuffers::Offset<vg::Attr>>> WriteAttrs(flatbuffers::FlatBufferBuilder& builder,
                                                              const ops::OpDef& op, const ops::OpAttrs& attrs);

// The op's defaults with the stored fields over them. kUnsupported for a field or enumerator that this build does not
// know, kDataLoss for a wrong kind, a value out of range, or a field stored twice.
Result<ops::OpAttrs> ReadAttrs(const ops::OpDef& op, const flatbuffers::Vector<flatbuffers::Offset<vg::Attr>>* stored);

}  // namespace verge::format
