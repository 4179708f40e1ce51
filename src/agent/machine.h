// The state machine of an update as a table; update_states.def is the whole of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proto/device.h"

namespace verge::agent {

enum class UpdateState : uint8_t {
#define VERGE_STATE(name, report) k##name,
#include "agent/update_states.def"
};

enum class UpdateEvent : uint8_t { kWanted, kAlreadyThere, kDone, kRefused, kSuperseded, kRestarted };

// Where the arrow leads; empty when there is none: a bug of the caller.
std::optional<UpdateState> NextState(UpdateState from, UpdateEvent event);
// "Downloading": how state.db spells it.
const char* StateName(UpdateState state);
std::optional<UpdateState> ParseState(std::string_view name);
proto::DeviceState ReportOf(UpdateState state);
// True while the agent has something to do for the update.
bool IsWorking(UpdateState state);

}  // namespace verge::agent
