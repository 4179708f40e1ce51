// Attributes as text: "{stride_h=2, activation=relu6, axes=[1, 2]}". Only what differs from the op's defaults is
// written; "" when nothing does. Used by the graph's text form, the .cases files and reports.
//
// Threads   pure functions.
#pragma once

#include <string>
#include <string_view>

#include "ops/op_def.h"

namespace verge::ops {

std::string PrintAttrs(const OpDef& op, const OpAttrs& attrs);

// Sets the fields that `text` names over the defaults. Accepts "" and "{}". Errors name the attribute and list the
// known ones. Numbers are decimal; floats are written so that they read back to the same bits.
Result<OpAttrs> ParseAttrs(const OpDef& op, std::string_view text);

// A fresh attribute block with the op's defaults.
OpAttrs DefaultAttrs(const OpDef& op);

}  // namespace verge::ops
